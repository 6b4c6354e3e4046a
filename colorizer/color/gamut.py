"""Bring colours into the sRGB gamut: the chroma of a colour outside is reduced until it lies at the edge."""

import numpy as np

from colorizer.color.formulas import XYZ_NORM_TO_RGB, ab_to_f, f_to_white_share, lightness_to_f, lightness_to_luminance

TOLERANCE = 1e-3
"""How far a channel of linear light may lie outside 0..1: clipping it then changes an 8-bit code by at most one."""

DEEP_TOLERANCE = 1e-5
"""The same for codes of 16 bits: clipping changes one by at most 9, which is 0.01 L*."""

CHROMA_ERROR = 0.5
"""A colour from outside the gamut ends up inside the edge by at most this much chroma."""

MOST_STEPS = 24  # 12 were enough for all of 300,000 random colours


def reduce_chroma(
    lightness: np.ndarray, a: np.ndarray, b: np.ndarray, tolerance: float = TOLERANCE
) -> list[np.ndarray]:
    """Linear red, green and blue of colours; where a colour lies outside the sRGB gamut, its chroma is reduced.

    L* and the hue angle do not change. A colour that is outside by more than `tolerance` is moved inside, to within
    `CHROMA_ERROR` of the edge.

    Args:
        lightness, a, b: L*, a* and b*, float32 of one shape.
    """
    linear = linear_from_lab(lightness, a, b)
    worst = excess(linear)
    outside = worst > tolerance
    if outside.any():
        lightness, a, b = lightness[outside], a[outside], b[outside]
        scale = _scale_to_edge(lightness, a, b, worst[outside])
        reduced = linear_from_lab(lightness, a * scale, b * scale)
        for channel, values in zip(linear, reduced, strict=True):
            channel[outside] = values
    return linear


def linear_from_lab(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """L*, a* and b* to linear red, green and blue, in 0..1 where the colour lies in the gamut."""
    fy = lightness_to_f(lightness)
    fx, fz = ab_to_f(fy, a, b)
    x, y, z = f_to_white_share(fx), f_to_white_share(fy), f_to_white_share(fz)
    return [m[0] * x + m[1] * y + m[2] * z for m in XYZ_NORM_TO_RGB]


def excess(linear: list[np.ndarray]) -> np.ndarray:
    """How far the furthest channel of linear light lies outside 0..1; negative inside the gamut."""
    low = np.minimum(np.minimum(linear[0], linear[1]), linear[2])
    high = np.maximum(np.maximum(linear[0], linear[1]), linear[2])
    return np.maximum(high - 1, -low)


def _scale_to_edge(lightness: np.ndarray, a: np.ndarray, b: np.ndarray, excess_outside: np.ndarray) -> np.ndarray:
    """Factors on the ab of colours outside the gamut, `(n,)`, that bring them just inside it.

    `excess_outside` is the `excess` of these colours. Grey lies inside and the given colour outside; the edge between
    them is found by false position. To shrink its bracket from both ends, the excess of an end that stays twice is
    halved (Illinois method: Dowell and Jarratt 1971, BIT 11), and each step goes a little beyond the edge that it
    expects. A colour whose bracket is narrow enough takes part in no further step. So its result does not depend on the
    other colours in the call; otherwise there would be seams between blocks of rows.
    """
    chroma = np.sqrt(a * a + b * b)  # as in `fused`; `hypot` may differ in the last bit
    width = CHROMA_ERROR / chroma
    inside, outside = np.zeros_like(chroma), np.ones_like(chroma)
    gray = lightness_to_luminance(lightness)
    excess_inside = np.minimum(np.maximum(gray - 1, -gray), 0)
    moved = np.zeros_like(chroma)  # the end that the last step moved: 1 inside, -1 outside
    found, places = np.zeros_like(chroma), np.arange(len(chroma))
    for _ in range(MOST_STEPS):
        span = np.maximum(excess_outside - excess_inside, np.float32(1e-6))
        scale = inside - excess_inside * (outside - inside) / span + np.float32(0.4) * width * moved
        np.clip(scale, inside, outside, out=scale)
        here = excess(linear_from_lab(lightness, a * scale, b * scale))
        fits = here <= 0
        excess_inside, excess_outside = (
            np.where(fits, here, np.where(moved < 0, excess_inside * np.float32(0.5), excess_inside)),
            np.where(fits, np.where(moved > 0, excess_outside * np.float32(0.5), excess_outside), here),
        )
        inside, outside = np.where(fits, scale, inside), np.where(fits, outside, scale)
        moved = np.where(fits, np.float32(1), np.float32(-1))
        found[places] = inside
        wide = outside - inside > width
        if not wide.any():
            break
        if not wide.all():
            places, lightness, a, b, width = places[wide], lightness[wide], a[wide], b[wide], width[wide]
            inside, outside, moved = inside[wide], outside[wide], moved[wide]
            excess_inside, excess_outside = excess_inside[wide], excess_outside[wide]
    return found
