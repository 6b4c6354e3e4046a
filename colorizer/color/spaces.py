"""Other colour spaces than Lab, for experiments: a network may be trained on two channels of YUV, HSV or Luv instead.

The input of such a network is still L*, and its output is converted to ab: `to_ab` finds the colour that has the two
predicted channels and the lightness of the photograph. Channels are scaled to about -128..128, like ab.

Sources: CIE 15:2004 (Luv); ITU-R BT.601 (YUV, as in scikit-image); Smith 1978 (HSV).
"""

import numpy as np
from skimage import color

from colorizer.color import lab
from colorizer.color.formulas import (
    RGB_TO_XYZ,
    WHITE,
    f_to_lab,
    lightness_to_luminance,
    srgb_to_linear,
    white_share_to_f,
)

SCALES = {"lab": 1.0, "luv": 0.7, "yuv": 200.0, "hsv": 100.0}
"""Factors that bring each space's two channels to about -128..128."""

_STEPS = 16  # of bisection: the lightness is then right within 0.01
_YUV_TO_RGB = np.array([[0.0, 1.13988303], [-0.394642334, -0.58062185], [2.03206185, 0.0]], np.float32)
_WHITE_UV = np.array([4 * WHITE[0], 9 * WHITE[1]]) / (WHITE @ (1, 15, 3))


class UnknownSpaceError(ValueError):
    """There is no colour space of that name."""


def check_space(space: str) -> None:
    """Raise UnknownSpaceError unless `space` is one of `SCALES`."""
    if space not in SCALES:
        raise UnknownSpaceError(f"space must be one of {', '.join(SCALES)}. Received {space!r}.")


def chroma(rgb: np.ndarray, space: str) -> np.ndarray:
    """The two channels of sRGB pixels besides lightness: uint8 `(..., 3)` -> float32 `(..., 2)`.

    For HSV they are the saturation times the cosine and the sine of the hue, which, unlike the hue, do not jump at red.

    Raises:
        UnknownSpaceError: no such space.
    """
    check_space(space)
    if space == "lab":
        return lab.rgb_to_lab(rgb)[..., 1:]
    if space == "hsv":
        hue, saturation = np.moveaxis(color.rgb2hsv(rgb)[..., :2], -1, 0)
        channels = saturation[..., None] * np.stack([np.cos(2 * np.pi * hue), np.sin(2 * np.pi * hue)], axis=-1)
    else:
        channels = (color.rgb2yuv if space == "yuv" else _rgb_to_luv)(rgb)[..., 1:]
    return (SCALES[space] * channels).astype(np.float32)


def to_ab(lightness, channels, space: str, xp=np):
    """ab of the colour with the given L* and the two given channels of a colour space.

    Args:
        lightness: L* `(...)`, 0..100.
        channels: `(..., 2)`, scaled as by `chroma`.
        xp: module of array functions, as in `formulas`.

    Returns:
        ab `(..., 2)`

    Raises:
        UnknownSpaceError: no such space.
    """
    check_space(space)
    first, second = (channels[..., i] / SCALES[space] for i in (0, 1))
    if space == "lab":
        return channels
    luminance = lightness_to_luminance(lightness, xp)
    if space == "luv":
        return _xyz_to_ab(*_luv_to_xyz(lightness, luminance, first, second, xp), xp)
    to_rgb = {"yuv": _yuv_to_rgb, "hsv": _hsv_to_rgb}[space]
    return _xyz_to_ab(*_rgb_to_xyz(_match(lambda value: to_rgb(value, first, second, xp), luminance, xp), xp), xp)


def _rgb_to_luv(rgb: np.ndarray) -> np.ndarray:
    xyz = lab.linear_rgb(rgb) @ RGB_TO_XYZ.T
    lightness = lab.rgb_to_lab(rgb)[..., 0]
    share = np.maximum(xyz @ (1, 15, 3), 1e-9)
    uv = np.stack([4 * xyz[..., 0], 9 * xyz[..., 1]], axis=-1) / share[..., None]
    chroma = 13 * lightness[..., None] * (uv - _WHITE_UV) * (lightness[..., None] > 0)
    return np.concatenate([lightness[..., None], chroma], axis=-1)


def _luv_to_xyz(lightness, luminance, u, v, xp):
    scale = 13 * xp.maximum(lightness, 1.0)
    u, v = u / scale + float(_WHITE_UV[0]), xp.maximum(v / scale + float(_WHITE_UV[1]), 0.05)
    return luminance * 9 * u / (4 * v), luminance, luminance * xp.maximum(12 - 3 * u - 20 * v, 0.0) / (4 * v)


def _yuv_to_rgb(luma, u, v, xp):
    return [xp.clip(luma + float(row[0]) * u + float(row[1]) * v, 0, 1) for row in _YUV_TO_RGB]


def _hsv_to_rgb(value, x, y, xp):
    saturation = xp.clip(xp.sqrt(x**2 + y**2), 0, 1)
    sixth = xp.arctan2(y, x) * (3 / np.pi)
    parts = [xp.clip(2 - xp.abs((sixth + shift) % 6 - 2), 0, 1) for shift in (5.0, 3.0, 1.0)]
    return [value * (1 - saturation * part) for part in parts]


def _match(rgb_of, luminance, xp):
    """Find the colour `rgb_of(value)` of a luminance by bisection: luminance grows with the value, which is 0 to 2."""
    low, high = xp.zeros_like(luminance), xp.ones_like(luminance) * 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        dark = _rgb_to_xyz(rgb_of(middle), xp)[1] < luminance
        low, high = xp.where(dark, middle, low), xp.where(dark, high, middle)
    return rgb_of((low + high) / 2)


def _rgb_to_xyz(rgb, xp):
    linear = [srgb_to_linear(channel, xp) for channel in rgb]
    return [sum(float(m) * channel for m, channel in zip(row, linear, strict=True)) for row in RGB_TO_XYZ]


def _xyz_to_ab(x, y, z, xp):
    f = [white_share_to_f(part / float(white), xp) for part, white in zip((x, y, z), WHITE, strict=True)]
    _, a, b = f_to_lab(*f)
    return xp.stack([a, b], axis=-1)
