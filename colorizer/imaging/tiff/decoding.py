"""Read the pages of a TIFF, and those kinds of pixels that Pillow does not know or reduces to 8 bits.

tifffile reads the structure and puts the samples together. What is compressed is decompressed by Pillow's libtiff:
tifffile would need the package imagecodecs for LZW (80 MB installed), and sets no bound to what deflate may grow to.
"""

import io
import logging
import math
import struct
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image

from colorizer.imaging import limits
from colorizer.imaging.errors import TruncatedImageError, UnsupportedFormatError
from colorizer.imaging.metadata import Blocks, iptc

if TYPE_CHECKING:
    from types import ModuleType

    from tifffile import TiffPage

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
"""Photometric interpretations whose samples `decode` returns."""

ASSOCIATED, UNASSOCIATED = 1, 2
"""Kinds of extra samples that are alpha: with colours multiplied by it, or not."""

_COMPRESSIONS = {1: "", 5: "LZW", 8: "deflate", 32773: "PackBits", 32946: "deflate", 34925: "LZMA", 50000: "ZSTD"}
_ORIENTATION, _XMP, _IPTC, _PHOTOSHOP, _DNG_VERSION, _MASK = 274, 700, 33723, 34377, 50706, 4
_INCHES = {2: 1.0, 3: 2.54, None: 1.0}  # what a resolution unit is times an inch; without one, inches are meant
_RAW = (32803, 34892)  # photometric interpretations of raw files: colour filter array, linear raw


def list_pages(stream: BinaryIO) -> "list[TiffPage]":
    """The pages that hold a picture, without the smaller copies and masks that some programs add.

    Raises:
        UnsupportedFormatError: the file is a camera's raw file.
        Exception: the structure of the file is damaged; of any type.
    """
    stream.seek(0)
    pages = list(_tifffile().TiffFile(stream).pages)
    if _DNG_VERSION in pages[0].tags or pages[0].is_reduced or pages[0].photometric in _RAW:
        raise UnsupportedFormatError(
            "A photograph must hold a whole picture. Received a camera's raw file (DNG or alike), of which only a "
            "thumbnail can be read: export it as JPEG or TIFF first."
        )
    return [page for page in pages if not page.is_reduced and not page.subfiletype & _MASK]


def blocks_of(page: "TiffPage", stream: BinaryIO) -> Blocks:
    """The blocks of metadata of a page."""
    return Blocks(_exif(page, stream), _dpi(page), *(_raw(page, stream, tag) for tag in (_XMP, _IPTC)))


def bits(page: "TiffPage") -> int:
    """The most bits that a sample of the page has."""
    found = page.tags.valueof(258, default=1)
    return max(found) if isinstance(found, tuple) else int(found)


def is_beyond_pillow(page: "TiffPage") -> bool:
    """Whether `decode` keeps more of a page than Pillow would, or reads it at all where Pillow would not.

    Grey of 12 bits is read by Pillow, which unpacks its bits.
    """
    deep = bits(page) > 8 and bits(page) != 12
    signed = page.sampleformat not in (1, 4)
    return (deep or signed) and page.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB)


def decode(page: "TiffPage", stream: BinaryIO, limit: int) -> np.ndarray:
    """The samples of a page as they are stored: `(H, W, samples)`, unsigned or signed integers, or floats.

    Args:
        limit: refuse more pixels than this.

    Raises:
        UnsupportedFormatError: it is of a kind that cannot be read; the text says which.
        TruncatedImageError: the file is shorter than it should be.
        TooManyPixelsError, TooSmallError
        Exception: the data is damaged; of any type.
    """
    if page.imagewidth * page.imagelength > limit:
        raise limits.too_many_pixels(page.imagewidth * page.imagelength, limit)
    limits.check_size(page.imagelength, page.imagewidth)
    _check_kind(page)
    strip = page.chunks
    if math.prod(strip) * page.samplesperpixel > 8 * max(limit, 1 << 20):
        raise limits.too_many_pixels(math.prod(strip), limit)
    compression, page.compression = page.compression, 1  # `page.decode` then takes what is decompressed here
    samples = np.empty(page.shaped, page.dtype)
    with limits.pillow_limit(16 * max(limit, 1 << 20)):
        for index, (offset, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
            stream.seek(offset)
            data = stream.read(count)
            if not count or len(data) < count:
                raise TruncatedImageError(
                    f"A picture must be whole. Received a TIFF whose part {index + 1} of {len(page.dataoffsets)} is "
                    "missing or breaks off: copy it again from where it came from."
                )
            part, (plane, depth, top, left, _), shape = page.decode(_decompress(data, compression, page, index), index)
            rows, columns = min(shape[1], page.imagelength - top), min(shape[2], page.imagewidth - left)
            samples[plane, depth, top : top + rows, left : left + columns] = part[0, :rows, :columns]
    return np.moveaxis(samples[:, 0, ..., 0], 0, -1) if len(samples) > 1 else samples[0, 0]


def _exif(page: "TiffPage", stream: BinaryIO) -> Image.Exif:
    """The EXIF tags of a page; empty if they are damaged."""
    with suppress(Exception):
        exif = Image.Exif()
        exif.endian, exif.bigtiff = page.parent.byteorder, page.parent.is_bigtiff
        exif.load_from_fp(stream, page.offset)
        hash(exif.get(_ORIENTATION))  # entries are decoded only when they are read
        return exif
    return Image.Exif()


def _dpi(page: "TiffPage") -> tuple[float, float] | None:
    with suppress(Exception):
        scale = _INCHES[page.tags.valueof(296)]
        (across, over), (down, under) = page.tags.valueof(282), page.tags.valueof(283)
        return across / over * scale, down / under * scale
    return None


def _raw(page: "TiffPage", stream: BinaryIO, code: int) -> bytes:
    """The bytes of a tag as they stand in the file: old programs write blocks of bytes as if they were numbers."""
    with suppress(Exception):
        if code == _IPTC and code not in page.tags and _PHOTOSHOP in page.tags:
            return iptc.in_resources(_raw(page, stream, _PHOTOSHOP))
        tag = page.tags[code]
        stream.seek(tag.valueoffset)
        return stream.read(tag.valuebytecount)
    return b""


@cache
def _tifffile() -> "ModuleType":
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what is wrong with a file is reported by the caller
    return tifffile


def _check_kind(page: "TiffPage") -> None:
    """Raise UnsupportedFormatError for what `decode` cannot read."""
    wrong = None
    if page.compression not in _COMPRESSIONS:
        wrong = f"the compression {getattr(page.compression, 'name', page.compression)}"
    elif page.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
        wrong = f"colours of the kind {getattr(page.photometric, 'name', page.photometric)} with {bits(page)} bits"
    elif page.dtype is None or page.dtype.kind not in "uif" or bits(page) not in (8, 16, 32, 64):
        wrong = f"samples of {bits(page)} bits (sample format {page.sampleformat})"
    elif page.predictor not in (1, 2):
        wrong = f"the predictor {getattr(page.predictor, 'name', page.predictor)}"
    elif (
        page.imagedepth > 1 or page.samplesperpixel > 5 or page.samplesperpixel < (3 if page.photometric == RGB else 1)
    ):
        wrong = f"{page.samplesperpixel} samples a pixel and a depth of {page.imagedepth}"
    if wrong:
        raise UnsupportedFormatError(
            "A TIFF must be of 8, 16 or 32 bits, grey or RGB, uncompressed or compressed without loss (LZW, deflate). "
            f"Received one with {wrong}: save it with other TIFF options, or as PNG."
        )


def _decompress(data: bytes, compression: int, page: "TiffPage", index: int) -> bytes:
    """Decompress a strip or tile by libtiff: the data becomes the one strip of a grey picture of one row."""
    if compression == 1:
        return data
    rows = page.chunks[0]
    if not page.is_tiled:
        strips = math.ceil(page.imagelength / page.rowsperstrip)
        rows = min(page.rowsperstrip, page.imagelength - index % strips * page.rowsperstrip)
    contiguous = page.samplesperpixel if page.planarconfig == 1 else 1
    width = page.tilewidth if page.is_tiled else page.imagewidth
    size = (page.tilelength if page.is_tiled else rows) * width * contiguous * page.dtype.itemsize
    tags = [(256, 4, size), (257, 4, 1), (258, 3, 8), (259, 3, int(compression)), (262, 3, 1)]
    tags += [(266, 3, int(page.fillorder)), (273, 4, 8), (277, 3, 1), (278, 4, 1), (279, 4, len(data))]
    padding = bytes(len(data) % 2)
    head = b"II*\0" + struct.pack("<I", 8 + len(data) + len(padding))
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag[:2], 1, tag[2]) for tag in tags)
    file = io.BytesIO(head + data + padding + directory + bytes(4))
    return Image.open(file, formats=("TIFF",)).tobytes()
