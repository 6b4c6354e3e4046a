"""Colour maths: sRGB <-> CIE L*a*b* (D65, 2 degrees), the sRGB gamut, and the grid of ab bins.

Every colour constant of Huestory lives here. Units are the standard's: `lightness` (L*) runs from 0 to 100,
`ab` (a*, b*) from about -110 to 110; no array outside a network is rescaled.

Sources: IEC 61966-2-1 (sRGB); CIE 15:2004 (Lab); Zhang, Isola, Efros 2016, arXiv 1603.08511, section 2 (bins).
"""

from functools import cache

import numpy as np

AB_GRID = 10
"""Side of an ab bin, in units of a* and b* (Zhang et al. 2016)."""

RGB_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
"""Linear sRGB to CIE XYZ, D65 (Rec. 709 primaries), the digits that scikit-image uses."""

WHITE = RGB_TO_XYZ.sum(axis=1)
"""XYZ of sRGB white. Taken from the matrix, so that every grey has a* = b* = 0 exactly."""

_RGB_TO_XYZ_NORM = (RGB_TO_XYZ / WHITE[:, None]).astype(np.float32)
XYZ_NORM_TO_RGB = np.linalg.inv(RGB_TO_XYZ / WHITE[:, None]).astype(np.float32)
"""CIE XYZ as shares of white to linear sRGB."""

DELTA = 6 / 29
"""Cube root of the share of white below which L*, a* and b* are linear in it (CIE 15:2004)."""

_LINEAR_STEPS = 65535  # codes of linear light in the look-up tables: below 0.02 L* a step
_GAMUT_TOLERANCE = 1e-3  # linear light; clipping this little changes no 8-bit code by more than one
_GAMUT_STEPS = 4  # of false position: what is left outside then is clipped, below 1 in L*


class PixelTypeError(TypeError):
    """An array is not an image: its dtype or its shape cannot be read as pixels."""


class BinsError(ValueError):
    """There is no grid of ab bins of that size."""


def srgb_to_linear(srgb: np.ndarray) -> np.ndarray:
    """Undo the sRGB transfer curve: values in 0..1 to linear light in 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """Apply the sRGB transfer curve: linear light in 0..1 to values in 0..1."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


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
    f = _lab_f(linear_rgb(rgb) @ _RGB_TO_XYZ_NORM.T)
    fx, fy, fz = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)


def rgb_to_lightness(pixels: np.ndarray) -> np.ndarray:
    """L* of grey `(H, W)` or sRGB `(H, W, 3)` pixels: uint8, uint16 or float in 0..1 -> float32 `(H, W)`, 0..100.

    A table look-up for speed; within 0.01 of `rgb_to_lab`.

    Raises:
        PixelTypeError: the shape or dtype is none of these.
    """
    if pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16):
        return _grey_lightness_table(np.iinfo(pixels.dtype).max)[pixels]
    if pixels.ndim == 2:
        luminance = linear_rgb(pixels)
    elif pixels.ndim == 3 and pixels.shape[-1] == 3:
        luminance = linear_rgb(pixels) @ _RGB_TO_XYZ_NORM[1]
    else:
        raise PixelTypeError(f"pixels must have shape (H, W) or (H, W, 3). Received shape={pixels.shape}.")
    return _lightness_table()[(luminance * _LINEAR_STEPS + 0.5).astype(np.uint16)]


def lightness_to_gray(lightness: np.ndarray) -> np.ndarray:
    """L* `(...)`, 0..100 -> uint8 sRGB grey `(...)` of that lightness, as `rgb_to_lightness` reads it."""
    luminance = _lab_f_inverse((np.asarray(lightness, np.float32) + np.float32(16)) / np.float32(116))
    return _srgb_table()[(np.clip(luminance, 0, 1) * _LINEAR_STEPS + 0.5).astype(np.uint16)]


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """Lab `(..., 3)` -> uint8 sRGB `(..., 3)`; a colour outside the gamut loses chroma, never lightness or hue."""
    lab = np.asarray(lab, np.float32)
    return merge(lab[..., 0], lab[..., 1:])


def merge(lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Join L* `(...)` and ab `(..., 2)`, float32, into uint8 sRGB `(..., 3)`.

    Where a colour lies outside the sRGB gamut its chroma is scaled down to the edge, at constant L* and hue angle:
    clipping the channels would change the lightness of the photograph.
    """
    lightness, ab = np.asarray(lightness, np.float32), np.asarray(ab, np.float32)
    if lightness.ndim == 0:
        return merge(lightness[None], ab[None])[0]
    a, b = ab[..., 0], ab[..., 1]
    linear = _linear_from_lab(lightness, a, b)
    outside = _excess(linear) > _GAMUT_TOLERANCE
    if outside.any():
        reduced = _reduce_chroma(lightness[outside], a[outside], b[outside])
        for channel, values in zip(linear, reduced, strict=True):
            channel[outside] = values
    table = _srgb_table()
    rgb = np.empty((*lightness.shape, 3), np.uint8)
    for i, channel in enumerate(linear):
        channel += np.float32(0.5 / _LINEAR_STEPS)
        channel *= np.float32(_LINEAR_STEPS)
        np.clip(channel, 0, _LINEAR_STEPS, out=channel)
        table.take(channel.astype(np.uint16), out=rgb[..., i], mode="clip")
    return rgb


def chroma(ab: np.ndarray) -> np.ndarray:
    """Chroma `(...)` of ab `(..., 2)`: the distance from grey."""
    return np.hypot(ab[..., 0], ab[..., 1])


@cache
def ab_bins() -> np.ndarray:
    """Centres of the ab bins that some sRGB colour falls into: float32 `(261, 2)`, sorted by a*, then b*.

    Zhang et al. count 313 with a looser rule (see `ab_bins_zhang`); a bin that no 8-bit colour rounds to can be
    neither learnt nor shown.
    """
    return np.unique(np.rint(_gamut_ab() / AB_GRID) * AB_GRID, axis=0).astype(np.float32)


@cache
def ab_bins_zhang() -> np.ndarray:
    """The 313 bins of Zhang et al. 2016, as they published them: float32 `(313, 2)`, sorted by a*, then b*.

    Every corner of a square of the grid that some sRGB colour lies in, which makes 309, and four more at the rim.
    """
    low = np.floor(_gamut_ab() / AB_GRID)
    corners = [(low + np.array([a, b])) * AB_GRID for a in (0, 1) for b in (0, 1)]
    rim = [(40, 90), (100, -90), (100, -10), (100, 0)]
    return np.unique(np.concatenate([*corners, rim]), axis=0).astype(np.float32)


def bins_of(count: int) -> np.ndarray:
    """The grid with so many bins: 261 is `ab_bins()`, 313 `ab_bins_zhang()`.

    Raises:
        BinsError: there is no such grid.
    """
    grids = {261: ab_bins, 313: ab_bins_zhang}
    if count not in grids:
        raise BinsError(f"A grid of ab bins has 261 or 313 of them. Received {count}.")
    return grids[count]()


def _gamut_ab() -> np.ndarray:
    """The ab of all colours on the faces of the RGB cube, `(n, 2)`: seen along L*, they cover its inside."""
    u, v = np.meshgrid(*2 * [np.arange(256, dtype=np.uint8)], indexing="ij")
    faces = [np.stack([np.full_like(u, level), u, v], axis=-1) for level in (0, 255)]
    rgb = np.concatenate([np.roll(face, shift, axis=-1) for face in faces for shift in range(3)]).reshape(-1, 3)
    return rgb_to_lab(rgb)[:, 1:]


def _lab_f(t: np.ndarray) -> np.ndarray:
    return np.where(t > DELTA**3, np.cbrt(t), t / (3 * DELTA**2) + 4 / 29).astype(np.float32)


def _lab_f_inverse(f: np.ndarray) -> np.ndarray:
    # Written for speed: most of an image is lighter than the linear part of the curve.
    t = np.empty_like(f)  # not `f * f`, which for a single colour gives a scalar
    np.multiply(f, f, out=t)
    t *= f
    dark = f <= np.float32(DELTA)
    if dark.any():
        t[dark] = (f[dark] - np.float32(4 / 29)) * np.float32(3 * DELTA**2)
    return t


def _linear_from_lab(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    fy = (lightness + np.float32(16)) * np.float32(1 / 116)
    x = _lab_f_inverse(a * np.float32(1 / 500) + fy)
    y = _lab_f_inverse(fy)
    z = _lab_f_inverse(b * np.float32(-1 / 200) + fy)
    return [m[0] * x + m[1] * y + m[2] * z for m in XYZ_NORM_TO_RGB]


def _excess(linear: list[np.ndarray]) -> np.ndarray:
    """How far the worst channel leaves 0..1; negative inside the gamut."""
    low = np.minimum(np.minimum(linear[0], linear[1]), linear[2])
    high = np.maximum(np.maximum(linear[0], linear[1]), linear[2])
    return np.maximum(high - 1, -low)


def _reduce_chroma(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """Scale ab down to where the excess is 0, by false position: grey lies inside, the colour given outside."""
    inside, outside = np.zeros_like(lightness), np.ones_like(lightness)
    excess_inside = np.minimum(_excess(_linear_from_lab(lightness, inside, inside)), 0)
    excess_outside = _excess(_linear_from_lab(lightness, a, b))
    for _ in range(_GAMUT_STEPS):
        span = np.maximum(excess_outside - excess_inside, np.float32(1e-6))
        scale = inside - excess_inside * (outside - inside) / span
        linear = _linear_from_lab(lightness, a * scale, b * scale)
        excess = _excess(linear)
        fits = excess <= 0
        inside, excess_inside = np.where(fits, scale, inside), np.where(fits, excess, excess_inside)
        outside, excess_outside = np.where(fits, outside, scale), np.where(fits, excess_outside, excess)
    return linear


@cache
def _linear_table(maximum: int) -> np.ndarray:
    return srgb_to_linear(np.arange(maximum + 1) / maximum).astype(np.float32)


@cache
def _lightness_table() -> np.ndarray:
    return 116 * _lab_f(np.arange(_LINEAR_STEPS + 1) / _LINEAR_STEPS) - np.float32(16)


@cache
def _grey_lightness_table(maximum: int) -> np.ndarray:
    return 116 * _lab_f(srgb_to_linear(np.arange(maximum + 1) / maximum)) - np.float32(16)


@cache
def _srgb_table() -> np.ndarray:
    return np.rint(255 * linear_to_srgb(np.arange(_LINEAR_STEPS + 1) / _LINEAR_STEPS)).astype(np.uint8)
