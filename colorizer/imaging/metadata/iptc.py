"""IPTC-IIM: the block of captions and rights that archives have written into JPEG and TIFF since the 1990s.

Sources: IPTC Information Interchange Model 4.2 (https://iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf): a dataset is
0x1C, record, number, length, value; Adobe Photoshop file formats, "Image resource blocks", for where JPEG keeps it.
"""

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress

from PIL import Image

DATASETS = {
    3: (67, "object type"), 4: (68, "object attribute"), 5: (64, "title"), 7: (64, "edit status"), 10: (1, "urgency"),
    12: (236, "subject"), 15: (3, "category"), 20: (32, "supplemental category"), 22: (32, "fixture identifier"),
    25: (64, "keyword"), 30: (8, "release date"), 35: (11, "release time"), 37: (8, "expiration date"),
    38: (11, "expiration time"), 40: (256, "instructions"), 55: (8, "date created"), 60: (11, "time created"),
    62: (8, "digital creation date"), 63: (11, "digital creation time"), 80: (32, "by-line"), 85: (32, "by-line title"),
    103: (32, "transmission reference"), 105: (256, "headline"), 110: (32, "credit"), 115: (32, "source"),
    116: (128, "copyright"), 118: (128, "contact"), 120: (2000, "caption"), 121: (256, "local caption"),
    122: (32, "caption writer"), 135: (3, "language"), 184: (64, "job"), 185: (256, "master document"),
    187: (64, "document"), 188: (128, "owner"),
}  # fmt: skip
"""Datasets of record 2 that are kept, by their numbers: the most bytes that the standard allows, and what they say."""

PLACES = {
    26: (3, "content location code"), 27: (64, "content location"), 90: (32, "city"), 92: (32, "sub-location"),
    95: (32, "state"), 100: (3, "country code"), 101: (64, "country"),
}  # fmt: skip
"""The same for places, which are kept only if that was asked for."""

_RESOURCE = 0x0404  # of Photoshop's image resources, the one that holds IPTC-IIM
_UTF8 = b"\x1b%G"
_PNG_PROFILE = "Raw profile type iptc"  # as ImageMagick writes it: name, length and hexadecimal digits, in lines


def find_block(image: Image.Image) -> bytes:
    """The block in a file of any format but TIFF; nothing if there is none."""
    with suppress(Exception):
        if _PNG_PROFILE in image.info:
            _, _, _, *lines = str(image.info[_PNG_PROFILE]).split("\n")
            block = bytes.fromhex("".join(lines))
            return in_resources(block) if block.startswith(b"8BIM") else block
        return image.info.get("photoshop", {}).get(_RESOURCE, b"")
    return b""


def read_datasets(block: bytes, keep_place: bool = False) -> tuple[tuple[int, bytes], ...]:
    """The datasets that are kept, in the file's order, as UTF-8; a damaged block gives what stands before the damage.

    Text that is sound UTF-8 is taken as such, other text as Windows-1252.
    """
    kept = DATASETS | PLACES if keep_place else DATASETS
    found = []
    with suppress(Exception):
        for record, number, value in _parse(block):
            if record == 2 and number in kept:
                found.append((number, _as_utf8(value)))
    return tuple(found)


def write_datasets(datasets: Iterable[tuple[int, bytes]], room: int | None = None) -> bytes:
    """The block of IPTC-IIM, with its coding (UTF-8) and version. Nothing for no datasets.

    Args:
        room: the most bytes that the block may have; the longest values are left out until it fits.
    """
    datasets = list(datasets)
    while datasets:
        block = _dataset(1, 90, _UTF8) + _dataset(2, 0, b"\0\4")
        block += b"".join(_dataset(2, number, value) for number, value in datasets)
        if room is None or len(block) <= room:
            return block
        datasets.remove(max(datasets, key=lambda dataset: len(dataset[1])))
    return b""


def as_jpeg_segment(block: bytes) -> bytes:
    """The block in the segment of a JPEG (APP13, Photoshop) that programs look for it in."""
    body = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", _RESOURCE, 0, len(block)) + block + bytes(len(block) % 2)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def in_resources(data: bytes) -> bytes:
    """The IPTC-IIM block among Photoshop's image resources."""
    offset = 0
    while data[offset : offset + 4] == b"8BIM":
        (code,) = struct.unpack_from(">H", data, offset + 4)
        name = data[offset + 6] + 1
        start = offset + 6 + name + name % 2
        (size,) = struct.unpack_from(">I", data, start)
        if code == _RESOURCE:
            return data[start + 4 : start + 4 + size]
        offset = start + 4 + size + size % 2
    return b""


def _parse(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Record, number and value of each dataset."""
    offset = 0
    while block[offset : offset + 1] == b"\x1c":
        record, number, size = struct.unpack_from(">BBH", block, offset + 1)
        offset += 5
        if size & 0x8000:  # extended: the length of the length, then the length
            digits = size & 0x7FFF
            size = int.from_bytes(block[offset : offset + digits], "big")
            offset += digits
        yield record, number, block[offset : offset + size]
        offset += size


def _as_utf8(value: bytes) -> bytes:
    value = value.rstrip(b"\0")
    try:
        value.decode()
        return value
    except UnicodeDecodeError:
        return value.decode("cp1252", errors="replace").encode()


def _dataset(record: int, number: int, value: bytes) -> bytes:
    head = struct.pack(">BBB", 0x1C, record, number)
    if len(value) < 0x8000:
        return head + struct.pack(">H", len(value)) + value
    return head + struct.pack(">HI", 0x8004, len(value)) + value
