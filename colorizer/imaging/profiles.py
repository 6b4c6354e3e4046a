"""ICC profiles: convert pixels from a file's profile to sRGB, and the profile that is written into files."""

import io
from contextlib import suppress
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from colorizer.imaging.pixels import to_gray


def read_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The embedded profile; None if there is none or it is broken: a photograph is not refused for that."""
    with suppress(Exception):
        return ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    return None


def to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    """Convert RGB or CMYK to sRGB; without a profile that fits, RGB counts as sRGB and CMYK as plain inks."""
    transform = _transform(profile, image.mode)
    if image.mode == "CMYK":
        return image.convert("RGB") if transform is None else ImageCms.applyTransform(image, transform)
    if transform is not None:
        ImageCms.applyTransform(image, transform, inPlace=True)
    return image


def gray_to_srgb(gray: np.ndarray, profile: ImageCms.ImageCmsProfile | None) -> np.ndarray:
    """Convert grey to sRGB by a table of 256 levels, interpolated for 16 bits; the profile may be one for RGB."""
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
