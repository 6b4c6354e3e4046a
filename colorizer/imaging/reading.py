"""Read a photograph's file: its pixels, upright and in sRGB, and the part of its metadata that is kept.

A file that is refused raises an `ImageError` whose text can be shown to a visitor: the rule, the value received, what
to do next.
"""

import hashlib
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image

from colorizer.color import lab
from colorizer.imaging import limits
from colorizer.imaging.errors import ImageError, TooManyPixelsError, TruncatedImageError, UnsupportedFormatError
from colorizer.imaging.formats import FORMATS, TAKEN, kind_of, open_source, output_format
from colorizer.imaging.metadata import Metadata, read_exif, read_metadata
from colorizer.imaging.pixels import ROWS, is_neutral
from colorizer.imaging.profiles import gray_to_srgb, read_profile, to_srgb
from colorizer.imaging.resizing import preview

COLOR_CHROMA = 2.0
"""Lowest mean chroma at which a picture counts as one in colour."""

_WIDE_GRAY = ("I", "F")  # Pillow's modes of 32 bits a pixel
# fmt: off
_UPRIGHT = dict(enumerate((
    Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90,
), start=2))  # by EXIF orientation
# fmt: on


@dataclass(frozen=True, eq=False)
class Photo:
    """A photograph, upright and in sRGB."""

    pixels: np.ndarray
    """Grey uint8 or uint16 `(H, W)`, or colour uint8 `(H, W, 3)`; RGB whose channels are equal throughout is grey."""
    format: str
    """JPEG, PNG, TIFF, WEBP, BMP or GIF."""
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def output_format(self) -> str:
        """What to write when no format is asked for."""
        return output_format(self.format)

    @cached_property
    def is_color(self) -> bool:
        """Whether the picture shows colour (a sepia print does): a small copy has a mean chroma of 2 or more."""
        if self.pixels.ndim == 2:
            return False
        ab = lab.rgb_to_lab(preview(self.pixels, 256))[..., 1:]
        return float(lab.chroma(ab).mean()) >= COLOR_CHROMA


def read(source: bytes | os.PathLike | str, max_pixels: int | None = None, keep_place: bool = False) -> Photo:
    """Read a photograph from bytes or a path: upright, in sRGB, alpha over white, the first frame of an animation.

    Grey of up to 16 bits is kept as it is; colour is converted to 8 bits. Grey of 32 bits becomes 16 bits: whole
    numbers within 0..65535 and fractions within 0..1 keep their scale, and other ranges are stretched from their least
    to their greatest value.

    Args:
        source: the file's bytes, or its path.
        max_pixels: refuse more pixels than this; by default `images.max_pixels()`.
        keep_place: keep metadata about the place, too.

    Raises:
        ImageError: a subclass of it that names what is wrong with the file.
        OSError: the path cannot be opened.
    """
    limit = limits.max_pixels() if max_pixels is None else max_pixels
    with open_source(source) as stream, limits.pillow_limit(limit):
        kind = kind_of(stream.read(32))
        with _named_errors(kind, limit):
            image = Image.open(stream, formats=FORMATS)
            if image.width * image.height > limit:
                raise limits.too_many_pixels(image.width * image.height, limit)
            limits.check_size(image.height, image.width)
            _check_understood(image)
            image.load()
            exif = read_exif(image)
            metadata = read_metadata(image, exif, keep_place, _checksum(stream))
            return Photo(_pixels(_upright(image, exif)), kind, metadata)


def _checksum(stream: BinaryIO) -> str:
    """SHA-256 of the whole file, in hexadecimal digits."""
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _named_errors(kind: str, limit: int) -> Iterator[None]:
    """Turn whatever Pillow raises into an `ImageError`: on damaged data its decoders raise a dozen unrelated types."""
    try:
        yield
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise limits.too_many_pixels(int(re.findall(r"\d+", str(error))[0]), limit) from error
    except MemoryError as error:
        raise TooManyPixelsError(
            f"A picture must fit into the memory of this computer. Received a {kind} that does not: make it smaller."
        ) from error
    except Exception as error:
        raise TruncatedImageError(
            f"A picture must be whole and readable. Received a {kind} that breaks off, is damaged or of a rare kind: "
            "copy it again from where it came from, or open it in an image program and save it as PNG."
        ) from error


def _check_understood(image: Image.Image) -> None:
    """Refuse TIFFs for which Pillow 13 raises no error but gives wrong pixels or only a thumbnail."""
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return
    if tags.get(ExifTags.Base.NewSubfileType, 0) & 1 or ExifTags.Base.DNGVersion in tags:
        raise UnsupportedFormatError(
            f"A photograph must be {TAKEN}. Received a camera's raw file (DNG or alike), of which only a thumbnail "
            "can be read: export it as JPEG or TIFF first."
        )
    plain = tags.get(ExifTags.Base.Compression, 1) == 1
    apart = tags.get(ExifTags.Base.PlanarConfiguration, 1) == 2 and max(tags.get(ExifTags.Base.BitsPerSample, (1,))) > 8
    swapped = image.mode in _WIDE_GRAY and tags.prefix == b"MM" and not plain
    if (apart and plain) or swapped:
        raise UnsupportedFormatError(
            "A TIFF of over 8 bits must hold its channels together, and be little-endian if compressed at 32 bits. "
            "Received one that is not: save it with other TIFF options, or as PNG."
        )


def _pixels(image: Image.Image) -> np.ndarray:
    """Pixels of a loaded, upright picture of any mode, in sRGB: as in `Photo`."""
    profile = read_profile(image)
    if image.mode in _WIDE_GRAY or image.mode.startswith("I;16"):
        return gray_to_srgb(_deep_gray(image), profile)
    image = _opaque(image)
    if image.mode == "CMYK":
        image, profile = to_srgb(image, profile), None
    if image.mode == "L":
        return gray_to_srgb(_array(image), profile)
    if all(is_neutral(block) for _, block in _row_blocks(image)):
        return gray_to_srgb(_array(image.getchannel(0)), profile)
    return _array(to_srgb(image, profile))


def _upright(image: Image.Image, exif: Image.Exif) -> Image.Image:
    """Apply the EXIF orientation; for TIFF Pillow has done so already, and dropped the tag."""
    method = _UPRIGHT.get(exif.get(ExifTags.Base.Orientation))
    return image if method is None else image.transpose(method)


def _opaque(image: Image.Image) -> Image.Image:
    """Composite alpha over white and resolve palettes: the result has mode L, RGB or CMYK."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(layer, (0, 0), layer)
        return flat
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")  # Pillow correctly takes LAB at D50


def _deep_gray(image: Image.Image) -> np.ndarray:
    """uint16 `(H, W)` of grey of 12, 16 or 32 bits."""
    gray = _array(image)
    if image.mode in _WIDE_GRAY:
        gray = _to_uint16(gray)
    tags = getattr(image, "tag_v2", {})
    if tags.get(ExifTags.Base.BitsPerSample) == (12,):
        gray = gray * 16 + gray // 256
    if tags.get(ExifTags.Base.PhotometricInterpretation) == 0:  # 0 is white; Pillow handles it up to 8 bits only
        gray = 65535 - gray
    if isinstance(transparent := image.info.get("transparency"), int):
        gray[gray == transparent] = 65535
    return gray


def _to_uint16(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    if not math.isfinite(low + high):
        raise UnsupportedFormatError("Pixels must be finite numbers. Received some that are not: save it as PNG first.")
    white = 65535 if values.dtype.kind == "i" else 1
    if low < 0 or high > white:
        return np.rint((values - low) * (65535 / max(high - low, 1e-30))).astype(np.uint16)
    return np.rint(values * (65535 / white)).astype(np.uint16)


def _row_blocks(image: Image.Image) -> Iterator[tuple[slice, np.ndarray]]:
    for top in range(0, image.height, ROWS):
        bottom = min(top + ROWS, image.height)
        yield slice(top, bottom), np.asarray(image.crop((0, top, image.width, bottom)))


def _array(image: Image.Image) -> np.ndarray:
    """The pixels, in native byte order; copied in blocks: `np.asarray` would need memory for three copies."""
    pixels = np.empty(0)
    for rows, block in _row_blocks(image):
        if not pixels.size:
            pixels = np.empty((image.height, *block.shape[1:]), block.dtype.newbyteorder("="))
        pixels[rows] = block
    return pixels
