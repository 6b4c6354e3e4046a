"""Read a photograph's file: its pixels, upright and in sRGB, and the part of its metadata that is kept.

A file that is refused raises an `ImageError` whose text can be shown to a visitor: the rule, the value received, what
to do next.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from colorizer.color import lab
from colorizer.imaging import limits
from colorizer.imaging.errors import ImageError, TooManyPixelsError, TruncatedImageError
from colorizer.imaging.formats import kind_of, open_source, output_format, pillow_formats
from colorizer.imaging.jpeg import checking
from colorizer.imaging.metadata import Metadata, blocks_of, read_metadata
from colorizer.imaging.pixels import ROWS, is_neutral
from colorizer.imaging.profiles import gamma_to_srgb, gray_to_srgb, read_profile, rgb_to_deep_gray, to_srgb
from colorizer.imaging.resizing import preview
from colorizer.imaging.tiff import decoding, samples

if TYPE_CHECKING:
    from tifffile import TiffPage

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
    """JPEG, PNG, TIFF, WEBP, BMP, GIF, HEIC or AVIF."""
    metadata: Metadata = field(default_factory=Metadata)
    alpha: np.ndarray | None = None
    """Opacity, uint8 or uint16 `(H, W)`; only where it was asked for, otherwise `pixels` lie over white."""
    has_alpha: bool = False
    """Whether the file has transparency."""
    bits: int = 8
    """The most bits that a sample has in the file."""
    pictures: int = 1
    """How many pictures or pages the file has."""

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

    def depth_in(self, format: str) -> int:
        """Bits of a result in this format: 16 in a TIFF, if the photograph has more than 8."""
        return 16 if format == "tiff" and self.pixels.dtype == np.uint16 else 8

    @cached_property
    def is_color(self) -> bool:
        """Whether the picture shows colour (a sepia print does): a small copy has a mean chroma of 2 or more."""
        if self.pixels.ndim == 2:
            return False
        ab = lab.rgb_to_lab(preview(self.pixels, 256))[..., 1:]
        return float(lab.chroma(ab).mean()) >= COLOR_CHROMA


def read(
    source: bytes | os.PathLike | str,
    max_pixels: int | None = None,
    keep_place: bool = False,
    master: bool = False,
    page: int = 1,
) -> Photo:
    """Read a photograph from bytes or a path: upright, in sRGB, alpha over white, the first frame of an animation.

    Grey of up to 16 bits is kept as it is; colour is converted to 8 bits. Grey of 32 bits becomes 16 bits: whole
    numbers within 0..65535 and fractions within 0..1 keep their scale, and other ranges are stretched from their least
    to their greatest value.

    Args:
        source: the file's bytes, or its path.
        max_pixels: refuse more pixels than this; by default `images.max_pixels()`, of a WebP half of it.
        keep_place: keep metadata about the place, too.
        master: for a result of all bits and with alpha: alpha is given apart, and colour of over 8 bits as grey of 16
            bits and the same lightness, which is all that colouring takes of it.
        page: which page of a TIFF, from 1; see `count_pages`.

    Raises:
        ImageError: a subclass of it that names what is wrong with the file.
        OSError: the path cannot be opened.
    """
    with open_source(source) as stream:
        kind = kind_of(stream.read(32))
        limit = limits.max_pixels_of(kind) if max_pixels is None else max_pixels
        checksum = _checksum(stream)
        with _named_errors(kind, limit), limits.pillow_limit(limit):
            if kind == "TIFF":
                pages = decoding.list_pages(stream)
                return _read_page(pages[page - 1], len(pages), stream, limit, keep_place, master, checksum)
            return _read_image(stream, kind, limit, keep_place, master, checksum)


def count_pages(source: bytes | os.PathLike | str) -> int:
    """How many pages a TIFF has; 1 for all other formats, and for files that `read` refuses."""
    with suppress(Exception), open_source(source) as stream:
        if kind_of(stream.read(32)) == "TIFF":
            return max(1, len(decoding.list_pages(stream)))
    return 1


def _checksum(stream: BinaryIO) -> str:
    """SHA-256 of the whole file, in hexadecimal digits."""
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_image(stream: BinaryIO, kind: str, limit: int, keep_place: bool, master: bool, checksum: str) -> Photo:
    """Read a file of any format but TIFF."""
    stream.seek(0)
    image = _open_jpeg(stream, limit) if kind == "JPEG" else Image.open(stream, formats=pillow_formats(kind))
    image = _load(image, kind, limit)
    blocks = blocks_of(image)
    metadata = read_metadata(blocks, keep_place, checksum)
    bits = _bits(image, stream)
    pictures = _count(image)
    has_alpha = image.has_transparency_data
    pixels, alpha = _pixels(_upright(image, blocks.exif.get(ExifTags.Base.Orientation)), read_profile(image), master)
    return Photo(pixels, kind, metadata, alpha, has_alpha, bits, pictures)


def _read_page(
    page: "TiffPage", pages: int, stream: BinaryIO, limit: int, keep_place: bool, master: bool, checksum: str
) -> Photo:
    """Read a page of a TIFF: with Pillow what that knows, otherwise with tifffile."""
    blocks = decoding.blocks_of(page, stream)
    metadata = read_metadata(blocks, keep_place, checksum)
    bits = decoding.bits(page)
    image = None if decoding.is_beyond_pillow(page) else _open_page(page, stream)
    if image is None:
        stored = decoding.decode(page, stream, limit)
        colors, alpha = samples.split(stored, page.photometric, page.extrasamples)
        orientation = blocks.exif.get(ExifTags.Base.Orientation)
        colors, alpha = _turn(colors, orientation), None if alpha is None else _turn(alpha, orientation)
        has_alpha = alpha is not None
        pixels = _deep_pixels(colors, alpha, read_profile(page.iccprofile), master)
        alpha = alpha if master else None
    else:
        image = _load(image, "TIFF", limit)
        has_alpha = image.has_transparency_data
        pixels, alpha = _pixels(image, read_profile(image), master)  # upright: Pillow has turned it
    return Photo(pixels, "TIFF", metadata, alpha, has_alpha, bits, pages)


def _open_page(page: "TiffPage", stream: BinaryIO) -> Image.Image | None:
    """The page as Pillow opens it; None if Pillow does not know its kind."""
    if page.planarconfig == 2 and decoding.bits(page) > 8:  # Pillow would raise no error, but give wrong pixels
        return None
    stream.seek(0)
    try:
        image = Image.open(stream, formats=("TIFF",))
        image.seek(page.index)
        return image
    except (UnidentifiedImageError, SyntaxError):
        return None


def _open_jpeg(stream: BinaryIO, limit: int) -> Image.Image:
    """Open a JPEG file that decoding would take no more time for than it is worth; see `checking`."""
    data = stream.read()
    checking.check_header(data)
    stream.seek(0)
    image = Image.open(stream, formats=pillow_formats("JPEG"))
    if image.width * image.height <= limit:
        checking.check(data, image.height, image.width)
    return image


def _load(image: Image.Image, kind: str, limit: int) -> Image.Image:
    if image.width * image.height > limit:
        raise limits.too_many_pixels(image.width * image.height, limit, kind)
    limits.check_size(image.height, image.width)
    with limits.turn_of_large(image.width * image.height):
        image.load()
    return image


def _bits(image: Image.Image, stream: BinaryIO) -> int:
    """Bits of a sample: Pillow reduces colour of 16 bits in PNG to 8 without a word."""
    if image.format != "PNG":
        return 8
    stream.seek(24)  # IHDR: width, height, bits
    return stream.read(1)[0]


def _count(image: Image.Image) -> int:
    """How many pictures a file has; 1 if those after the first are damaged."""
    with suppress(Exception):
        return getattr(image, "n_frames", 1)
    return 1


@contextmanager
def _named_errors(kind: str, limit: int) -> Iterator[None]:
    """Turn whatever Pillow raises into an `ImageError`: on damaged data its decoders raise a dozen unrelated types."""
    try:
        yield
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise limits.too_many_pixels(int(re.findall(r"\d+", str(error))[0]), limit, kind) from error
    except MemoryError as error:
        raise TooManyPixelsError(
            f"A picture must fit into the memory of this computer. Received a {kind} that does not: make it smaller."
        ) from error
    except Exception as error:
        raise TruncatedImageError(
            f"A picture must be whole and readable. Received a {kind} that breaks off, is damaged or of a rare kind: "
            "copy it again from where it came from, or open it in an image program and save it as PNG."
        ) from error


def _pixels(image: Image.Image, profile, master: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels of a loaded, upright picture of any mode, in sRGB, and its alpha: as in `Photo`."""
    gamma = None if profile or "srgb" in image.info else image.info.get("gamma")
    alpha = None
    if image.mode in _WIDE_GRAY or image.mode.startswith("I;16"):
        return gamma_to_srgb(gray_to_srgb(_deep_gray(image), profile), gamma), None
    if master and image.has_transparency_data:
        layer = image.convert("RGBA")
        image, alpha = layer.convert("RGB"), np.array(layer.getchannel("A"))
    image = _opaque(image)
    if image.mode == "CMYK":
        image, profile = to_srgb(image, profile), None
    if image.mode == "L":
        return gamma_to_srgb(gray_to_srgb(_array(image), profile), gamma), alpha
    if all(is_neutral(block) for _, block in _row_blocks(image)):
        return gamma_to_srgb(gray_to_srgb(_array(image.getchannel(0)), profile), gamma), alpha
    return gamma_to_srgb(_array(to_srgb(image, profile)), gamma), alpha


def _deep_pixels(colors: np.ndarray, alpha: np.ndarray | None, profile, master: bool) -> np.ndarray:
    """Pixels from what `samples.split` gives, as in `Photo`."""
    if alpha is not None and not master:
        colors = samples.over_white(colors, alpha)
    if colors.ndim == 3 and is_neutral(colors):
        colors = colors[..., 0]
    if colors.ndim == 2:
        return gray_to_srgb(np.ascontiguousarray(colors), profile)
    if colors.dtype == np.uint16 and master and (gray := rgb_to_deep_gray(colors, profile)) is not None:
        return gray
    plain = colors if colors.dtype == np.uint8 else (colors >> 8).astype(np.uint8)
    return _array(to_srgb(Image.fromarray(plain), profile))


def _upright(image: Image.Image, orientation: int | None) -> Image.Image:
    """Apply the EXIF orientation."""
    method = _UPRIGHT.get(orientation)
    return image if method is None else image.transpose(method)


def _turn(pixels: np.ndarray, orientation: int | None) -> np.ndarray:
    """The same for an array `(H, W)` or `(H, W, n)`."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


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
    gray = samples.to_unsigned(_array(image))
    tags = getattr(image, "tag_v2", {})
    if tags.get(ExifTags.Base.BitsPerSample) == (12,):
        gray = gray * 16 + gray // 256
    if tags.get(ExifTags.Base.PhotometricInterpretation) == 0:  # 0 is white; Pillow handles it up to 8 bits only
        gray = 65535 - gray
    if isinstance(transparent := image.info.get("transparency"), int):
        gray[gray == transparent] = 65535
    return gray


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
