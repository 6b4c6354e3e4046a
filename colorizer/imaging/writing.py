"""Write pixels and metadata as the bytes of a file."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from colorizer.color import lab
from colorizer.imaging.caption import add_caption
from colorizer.imaging.errors import GrayResultError, UnsupportedFormatError
from colorizer.imaging.formats import check_output_format
from colorizer.imaging.jpeg import encoding as jpeg
from colorizer.imaging.metadata import Metadata, Provenance, save_options
from colorizer.imaging.pixels import is_neutral
from colorizer.imaging.profiles import srgb_icc
from colorizer.imaging.resizing import preview
from colorizer.imaging.tiff import encoding
from colorizer.imaging.tiff.encoding import Page

PREVIEW_BYTES = 380 * 1024
"""Largest JPEG for the screen, in bytes: a pair of them in base64 then stays within 1 MiB."""

_GRAY = (
    "A coloured picture must hold some colour. Received only grey, which is not passed off as coloured: "
    "raise the saturation, or try another model."
)
_JPEG_SIDE = 65_500  # libjpeg's JPEG_MAX_DIMENSION
_PREVIEW_QUALITIES = (92, 85, 75, 60, 40, 20)


def write(
    rgb: np.ndarray,
    format: str,
    metadata: Metadata | None = None,
    provenance: Provenance | None = None,
    caption: bool = False,
    quality: int = 95,
    alpha: np.ndarray | None = None,
) -> bytes:
    """Encode sRGB `(H, W, 3)` with ICC profile, `metadata` and, if given, `provenance` as the mark of colouring.

    Args:
        rgb: uint8, or for TIFF also uint16.
        format: "png", "jpeg" (quality 95, 4:4:4) or "tiff" (deflate).
        provenance: written to XMP, with IPTC's term for "made in part by a trained algorithm", and to EXIF Software.
        caption: also write `CAPTION` inside the lower left corner.
        quality: of a JPEG, up to 95; under 90, for the screen, its colours are stored at half the size (4:2:0).
        alpha: for TIFF only: opacity `(H, W)`, uint8 or uint16.

    Returns:
        The file; the same arguments give the same bytes.

    Raises:
        UnsupportedFormatError: the format is unknown, or a side is too long for it.
        GrayResultError: `provenance` is given, but `rgb` holds no colour.
        PixelTypeError: `rgb` is of another type or shape.
    """
    _check_writable(rgb, format, provenance)
    if format == "tiff":
        return encoding.encode([Page(add_caption(rgb) if caption else rgb, metadata or Metadata(), alpha)], provenance)
    shown = add_caption(rgb) if caption else rgb
    options = save_options(format, metadata or Metadata(), provenance) | {"icc_profile": srgb_icc()}
    if format == "jpeg":
        return jpeg.encode(shown, quality, "4:4:4" if quality >= 90 else "4:2:0", **options)
    stream = io.BytesIO()
    Image.fromarray(shown).save(stream, format, **options)
    return stream.getvalue()


def write_pages(pages: Iterable[Page], provenance: Provenance | None = None, caption: bool = False) -> bytes:
    """Like `write`, a TIFF of several pages; each is taken when it is written, so that one at a time is in memory.

    Where only some of the pages are grey, the file is written: one of the others holds the colour that the mark is for.

    Raises:
        UnsupportedFormatError, GrayResultError, PixelTypeError: see `write`.
    """
    gray = []

    def checked() -> Iterator[Page]:
        for page in pages:
            _check_writable(page.rgb, "tiff", None)
            gray.append(is_neutral(page.rgb))
            yield replace(page, rgb=add_caption(page.rgb)) if caption else page

    data = encoding.encode(checked(), provenance)
    if provenance is not None and all(gray):
        raise GrayResultError(_GRAY)
    return data


def encode_preview(pixels: np.ndarray, max_side: int | None = None, max_bytes: int = PREVIEW_BYTES) -> bytes:
    """A picture for the screen or a thumbnail: JPEG without metadata, at the best quality that stays within the limit.

    Args:
        pixels: grey uint8 or uint16 `(H, W)`, or uint8 sRGB `(H, W, 3)`.
        max_side: longest side, in pixels; by default the size is kept.
        max_bytes: largest size of the file. Where the lowest quality takes more, the picture is made smaller.

    Raises:
        PixelTypeError: `pixels` is of another type or shape.
    """
    small = preview(pixels, max_side or max(pixels.shape[:2]))
    for quality in _PREVIEW_QUALITIES:
        stream = io.BytesIO()
        Image.fromarray(small).save(stream, "JPEG", quality=quality)
        if stream.tell() <= max_bytes or max(small.shape) == 1:
            return stream.getvalue()
    return encode_preview(small, max(1, max(small.shape[:2]) // 2), max_bytes)


def _check_writable(rgb: np.ndarray, format: str, provenance: Provenance | None) -> None:
    check_output_format(format)
    types = (np.uint8, np.uint16) if format == "tiff" else (np.uint8,)
    if rgb.ndim != 3 or rgb.shape[-1] != 3 or rgb.dtype not in types:
        raise lab.PixelTypeError(
            f"rgb must be uint8 (H, W, 3), or uint16 in a TIFF. Received {rgb.dtype} {rgb.shape} for {format}."
        )
    if format == "jpeg" and max(rgb.shape) > _JPEG_SIDE:
        raise UnsupportedFormatError(
            f"A JPEG has at most {_JPEG_SIDE:,} pixels a side. Received {max(rgb.shape):,}: choose PNG or TIFF."
        )
    if provenance is not None and is_neutral(rgb):
        raise GrayResultError(_GRAY)
