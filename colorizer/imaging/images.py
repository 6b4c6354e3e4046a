"""Photographs in and out: bytes or a path <-> pixels and metadata, with every limit and every refusal.

A refusal is an `ImageError` whose text is fit for a visitor: the rule, the value received, what to do next.
"""

import io
import math
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageDraw, ImageFont

from colorizer.color import lab
from colorizer.imaging.metadata import Metadata, Provenance, read_exif, read_metadata, save_options

DEFAULT_MAX_PIXELS = 64_000_000
MIN_SIDE = 16
"""Pixels. Below this there is nothing for a network to see."""

COLOR_CHROMA = 2.0
"""Mean chroma from which a picture counts as one in colour."""

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif"})
"""Suffixes, in lower case, by which folders are walked; a named file is always tried."""

OUTPUT_EXTENSIONS = {"png": ".png", "jpeg": ".jpg", "tiff": ".tif"}
"""Formats that `write` knows, and the extension of each."""

CAPTION = "Colourised by software; colours are guesses"

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")  # Pillow opens MPO, a phone's several pictures, as JPEG
_TAKEN = "JPEG, PNG, TIFF, WebP, BMP or GIF"
_ROWS = 256  # rows copied at a time, so that no second full-size copy is ever held
_JPEG_SIDE = 65_500  # libjpeg's JPEG_MAX_DIMENSION
_WIDE_GRAY = ("I", "F")  # Pillow's modes of 32 bits a pixel

# fmt: off
_SIGNATURES = (  # offset, bytes, name; the first that fits counts
    (0, b"\xff\xd8\xff", "JPEG"), (0, b"\x89PNG\r\n\x1a\n", "PNG"), (0, b"GIF8", "GIF"), (8, b"WEBP", "WEBP"),
    (0, b"BM", "BMP"), (8, b"CR\x02\x00", "Canon raw"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"), (0, b"MM\0+", "TIFF"), (4, b"ftyphe", "HEIC"), (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"), (4, b"ftypavi", "AVIF"), (4, b"ftypcrx", "Canon raw"), (4, b"ftyp", "a video"),
    (0, b"8BPS", "Photoshop (PSD)"), (0, b"SIMPLE  =", "FITS"), (0, b"\0\0\1\0", "ICO"), (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"), (4, b"JXL ", "JPEG XL"), (0, b"\xff\x0a", "JPEG XL"), (0, b"%PDF", "PDF"),
    (0, b"FUJIFILM", "Fujifilm raw"), (0, b"IIR", "Olympus raw"), (0, b"IIU\0", "Panasonic raw"), (0, b"<svg", "SVG"),
)
_UPRIGHT = dict(enumerate((
    Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90,
), start=2))  # by EXIF orientation
# fmt: on


class ImageError(ValueError):
    """A photograph, or a request about one, is refused; the text says why and what to do next."""


class EmptyFileError(ImageError):
    """The file holds no byte."""


class NotAnImageError(ImageError):
    """The file is no picture of any kind known here."""


class UnsupportedFormatError(ImageError):
    """The file is of a known kind that is not taken, or the format cannot be written."""


class TruncatedImageError(ImageError):
    """The picture breaks off, or is damaged so that it cannot be decoded."""


class TooManyPixelsError(ImageError):
    """The picture has more pixels than the limit."""


class TooSmallError(ImageError):
    """A side of the picture is too short."""


class GrayResultError(ImageError):
    """A picture that is to be marked as coloured holds no colour."""


class SettingError(ImageError):
    """An environment variable holds a value that cannot be used."""


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
        """Whether the picture shows colour (a sepia print does): mean chroma of a small copy of 2 or more."""
        if self.pixels.ndim == 2:
            return False
        ab = lab.rgb_to_lab(preview(self.pixels, 256))[..., 1:]
        return float(lab.chroma(ab).mean()) >= COLOR_CHROMA


def max_pixels() -> int:
    """The most pixels a picture may have: HUESTORY_MAX_PIXELS, or 64 million.

    Raises:
        SettingError: the variable holds no whole number above 0.
    """
    value = os.environ.get("HUESTORY_MAX_PIXELS") or str(DEFAULT_MAX_PIXELS)
    with suppress(ValueError):
        if int(value) > 0:
            return int(value)
    raise SettingError(f"HUESTORY_MAX_PIXELS must be a whole number of pixels above 0. Received {value!r}.")


_default_limit = max_pixels  # `read` has an argument of that name


def read(source: bytes | os.PathLike | str, max_pixels: int | None = None) -> Photo:
    """Read a photograph from bytes or a path: upright, in sRGB, alpha over white, of an animation the first frame.

    Grey of up to 16 bits is kept as it is; colour is brought to 8 bits. Of 32-bit grey, whole numbers within 0..65535
    and fractions within 0..1 are kept, and other ranges are stretched from their least to their greatest value.

    Args:
        source: the file's bytes, or its path.
        max_pixels: refuse more pixels than this; by default `images.max_pixels()`.

    Raises:
        ImageError: one of its kinds, for whatever is wrong with the file.
        OSError: the path cannot be opened.
    """
    limit = _default_limit() if max_pixels is None else max_pixels
    with _open(source) as stream, _pillow_limit(limit):
        kind = _kind(stream.read(32))
        with _named_errors(kind, limit):
            image = Image.open(stream, formats=_FORMATS)
            if image.width * image.height > limit:
                raise _too_many_pixels(image.width * image.height, limit)
            check_size(image.height, image.width)
            _check_understood(image)
            image.load()
            exif = read_exif(image)
            return Photo(_pixels(_upright(image, exif)), kind, read_metadata(image, exif))


def read_format(source: bytes | os.PathLike | str) -> str:
    """The format that a file's first bytes announce (see `Photo.format`); nothing is decoded.

    Raises:
        ImageError: it is no format that is taken.
        OSError: the path cannot be opened.
    """
    with _open(source) as stream:
        return _kind(stream.read(32))


def output_format(format: str) -> str:
    """What to write of a photograph of `format` when nothing else is asked for: JPEG stays JPEG, all else is PNG.

    >>> output_format("JPEG"), output_format("TIFF")
    ('jpeg', 'png')
    """
    return "jpeg" if format == "JPEG" else "png"


def check_size(height: int, width: int) -> None:
    """Raise TooSmallError where a side is under `MIN_SIDE` pixels."""
    if min(height, width) < MIN_SIDE:
        raise TooSmallError(
            f"Each side must have at least {MIN_SIDE} pixels. Received {width} x {height}: scan or export it larger."
        )


def resize(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resample to `size` (height, width), antialiased, in encoded values: the one resize of training and of use.

    `pixels` is grey uint8 or uint16 `(H, W)` or uint8 `(H, W, 3)`; dtype and channels stay. The filter is a triangle
    two target pixels wide (Pillow's BILINEAR), so that shrinking averages all that it covers.

    Raises:
        TooSmallError: a side of `size` is under 1.
        PixelTypeError: `pixels` is of another type or shape.
    """
    _check_pixels(pixels)
    height, width = size
    if min(height, width) < 1:
        raise TooSmallError(f"size must be (height, width) of at least 1 pixel each. Received size={size}.")
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def preview(pixels: np.ndarray, max_side: int) -> np.ndarray:
    """A uint8 copy for the screen, `(h, w)` or `(h, w, 3)`, neither side above `max_side`; never enlarged."""
    height, width = pixels.shape[:2]
    scale = min(1, max_side / max(height, width))
    small = resize(pixels, (max(1, round(height * scale)), max(1, round(width * scale))))
    return small if small.dtype == np.uint8 else np.rint(small / 257).astype(np.uint8)


def to_gray(pixels: np.ndarray) -> np.ndarray:
    """Grey `(H, W)` of the same L*: colour uint8 `(H, W, 3)` becomes uint8; grey uint8 or uint16 stays as it is."""
    _check_pixels(pixels)
    if pixels.ndim == 2:
        return pixels
    gray = np.empty(pixels.shape[:2], np.uint8)
    for top in range(0, len(pixels), _ROWS):
        rows = slice(top, top + _ROWS)
        gray[rows] = lab.lightness_to_gray(lab.rgb_to_lightness(pixels[rows]))
    return gray


def write(
    rgb: np.ndarray,
    format: str,
    metadata: Metadata | None = None,
    provenance: Provenance | None = None,
    caption: bool = False,
    quality: int = 95,
) -> bytes:
    """Encode uint8 sRGB `(H, W, 3)` with ICC profile, `metadata`, and given `provenance` the mark of a coloured file.

    Args:
        format: "png", "jpeg" (quality 95, 4:4:4) or "tiff" (uncompressed).
        provenance: goes into XMP, beside IPTC's term for "made in part by a trained algorithm", and EXIF Software.
        caption: also write `CAPTION` inside the lower left corner.
        quality: of a JPEG, up to 95; under 90, made for the screen, its colours have half the size.

    Returns:
        The file; the same arguments give the same bytes.

    Raises:
        UnsupportedFormatError: the format is unknown, or cannot hold so long a picture.
        GrayResultError: `provenance` is given, but `rgb` holds no colour.
        PixelTypeError: `rgb` is of another type or shape.
    """
    _check_writable(rgb, format, provenance)
    image = Image.fromarray(add_caption(rgb) if caption else rgb)
    stream = io.BytesIO()
    options = save_options(format, metadata or Metadata(), provenance) | {"icc_profile": _srgb_icc()}
    if format == "jpeg":
        options |= {"quality": quality, "subsampling": "4:4:4" if quality >= 90 else "4:2:0"}
    image.save(stream, format, **options)
    return stream.getvalue()


def add_caption(rgb: np.ndarray) -> np.ndarray:
    """A copy of uint8 `(H, W, 3)` with `CAPTION` in the lower left corner, on a darkened band.

    The letters take 3 % of the height, or as much as the width allows, and at least 10 pixels.
    """
    image = Image.fromarray(rgb)
    em_widths = ImageFont.load_default(100).getlength(CAPTION) / 100 + 1
    size = max(10, round(min(0.03 * image.height, image.width / em_widths)))
    font = ImageFont.load_default(size)
    right = min(image.width, math.ceil(font.getlength(CAPTION)) + size)
    top = max(0, image.height - round(1.5 * size))
    band = image.crop((0, top, right, image.height)).point(lambda value: value // 4)
    ImageDraw.Draw(band).text((size // 2, band.height // 2), CAPTION, fill="white", font=font, anchor="lm")
    image.paste(band, (0, top))
    return np.array(image)


def write_file(path: os.PathLike | str, data: bytes) -> None:
    """Write `data` beside `path`, force it to disk, then rename: `path` holds all of it, or what it held before.

    Raises:
        OSError: the disk is full, or the folder is missing or closed; nothing is left behind.
    """
    path = Path(path)
    beside = path.with_name(f".huestory-{secrets.token_hex(8)}.part")
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def output_name(name: str, format: str | None, taken: set[str]) -> str:
    """Name the coloured copy of `name`: `NAME_colorized.EXT`, unlike all in `taken` whatever their case.

    JPEG stays JPEG, all else becomes PNG, unless `format` says otherwise. A name already taken keeps its old extension
    in it, and after that counts up. Folders and control characters in `name` are dropped: it may come from a visitor.

    Args:
        taken: names given out so far, case-folded; the new one is added.
    """
    plain = PurePosixPath("".join(c for c in name.replace("\\", "/") if c.isprintable())).name
    stem, suffix = os.path.splitext(plain)
    stem = stem.encode()[:180].decode(errors="ignore") or "photo"  # file systems allow names of 255 bytes
    _check_format(format := format or ("jpeg" if suffix.lower() in (".jpg", ".jpeg") else "png"))
    kept = f"{stem}{suffix.encode()[:20].decode(errors='ignore')}"
    chosen, count = f"{stem}_colorized{OUTPUT_EXTENSIONS[format]}", 1
    while chosen.casefold() in taken:
        chosen = f"{kept}_colorized{'' if count == 1 else f'_{count}'}{OUTPUT_EXTENSIONS[format]}"
        count += 1
    taken.add(chosen.casefold())
    return chosen


# === Limits and refusals ===


class _HardLimit(int):
    """A limit for Pillow, which merely warns above it and refuses above `2 * limit`; above this one it refuses."""

    def __rmul__(self, factor: int) -> int:
        return int(self)


_limit_lock = threading.Lock()
_limits: list[int] = []  # of the reads now under way, in all threads
_limit_outside: int | None = None


@contextmanager
def _pillow_limit(limit: int) -> Iterator[None]:
    """Put our limit in place of Pillow's, and put that back when no read is under way any more.

    Pillow's is one for the whole process, is found at any value (other libraries set it to None), and is consulted in
    places that only Pillow sees before it allocates: frames of a GIF, the canvas of a WebP, the tiles of a TIFF.
    """
    global _limit_outside
    with _limit_lock:
        if not _limits:
            _limit_outside = Image.MAX_IMAGE_PIXELS
        _limits.append(limit)
        Image.MAX_IMAGE_PIXELS = _HardLimit(max(_limits))
    try:
        yield
    finally:
        with _limit_lock:
            _limits.remove(limit)
            Image.MAX_IMAGE_PIXELS = _HardLimit(max(_limits)) if _limits else _limit_outside


@contextmanager
def _named_errors(kind: str, limit: int) -> Iterator[None]:
    """Name whatever Pillow raises: on damaged data its decoders raise a dozen unrelated kinds, and none may escape."""
    try:
        yield
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(int(re.findall(r"\d+", str(error))[0]), limit) from error
    except MemoryError as error:
        raise TooManyPixelsError(
            f"A picture must fit into the memory of this computer. Received a {kind} that does not: make it smaller."
        ) from error
    except Exception as error:
        raise TruncatedImageError(
            f"A picture must be whole and readable. Received a {kind} that breaks off, is damaged or of a rare kind: "
            "copy it again from where it came from, or open it in an image program and save it as PNG."
        ) from error


def _open(source: bytes | os.PathLike | str) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, (bytes, bytearray, memoryview)) else open(source, "rb")


def _kind(head: bytes) -> str:
    """The format that a file's first bytes announce, if it is one that is taken."""
    if not head:
        raise EmptyFileError("A photograph must hold data. Received 0 bytes: copy the file again, or choose another.")
    name = next((name for offset, signature, name in _SIGNATURES if head.startswith(signature, offset)), None)
    if name is None:
        raise NotAnImageError(
            f"A photograph must be {_TAKEN}. Received a file that begins with the bytes {head[:8].hex(' ')}, "
            "which is none of them: choose a picture."
        )
    if name not in _FORMATS:
        raise UnsupportedFormatError(f"A photograph must be {_TAKEN}. Received {name}: save it as JPEG or PNG first.")
    return name


def _too_many_pixels(pixels: int, limit: int) -> TooManyPixelsError:
    return TooManyPixelsError(
        f"A picture may have up to {limit:,} pixels (HUESTORY_MAX_PIXELS). Received {pixels:,}: make it smaller first."
    )


def _check_understood(image: Image.Image) -> None:
    """Refuse the TIFFs that Pillow 13 decodes without complaint, but to something else than the picture."""
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return
    if tags.get(ExifTags.Base.NewSubfileType, 0) & 1 or ExifTags.Base.DNGVersion in tags:
        raise UnsupportedFormatError(
            f"A photograph must be {_TAKEN}. Received a camera's raw file (DNG or alike), of which only a thumbnail "
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


def _check_pixels(pixels: np.ndarray) -> None:
    gray = pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16)
    if not gray and (pixels.ndim != 3 or pixels.shape[-1] != 3 or pixels.dtype != np.uint8):
        raise lab.PixelTypeError(
            f"pixels must be uint8 or uint16 (H, W), or uint8 (H, W, 3). Received {pixels.dtype} {pixels.shape}."
        )


def _check_format(format: str) -> None:
    if format not in OUTPUT_EXTENSIONS:
        raise UnsupportedFormatError(f"format must be one of {', '.join(OUTPUT_EXTENSIONS)}. Received {format!r}.")


def _check_writable(rgb: np.ndarray, format: str, provenance: Provenance | None) -> None:
    _check_format(format)
    if rgb.ndim != 3 or rgb.shape[-1] != 3 or rgb.dtype != np.uint8:
        raise lab.PixelTypeError(f"rgb must be uint8 (H, W, 3). Received {rgb.dtype} {rgb.shape}.")
    if format == "jpeg" and max(rgb.shape) > _JPEG_SIDE:
        raise UnsupportedFormatError(
            f"A JPEG has at most {_JPEG_SIDE:,} pixels a side. Received {max(rgb.shape):,}: choose PNG or TIFF."
        )
    if provenance is not None and _is_neutral(rgb):
        raise GrayResultError(
            "A coloured picture must hold some colour. Received only grey, which is not passed off as coloured: "
            "raise the saturation, or try another model."
        )


# === From what Pillow decodes to pixels ===


def _pixels(image: Image.Image) -> np.ndarray:
    """Pixels of a loaded, upright picture of any mode, in sRGB: as in `Photo`."""
    profile = _profile(image)
    if image.mode in _WIDE_GRAY or image.mode.startswith("I;16"):
        return _gray_to_srgb(_deep_gray(image), profile)
    image = _opaque(image)
    if image.mode == "CMYK":
        image, profile = _to_srgb(image, profile), None
    if image.mode == "L":
        return _gray_to_srgb(_array(image), profile)
    if all(_is_neutral(block) for _, block in _row_blocks(image)):
        return _gray_to_srgb(_array(image.getchannel(0)), profile)
    return _array(_to_srgb(image, profile))


def _upright(image: Image.Image, exif: Image.Exif) -> Image.Image:
    """Apply the EXIF orientation; for TIFF Pillow has done so already, and dropped the tag."""
    method = _UPRIGHT.get(exif.get(ExifTags.Base.Orientation))
    return image if method is None else image.transpose(method)


def _opaque(image: Image.Image) -> Image.Image:
    """Composite alpha over white and look palettes up: the result has mode L, RGB or CMYK."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(layer, (0, 0), layer)
        return flat
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")  # LAB is meant at D50, which Pillow heeds


def _deep_gray(image: Image.Image) -> np.ndarray:
    """uint16 `(H, W)` of grey of 12, 16 or 32 bits."""
    gray = _array(image)
    if image.mode in _WIDE_GRAY:
        gray = _to_uint16(gray)
    tags = getattr(image, "tag_v2", {})
    if tags.get(ExifTags.Base.BitsPerSample) == (12,):
        gray = gray * 16 + gray // 256
    if tags.get(ExifTags.Base.PhotometricInterpretation) == 0:  # 0 is white, which Pillow heeds up to 8 bits only
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
    for top in range(0, image.height, _ROWS):
        bottom = min(top + _ROWS, image.height)
        yield slice(top, bottom), np.asarray(image.crop((0, top, image.width, bottom)))


def _array(image: Image.Image) -> np.ndarray:
    """The pixels, in native byte order; copied by blocks, since `np.asarray` would hold the picture three times."""
    pixels = np.empty(0)
    for rows, block in _row_blocks(image):
        if not pixels.size:
            pixels = np.empty((image.height, *block.shape[1:]), block.dtype.newbyteorder("="))
        pixels[rows] = block
    return pixels


def _is_neutral(rgb: np.ndarray) -> bool:
    return bool((rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 1] == rgb[..., 2]).all())


# === Colour profiles ===


def _profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The embedded profile; none where it is broken, which is no reason to refuse a photograph."""
    with suppress(Exception):
        return ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    return None


def _transform(
    profile: ImageCms.ImageCmsProfile | None, mode: str, flags: ImageCms.Flags = ImageCms.Flags.NONE
) -> ImageCms.ImageCmsTransform | None:
    """From `mode`, as the profile means it, to sRGB; none where the profile is missing or means another mode."""
    if profile is not None:
        with suppress(ImageCms.PyCMSError):
            return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", flags=flags)
    return None


def _to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    """RGB or CMYK to sRGB; without a profile that fits, RGB is taken for sRGB and CMYK for plain inks."""
    transform = _transform(profile, image.mode)
    if image.mode == "CMYK":
        return image.convert("RGB") if transform is None else ImageCms.applyTransform(image, transform)
    if transform is not None:
        ImageCms.applyTransform(image, transform, inPlace=True)
    return image


def _gray_to_srgb(gray: np.ndarray, profile: ImageCms.ImageCmsProfile | None) -> np.ndarray:
    """Grey in sRGB, by a table of 256 levels between which 16 bits are interpolated; the profile may be one for RGB."""
    mode = "RGB" if profile is not None and profile.profile.xcolor_space == "RGB " else "L"
    # Optimized, lcms puts the darkest greys of a linear profile off by 10 codes; 256 pixels can be done exactly.
    transform = _transform(profile, mode, ImageCms.Flags.NOOPTIMIZE)
    if transform is None:
        return gray
    ramp = np.arange(256, dtype=np.uint8)
    table = to_gray(np.asarray(ImageCms.applyTransform(Image.fromarray(ramp[None]).convert(mode), transform)))[0]
    if gray.dtype == np.uint16:
        table = np.rint(np.interp(np.arange(65536), ramp * 257.0, table * 257.0)).astype(np.uint16)
    return table[gray]


@cache
def _srgb_icc() -> bytes:
    """sRGB without the time of its making (bytes 24..36 of the header, ICC.1) or its checksum: files are repeatable."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + bytes(12) + made[36:84] + bytes(16) + made[100:]
