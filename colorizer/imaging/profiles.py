"""ICC profiles: convert pixels from a file's profile to sRGB, and the profile that is written into files."""

import io
import struct
from contextlib import suppress
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from colorizer.color.formulas import RGB_TO_XYZ_NORM, linear_to_srgb, srgb_to_linear
from colorizer.imaging.pixels import ROWS, to_gray

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
    if gray.dtype == np.uint16 and profile is not None:
        if profile.profile.xcolor_space == "GRAY":
            return _through_gray(gray, profile, _gray_profile(_SRGB_CURVE))
        curves = _curves(profile)
        if len(set(curves)) == 1 and not is_srgb(profile):
            return _through_gray(gray, _gray_profile(curves[0]), _gray_profile(_SRGB_CURVE))
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


def rgb_to_deep_gray(rgb: np.ndarray, profile: ImageCms.ImageCmsProfile | None) -> np.ndarray | None:
    """Grey uint16 `(H, W)` of the same L* as colour uint16 `(H, W, 3)` has in sRGB.

    None for a profile that is more than a matrix and curves: lcms, as Pillow has it, converts RGB of 8 bits only.
    """
    if is_srgb(profile):
        light, to_linear_srgb = [srgb_to_linear(np.arange(65536) / 65535).astype(np.float32)] * 3, np.eye(3)
    else:
        curves = _curves(profile)
        if not curves:
            return None
        light = [_light(curve) for curve in curves]
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        to_linear_srgb = np.linalg.inv(_colorants(srgb)) @ _colorants(profile)
    gray = np.empty(rgb.shape[:2], np.uint16)
    for top in range(0, len(rgb), ROWS):
        rows = slice(top, top + ROWS)
        linear = np.stack([table[rgb[rows, :, i]] for i, table in enumerate(light)], axis=-1)
        linear = np.clip(linear @ to_linear_srgb.T.astype(np.float32), 0, 1)
        gray[rows] = np.rint(65535 * linear_to_srgb(linear @ RGB_TO_XYZ_NORM[1]))
    return gray


def _colorants(profile: ImageCms.ImageCmsProfile) -> np.ndarray:
    """XYZ (D50) of the primaries of a profile, one a column."""
    colorants = profile.profile.red_colorant, profile.profile.green_colorant, profile.profile.blue_colorant
    return np.array([colorant[0] for colorant in colorants]).T


def _curves(profile: ImageCms.ImageCmsProfile) -> list[bytes]:
    """The curves of red, green and blue of a profile that is nothing but them and a matrix; none for others."""
    data = profile.tobytes()
    (count,) = struct.unpack_from(">I", data, 128)
    places = {name: (start, size) for name, start, size in struct.iter_unpack(">4sII", data[132 : 132 + 12 * count])}
    wanted = [b"rTRC", b"gTRC", b"bTRC"]
    is_matrix = {b"rXYZ", b"gXYZ", b"bXYZ", *wanted} <= places.keys() and b"A2B0" not in places
    if profile.profile.xcolor_space != "RGB " or not is_matrix:
        return []
    return [data[start : start + size] for start, size in (places[name] for name in wanted)]


def _light(curve: bytes) -> np.ndarray:
    """Linear light, float32, of each of the 65,536 levels of a curve."""
    levels = np.arange(65536, dtype=np.uint16)
    return _through_gray(levels, _gray_profile(curve), _gray_profile(_LINEAR_CURVE)).astype(np.float32) / 65535


def _through_gray(gray: np.ndarray, source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile) -> np.ndarray:
    """Convert uint16 of any shape between two profiles for grey, exact to a code; unchanged if one is broken."""
    levels = Image.fromarray(np.arange(65536, dtype=np.uint16).reshape(256, 256))
    try:
        transform = ImageCms.buildTransform(source, target, "I;16", "I;16", flags=ImageCms.Flags.NOOPTIMIZE)
    except ImageCms.PyCMSError:
        return gray
    return np.asarray(ImageCms.applyTransform(levels, transform)).reshape(-1)[gray]


def _fixed(*values: float) -> bytes:
    """Numbers as ICC profiles hold them: 16 bits before the point and 16 after it."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


_SRGB_CURVE = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_LINEAR_CURVE = b"curv" + bytes(8)


def _gray_profile(curve: bytes) -> ImageCms.ImageCmsProfile:
    """A profile for grey with this curve (ICC.1:2010: header, white point, curve)."""
    white = _fixed(0.9642, 1, 0.8249)
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", 156, 20, b"kTRC", 176, len(curve))
    header = struct.pack(">I4sI", 176 + len(curve), bytes(4), 0x04200000) + b"mntrGRAYXYZ " + bytes(12) + b"acsp"
    header += bytes(28) + white
    data = header + bytes(128 - len(header)) + tags + b"XYZ " + bytes(4) + white + curve
    return ImageCms.ImageCmsProfile(io.BytesIO(data))


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
