"""Encode a JPEG in bands of rows, on all cores and without a second copy of the whole picture in memory.

Pillow encodes each band as a picture of its own. Their data are joined with restart markers between them: after such a
marker a decoder starts anew, as it does at the beginning of a picture, so the pixels are the same as without bands.
(ITU-T T.81, sections B.2.1 and B.2.4.4, https://www.w3.org/Graphics/JPEG/itu-t81.pdf) How the picture is divided does
not depend on the number of cores, so the same picture always gives the same file.
"""

import os
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image

from storage.parallel import each

BAND_PIXELS = 1 << 19
"""About how many pixels a band has."""

_SIDES = {"4:4:4": 8, "4:2:0": 16}  # of the blocks of a picture that are coded together, in pixels
_MOST_BLOCKS = 65_535  # between two restart markers
_FRAMES = (0xC0, 0xC1)  # markers of a frame that is not progressive
_SCAN = 0xDA


def encode(rgb: np.ndarray, quality: int, subsampling: str, **options) -> bytes:
    """Encode uint8 `(H, W, 3)` as a JPEG that is not progressive.

    Args:
        quality: 1 to 95, see Pillow.
        subsampling: of the colours, "4:4:4" or "4:2:0".
        options: of the whole file: `exif`, `xmp` and so on, see Pillow.
    """
    side = _SIDES[subsampling]
    blocks_a_row = -(-rgb.shape[1] // side)
    rows_of_blocks = max(1, min(_MOST_BLOCKS, BAND_PIXELS // side**2) // blocks_a_row)
    rows = side * rows_of_blocks

    def encode_band(top: int) -> bytes:
        of_file = {} if top else options
        band = Image.fromarray(rgb[top : top + rows])
        with _open() as file:
            band.save(file, "JPEG", quality=quality, subsampling=subsampling, **of_file)
            file.seek(0)
            return file.read()

    tops = range(0, len(rgb), rows)
    if len(tops) == 1:
        return encode_band(0)
    return _join(iter(each(encode_band, tops)), len(rgb), rows_of_blocks * blocks_a_row)


def _open() -> BinaryIO:
    """A file of the operating system, in memory where it has such files: only into one does Pillow encode on all cores.

    Into any other object it writes piece by piece, and holds Python's lock all the time.
    """
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("band"), "w+b")
    return tempfile.TemporaryFile()


def _join(bands: Iterator[bytes], height: int, blocks: int) -> bytes:
    """One file of bands of so many blocks each; the header is that of the first."""
    first = next(bands)
    header, data = _split(first)
    frame = next(start for marker, start in _segments(first) if marker in _FRAMES)
    scan = next(start for marker, start in _segments(first) if marker == _SCAN)
    interval = b"\xff\xdd\x00\x04" + blocks.to_bytes(2, "big")
    parts = [header[: frame + 5], height.to_bytes(2, "big"), header[frame + 7 : scan], interval, header[scan:], data]
    for number, band in enumerate(bands):
        parts += [bytes([0xFF, 0xD0 + number % 8]), _split(band)[1]]
    return b"".join([*parts, b"\xff\xd9"])


def _split(file: bytes) -> tuple[bytes, memoryview]:
    """The header of a file, and its coded pixels without the marker of its end."""
    scan = next(start for marker, start in _segments(file) if marker == _SCAN)
    start = scan + 2 + int.from_bytes(file[scan + 2 : scan + 4], "big")
    return file[:start], memoryview(file)[start:-2]


def _segments(file: bytes) -> Iterator[tuple[int, int]]:
    """The marker and the start of each segment of a header that Pillow has written, up to that of the scan."""
    start, marker = 2, 0
    while marker != _SCAN:
        marker = file[start + 1]
        yield marker, start
        start += 2 + int.from_bytes(file[start + 2 : start + 4], "big")
