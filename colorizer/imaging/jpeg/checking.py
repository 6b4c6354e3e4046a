"""What a JPEG file must be before it is decoded: long enough for its size, and without endless scans.

libjpeg fills what is missing with grey, so a few hundred bytes can pass for a photograph of 64 megapixels; and each
scan of a progressive file goes through the whole picture, so a small file with thousands of them takes minutes.
(Independent JPEG Group and libjpeg-turbo, "Two Issues with the JPEG Standard",
https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf)
"""

from collections.abc import Iterator

import numpy as np

from colorizer.imaging.errors import TruncatedImageError

MOST_SCANS = 100
"""So many scans may a small file have; usual are 1, or about 10 in a progressive one."""
LEAST_MOST_SCANS = 16
"""So many may any file have. Programs write up to 13. Of 64 megapixels, the small files that are slowest then take 1 s
more than ordinary ones (0.9 s instead of 0.2 s of one core in grey, 1.8 s instead of 1.0 s in colour); full scans make
the file as large as it is slow: 95 MB take 3.2 s, an ordinary one of 69 MB 3.7 s."""
SCANNED_PIXELS = 4e8
"""So many pixels may all scans of a file go through together, as long as there are more than `LEAST_MOST_SCANS`: 2 s of
one core, where the scans are as full as they can be."""
MOST_SEGMENTS = 10_000
"""So many tables, comments and scans may a file have before its pixels, and so many after they have begun; usual are
about 20, and a few hundred where a large profile or another file is inside."""
MOST_JUNK = 1024**2
"""So many bytes before the pixels may belong to none of them. Pillow goes through them one by one: 0.1 to 0.5 s."""

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_BLOCK = 1024**2
_ARITHMETIC = range(0xC9, 0xD0)  # frames that are not in Huffman code, of which a block may take less than a bit
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_TOO_MANY = (
    f"A JPEG may have up to {MOST_SEGMENTS:,} parts. Received more: open it in an image program and save it again."
)


def check_header(data: bytes) -> None:
    """Check what comes before the pixels of a JPEG file, which Pillow reads in Python when it opens one.

    Raises:
        TruncatedImageError: it has too many parts, or too much that is none.
    """
    _frame_and_scan(data)


def check(data: bytes, height: int, width: int) -> None:
    """Check a JPEG file by its markers, without decoding it.

    Raises:
        TruncatedImageError: it is too short for its size, or has too many scans.
    """
    kind, start = _frame_and_scan(data)
    scans, end = _count_scans(data, start)
    coded = end - start
    blocks = -(-height // 8) * -(-width // 8)
    if kind not in _ARITHMETIC and coded < blocks // 8:
        raise TruncatedImageError(
            f"A JPEG of {width} x {height} pixels has at least {blocks // 8:,} bytes of them. Received {coded:,}: it "
            "breaks off, so copy it again from where it came from."
        )
    most = max(LEAST_MOST_SCANS, min(MOST_SCANS, int(SCANNED_PIXELS / (height * width))))
    if scans > most:
        raise TruncatedImageError(
            f"A JPEG of {width} x {height} pixels may have up to {most} scans. Received {scans}: open it in an image "
            "program and save it again."
        )


def _count_scans(data: bytes, start: int) -> tuple[int, int]:
    """How many scans a file has from its first one, which is at `start`, and where its picture ends.

    What a comment or table holds is no marker, as for libjpeg: the end of a picture in a comment is none.

    Raises:
        TruncatedImageError: more than `MOST_SEGMENTS` follow.
    """
    scans, parts, following = 0, 0, start
    for places, markers in _markers(data, start):
        at = int(np.searchsorted(places, following))
        while at < len(places):
            place, marker = int(places[at]), markers[at]
            if marker in (_SOI, _EOI):
                return scans, place
            scans, parts = scans + int(marker == _SOS), parts + 1
            if parts > MOST_SEGMENTS:
                raise TruncatedImageError(_TOO_MANY)
            following = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
            at = max(at + 1, int(np.searchsorted(places, following)))
    return scans, len(data)


def _markers(data: bytes, start: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Places and codes of the markers after `start`, `_BLOCK` bytes at a time; data and restarts are none."""
    codes = np.frombuffer(data, np.uint8)
    for first in range(start, len(data) - 1, _BLOCK):
        block = codes[first : first + _BLOCK + 1]
        places = np.flatnonzero(block[:-1] == 0xFF)  # takes a fifth of the time of `bytes.find`
        markers = block[places + 1]
        is_one = (markers >= 0xC0) & (markers != 0xFF) & ((markers < 0xD0) | (markers >= _SOI))
        yield places[is_one] + first, markers[is_one]


def _frame_and_scan(data: bytes) -> tuple[int, int]:
    """The marker of the frame, 0 if there is none, and where the first scan begins, or the end of the file.

    Raises:
        TruncatedImageError: before that are more than `MOST_SEGMENTS`, or `MOST_JUNK` bytes outside of them.
    """
    kind, place, parts, junk = 0, 2, 0, 0
    while place + 4 <= len(data):
        marker = data[place + 1] if data[place] == 0xFF else None
        if marker == _SOS:
            return kind, place
        if marker in _FRAMES:
            kind = marker
        if marker in (None, 0xFF):  # libjpeg looks for the next marker, too
            place, junk = place + 1, junk + 1
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= _SOI:
            place, junk = place + 2, junk + 2
        else:
            place, parts = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big"), parts + 1
        if parts > MOST_SEGMENTS:
            raise TruncatedImageError(_TOO_MANY)
        if junk > MOST_JUNK:
            raise TruncatedImageError(
                f"Before its pixels a JPEG may have up to {MOST_JUNK:,} bytes that say nothing. Received more: it is "
                "damaged, so copy it again from where it came from."
            )
    return kind, len(data)
