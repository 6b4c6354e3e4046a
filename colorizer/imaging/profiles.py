"""ICC profiles: convert pixels from a file's profile to sRGB, and the profile that is written into files."""

import io
import struct
from contextlib import suppress
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from colorizer.color.formulas import linear_to_srgb
from colorizer.imaging.pixels import to_gray

SAME_GAMMA = 0.05
"""A gamma that differs from that of sRGB by less than this share counts as sRGB, as in libpng."""


def read_profile(source: Image.Image | bytes | None) -> ImageCms.ImageCmsProfile | None:
    """The embedded profile; None if there is none or it is broken: a photograph is not refused for that.

    Args:
        source: the image, or the profile itself.
    """
    with suppress(Exception):
        data = source.info["icc_profile"] if isinstance(source, Image.Image) else source
        return ImageCms.ImageCmsProfile(io.BytesIO(data))
    return None


def is_srgb(profile: ImageCms.ImageCmsProfile | None) -> bool:
    """Whether RGB with this profile is sRGB: there is none, or converting from it changes no colour of a sample."""
    transform = _transform(profile, "RGB")
    if transform is None:
        return True
    steps = np.arange(0, 256, 51, dtype=np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    converted = np.asarray(ImageCms.applyTransform(Image.fromarray(colors), transform))
    return bool(np.abs(converted.astype(int) - colors).max() <= 1)


def to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    """Convert RGB or CMYK to sRGB; without a profile that fits, RGB counts as sRGB and CMYK as plain inks."""
    transform = _transform(profile, image.mode)
    if image.mode == "CMYK":
        return image.convert("RGB") if transform is None else ImageCms.applyTransform(image, transform)
    if transform is not None:
        ImageCms.applyTransform(image, transform, inPlace=True)
    return image


def gray_to_srgb(gray: np.ndarray, profile: ImageCms.ImageCmsProfile | None) -> np.ndarray:
    """Convert grey to sRGB by a table of all its levels; the profile may be one for RGB.

    For 16 bits with a profile for RGB that has no curves the table is interpolated between 256 levels: lcms, as Pillow
    has it, knows RGB of 8 bits only.
    """
    if gray.dtype == np.uint16 and profile is not None and profile.profile.xcolor_space == "GRAY":
        return _deep_gray_to_srgb(gray, profile)
    mode = "RGB" if profile is not None and profile.profile.xcolor_space == "RGB " else "L"
    # With optimization, lcms gets the darkest greys of a linear profile wrong by 10 codes; without, they are exact.
    transform = _transform(profile, mode, ImageCms.Flags.NOOPTIMIZE)
    if transform is None:
        return gray
    ramp = np.arange(256, dtype=np.uint8)
    table = to_gray(np.asarray(ImageCms.applyTransform(Image.fromarray(ramp[None]).convert(mode), transform)))[0]
    if gray.dtype == np.uint16:
        table = np.rint(np.interp(np.arange(65536), ramp * 257.0, table * 257.0)).astype(np.uint16)
    return table[gray]


def gamma_to_srgb(pixels: np.ndarray, gamma: float | None) -> np.ndarray:
    """Convert pixels of any shape, uint8 or uint16, to sRGB: a sample is its linear light to the power of `gamma`.

    That is what the chunk gAMA of PNG says (PNG 1.2, section 11.3.3.2). None, or a gamma near 1 / 2.2, changes nothing.
    """
    if not gamma or abs(gamma * 2.2 - 1) < SAME_GAMMA:
        return pixels
    white = np.iinfo(pixels.dtype).max
    linear = (np.arange(white + 1) / white) ** (1 / gamma)
    return np.rint(white * linear_to_srgb(linear)).astype(pixels.dtype)[pixels]


def _deep_gray_to_srgb(gray: np.ndarray, profile: ImageCms.ImageCmsProfile) -> np.ndarray:
    """`gray_to_srgb` for 16 bits and a profile for grey, exact to a code."""
    levels = Image.fromarray(np.arange(65536, dtype=np.uint16).reshape(256, 256))
    target = ImageCms.ImageCmsProfile(io.BytesIO(_gray_srgb_icc()))
    try:
        transform = ImageCms.buildTransform(profile, target, "I;16", "I;16", flags=ImageCms.Flags.NOOPTIMIZE)
    except ImageCms.PyCMSError:
        return gray
    return np.asarray(ImageCms.applyTransform(levels, transform)).reshape(-1)[gray]


@cache
def _gray_srgb_icc() -> bytes:
    """A profile for grey with the curve of sRGB (ICC.1:2010: header, white point, parametric curve of type 3)."""

    def fixed(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))

    white = fixed(0.9642, 1, 0.8249)
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", 156, 20, b"kTRC", 176, len(curve))
    header = struct.pack(">I4sI", 176 + len(curve), bytes(4), 0x04200000) + b"mntrGRAYXYZ " + bytes(12) + b"acsp"
    header += bytes(28) + white
    return header + bytes(128 - len(header)) + tags + b"XYZ " + bytes(4) + white + curve


@cache
def srgb_icc() -> bytes:
    """The sRGB profile with creation time (bytes 24..36 of the header, ICC.1) and checksum 0: files are repeatable."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + bytes(12) + made[36:84] + bytes(16) + made[100:]


def _transform(
    profile: ImageCms.ImageCmsProfile | None, mode: str, flags: ImageCms.Flags = ImageCms.Flags.NONE
) -> ImageCms.ImageCmsTransform | None:
    """Transform from `mode`, by the profile, to sRGB; None if the profile is missing or is for another mode."""
    if profile is not None:
        with suppress(ImageCms.PyCMSError):
            return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", flags=flags)
    return None
