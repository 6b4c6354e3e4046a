"""sRGB <-> CIE L*a*b* of pictures, as NumPy arrays.

Units are those of the standard: `lightness` (L*) runs from 0 to 100, `ab` (a*, b*) from about -110 to 110; arrays are
rescaled only inside a network. The constants and curves are in `formulas`.
"""

from functools import cache

import numpy as np

from colorizer.color import gamut
from colorizer.color.formulas import (
    RGB_TO_XYZ_NORM,
    f_to_lab,
    lightness_to_luminance,
    linear_to_srgb,
    srgb_to_linear,
    white_share_to_f,
)

_LINEAR_STEPS = 65535  # steps of linear light in the look-up tables, each below 0.02 L*


class PixelTypeError(TypeError):
    """An array is not an image: its dtype or its shape cannot be read as pixels."""


def linear_rgb(pixels: np.ndarray) -> np.ndarray:
    """Linear light of sRGB pixels of any shape: uint8, uint16 or float in 0..1 -> float32 in 0..1.

    Raises:
        PixelTypeError: the dtype is none of these.
    """
    if pixels.dtype in (np.uint8, np.uint16):
        return _linear_table(np.iinfo(pixels.dtype).max)[pixels]
    if np.issubdtype(pixels.dtype, np.floating):
        return srgb_to_linear(np.clip(pixels, 0, 1)).astype(np.float32)
    raise PixelTypeError(f"pixels must be uint8, uint16 or float in 0..1. Received dtype={pixels.dtype}.")


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """sRGB `(..., 3)`, uint8, uint16 or float in 0..1 -> float32 Lab `(..., 3)`."""
    f = white_share_to_f(linear_rgb(rgb) @ RGB_TO_XYZ_NORM.T)
    return np.stack(f_to_lab(f[..., 0], f[..., 1], f[..., 2]), axis=-1)


def rgb_to_lightness(pixels: np.ndarray) -> np.ndarray:
    """L* of grey `(H, W)` or sRGB `(H, W, 3)` pixels: uint8, uint16 or float in 0..1 -> float32 `(H, W)`, 0..100.

    A table look-up for speed; within 0.01 of `rgb_to_lab`.

    Raises:
        PixelTypeError: the shape or dtype is none of these.
    """
    levels, lightness = lightness_levels(pixels)
    return lightness[levels]


def lightness_levels(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """L* of pixels, as `rgb_to_lightness` gives it, in two parts.

    Returns:
        the level of each pixel, uint8 or uint16 `(H, W)`, and the L* of each level, float32 `(256 or 65536,)`.

    Raises:
        PixelTypeError: see `rgb_to_lightness`.
    """
    if pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16):
        return pixels, _grey_lightness_table(np.iinfo(pixels.dtype).max)
    if pixels.ndim == 2:
        luminance = linear_rgb(pixels)
    elif pixels.ndim == 3 and pixels.shape[-1] == 3:
        luminance = linear_rgb(pixels) @ RGB_TO_XYZ_NORM[1]
    else:
        raise PixelTypeError(f"pixels must have shape (H, W) or (H, W, 3). Received shape={pixels.shape}.")
    return (luminance * _LINEAR_STEPS + 0.5).astype(np.uint16), _lightness_table()


def lightness_to_gray(lightness: np.ndarray) -> np.ndarray:
    """L* `(...)`, 0..100 -> uint8 sRGB grey `(...)` of that lightness, as `rgb_to_lightness` reads it."""
    luminance = lightness_to_luminance(np.asarray(lightness, np.float32))
    return srgb_table()[(np.clip(luminance, 0, 1) * _LINEAR_STEPS + 0.5).astype(np.uint16)]


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """Lab `(..., 3)` -> uint8 sRGB `(..., 3)`; a colour outside the gamut loses chroma but keeps lightness and hue."""
    lab = np.asarray(lab, np.float32)
    return merge(lab[..., 0], lab[..., 1:])


def merge(lightness: np.ndarray, ab: np.ndarray, depth: int = 8) -> np.ndarray:
    """Join L* `(...)` and ab `(..., 2)`, float32, into sRGB `(..., 3)`: uint8 or, for a depth of 16 bits, uint16.

    Where a colour lies outside the sRGB gamut, its chroma is scaled down to the edge, at constant L* and hue angle.
    Clipping the channels instead would change the lightness of the photograph.
    """
    lightness, ab = np.asarray(lightness, np.float32), np.asarray(ab, np.float32)
    if lightness.ndim == 0:
        return merge(lightness[None], ab[None], depth)[0]
    if depth == 16:
        return _merge_deep(lightness, ab)
    linear = gamut.reduce_chroma(lightness, ab[..., 0], ab[..., 1])
    table = srgb_table()
    rgb = np.empty((*lightness.shape, 3), np.uint8)
    for i, channel in enumerate(linear):
        channel *= np.float32(_LINEAR_STEPS)
        channel += np.float32(0.5)
        np.clip(channel, 0, _LINEAR_STEPS, out=channel)
        table.take(channel.astype(np.uint16), out=rgb[..., i], mode="clip")
    return rgb


def _merge_deep(lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """`merge` to uint16. By the formula: the table of 8 bits has too few steps in the shadows."""
    linear = gamut.reduce_chroma(lightness, ab[..., 0], ab[..., 1], gamut.DEEP_TOLERANCE)
    rgb = np.empty((*lightness.shape, 3), np.uint16)
    for i, channel in enumerate(linear):
        rgb[..., i] = np.rint(65535 * linear_to_srgb(np.clip(channel, 0, 1)))
    return rgb


def chroma(ab: np.ndarray) -> np.ndarray:
    """Chroma `(...)` of ab `(..., 2)`: the distance from grey."""
    return np.hypot(ab[..., 0], ab[..., 1])


@cache
def _linear_table(maximum: int) -> np.ndarray:
    return srgb_to_linear(np.arange(maximum + 1) / maximum).astype(np.float32)


@cache
def _lightness_table() -> np.ndarray:
    return _to_lightness(np.arange(_LINEAR_STEPS + 1) / _LINEAR_STEPS)


@cache
def _grey_lightness_table(maximum: int) -> np.ndarray:
    return _to_lightness(srgb_to_linear(np.arange(maximum + 1) / maximum))


def _to_lightness(luminance: np.ndarray) -> np.ndarray:
    f = white_share_to_f(luminance).astype(np.float32)
    return f_to_lab(f, f, f)[0]


@cache
def srgb_table() -> np.ndarray:
    """Codes of 8 bits of 65,536 equal steps of linear light, uint8."""
    return np.rint(255 * linear_to_srgb(np.arange(_LINEAR_STEPS + 1) / _LINEAR_STEPS)).astype(np.uint8)
