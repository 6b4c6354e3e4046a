"""ICC profiles: from the colours that a file means to sRGB, and the profile that is written into files."""

import io
from contextlib import suppress
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from colorizer.imaging.pixels import to_gray


def read_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The embedded profile; none where it is broken, which is no reason to refuse a photograph."""
    with suppress(Exception):
        return ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    return None


def to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    """RGB or CMYK to sRGB; without a profile that fits, RGB is taken for sRGB and CMYK for plain inks."""
    transform = _transform(profile, image.mode)
    if image.mode == "CMYK":
        return image.convert("RGB") if transform is None else ImageCms.applyTransform(image, transform)
    if transform is not None:
        ImageCms.applyTransform(image, transform, inPlace=True)
    return image


def gray_to_srgb(gray: np.ndarray, profile: ImageCms.ImageCmsProfile | None) -> np.ndarray:
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
def srgb_icc() -> bytes:
    """sRGB without the time of its making (bytes 24..36 of the header, ICC.1) or its checksum: files are repeatable."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + bytes(12) + made[36:84] + bytes(16) + made[100:]


def _transform(
    profile: ImageCms.ImageCmsProfile | None, mode: str, flags: ImageCms.Flags = ImageCms.Flags.NONE
) -> ImageCms.ImageCmsTransform | None:
    """From `mode`, as the profile means it, to sRGB; none where the profile is missing or means another mode."""
    if profile is not None:
        with suppress(ImageCms.PyCMSError):
            return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", flags=flags)
    return None
