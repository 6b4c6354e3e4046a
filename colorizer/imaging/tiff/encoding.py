"""Write a TIFF of one or more pages, compressed, with all metadata.

Pillow cannot: it writes no 16 bits of colour, and fails when it is to compress a file that has EXIF. tifffile can all
but the directory of EXIF tags, which is appended to the file here and linked to from each page.
"""

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

from colorizer.imaging.errors import UnsupportedFormatError
from colorizer.imaging.metadata import Metadata, Provenance, iptc, xmp
from colorizer.imaging.metadata.exif import new_exif
from colorizer.imaging.profiles import srgb_icc

MAX_BYTES = 4 * 1024**3 - 2**20
"""A TIFF counts its bytes with 32 bits."""

_XMP, _IPTC = 700, 33723
_LINKS = {ExifTags.IFD.Exif: 34664, ExifTags.IFD.GPSInfo: 34852}
"""Tags that link to directories, and the free codes under which tifffile, which refuses these, writes them."""

_STRIP_BYTES = 1 << 18


@dataclass(frozen=True)
class Page:
    """A coloured page of a TIFF."""

    rgb: np.ndarray
    """sRGB `(H, W, 3)`, uint8 or uint16."""
    metadata: Metadata
    alpha: np.ndarray | None = None
    """Opacity `(H, W)`, uint8 or uint16; 0 is transparent."""


def encode(pages: Iterable[Page], provenance: Provenance | None = None) -> bytes:
    """The file, compressed by deflate; the same pages give the same bytes. Each page is taken when it is written.

    Raises:
        UnsupportedFormatError: it would have more than 4 GiB.
    """
    import tifffile

    stream, directories = io.BytesIO(), []
    with tifffile.TiffWriter(stream, byteorder="<") as writer:
        for page in pages:
            exif = new_exif(page.metadata, provenance)
            directories.append({link: exif.get_ifd(link) for link in _LINKS if exif.get_ifd(link)})
            _write_page(writer, page, exif, provenance)
            if stream.tell() > MAX_BYTES:
                raise UnsupportedFormatError("A TIFF holds up to 4 GiB. Received pages of more: choose PNG or JPEG.")
    _append_directories(stream, directories)
    return stream.getvalue()


def _write_page(writer, page: Page, exif: Image.Exif, provenance: Provenance | None) -> None:
    pixels = page.rgb if page.alpha is None else np.dstack([page.rgb, _as_type(page.alpha, page.rgb.dtype)])
    dpi = page.metadata.dpi
    writer.write(
        pixels,
        photometric="rgb",
        planarconfig="contig",
        extrasamples=None if page.alpha is None else ["unassalpha"],
        compression="adobe_deflate",
        predictor=True,
        rowsperstrip=max(1, _STRIP_BYTES // pixels[0].nbytes),
        iccprofile=srgb_icc(),
        resolution=dpi,
        resolutionunit=None if dpi is None else "inch",
        software=False,
        metadata=None,
        extratags=_tags(exif, page.metadata, provenance),
        contiguous=False,
    )


def _as_type(alpha: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if alpha.dtype == dtype:
        return alpha
    return (alpha >> 8).astype(np.uint8) if dtype == np.uint8 else alpha * np.uint16(257)


def _tags(exif: Image.Exif, metadata: Metadata, provenance: Provenance | None) -> list[tuple]:
    """The tags that tifffile does not write itself: code, type, count, value, and whether it is for one page only."""
    tags = []
    for code in exif:
        if code not in _LINKS:
            kind, value = _encode_value(code, exif[code])
            tags.append((code, kind, None if kind == 2 else len(value), value, True))
    tags += [(code, 4, 1, 0, True) for link, code in _LINKS.items() if exif.get_ifd(link)]
    if packet := xmp.write_packet(metadata, provenance):
        tags.append((_XMP, 1, len(packet), packet, True))
    if block := iptc.write_datasets(metadata.iptc):
        tags.append((_IPTC, 7, len(block), block, True))
    return tags


def _encode_value(code: int, value) -> tuple[int, bytes | tuple]:
    """The type and value of a tag as Pillow would write them."""
    directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\x08\0\0\0")
    directory[code] = value
    kind = directory.tagtype[code]
    if kind == 2:
        return kind, value if isinstance(value, bytes) else str(value).encode()
    if isinstance(value, bytes):
        return kind, value
    return kind, tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _append_directories(stream: io.BytesIO, directories: list[dict[int, dict]]) -> None:
    """Append the directories of EXIF and place, and turn the free tags of each page into links to them."""
    import tifffile

    stream.seek(0)
    file = tifffile.TiffFile(stream)
    links = [page.tags for page in file.pages]
    for tags_of_page, found in zip(links, directories, strict=True):
        for link, tags in found.items():
            offset = stream.seek(0, io.SEEK_END)
            offset += stream.write(bytes(offset % 2))
            directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\x08\0\0\0", group=link)
            for tag, value in tags.items():
                directory[tag] = value
            stream.write(directory.tobytes(offset))
            stream.seek(tags_of_page[_LINKS[link]].offset)
            stream.write(struct.pack("<HHII", link, 4, 1, offset))
