"""The sRGB gamut: where a colour leaves it, its chroma is reduced to the edge."""

import numpy as np

from colorizer.color.formulas import XYZ_NORM_TO_RGB, ab_to_f, f_to_white_share, lightness_to_f

TOLERANCE = 1e-3
"""Linear light by which a channel may leave 0..1: clipping this little changes no 8-bit code by more than one."""

_STEPS = 4  # of false position: what is left outside then is clipped, below 1 in L*


def reduce_chroma(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """Linear red, green and blue of a colour, with as much less chroma as brings it into the sRGB gamut.

    L* and the hue angle stay. What is left outside lies within `TOLERANCE` and is to be clipped.

    Args:
        lightness, a, b: L*, a* and b*, float32 of one shape.
    """
    linear = linear_from_lab(lightness, a, b)
    outside = excess(linear) > TOLERANCE
    if outside.any():
        reduced = _reduce(lightness[outside], a[outside], b[outside])
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
    """How far the worst channel of linear light leaves 0..1; negative inside the gamut."""
    low = np.minimum(np.minimum(linear[0], linear[1]), linear[2])
    high = np.maximum(np.maximum(linear[0], linear[1]), linear[2])
    return np.maximum(high - 1, -low)


def _reduce(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """Scale ab down to where the excess is 0, by false position: grey lies inside, the colour given outside."""
    inside, outside = np.zeros_like(lightness), np.ones_like(lightness)
    excess_inside = np.minimum(excess(linear_from_lab(lightness, inside, inside)), 0)
    excess_outside = excess(linear_from_lab(lightness, a, b))
    for _ in range(_STEPS):
        span = np.maximum(excess_outside - excess_inside, np.float32(1e-6))
        scale = inside - excess_inside * (outside - inside) / span
        linear = linear_from_lab(lightness, a * scale, b * scale)
        left = excess(linear)
        fits = left <= 0
        inside, excess_inside = np.where(fits, scale, inside), np.where(fits, left, excess_inside)
        outside, excess_outside = np.where(fits, outside, scale), np.where(fits, excess_outside, left)
    return linear
