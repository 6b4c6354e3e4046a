"""The sRGB gamut: where a colour leaves it, its chroma is reduced to the edge."""

import numpy as np

from colorizer.color.formulas import XYZ_NORM_TO_RGB, ab_to_f, f_to_white_share, lightness_to_f, lightness_to_luminance

TOLERANCE = 1e-3
"""Linear light by which a channel may leave 0..1: clipping this little changes no 8-bit code by more than one."""

CHROMA_ERROR = 0.5
"""Most chroma that a colour outside the gamut is brought further in than to the edge."""

_MOST_STEPS = 24  # 12 were enough for all of 300,000 random colours


def reduce_chroma(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """Linear red, green and blue of a colour, with as much less chroma as brings it into the sRGB gamut.

    L* and the hue angle stay. A colour over `TOLERANCE` outside comes to lie inside, within `CHROMA_ERROR` of the edge.

    Args:
        lightness, a, b: L*, a* and b*, float32 of one shape.
    """
    linear = linear_from_lab(lightness, a, b)
    worst = excess(linear)
    outside = worst > TOLERANCE
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
    """How far the worst channel of linear light leaves 0..1; negative inside the gamut."""
    low = np.minimum(np.minimum(linear[0], linear[1]), linear[2])
    high = np.maximum(np.maximum(linear[0], linear[1]), linear[2])
    return np.maximum(high - 1, -low)


def _scale_to_edge(lightness: np.ndarray, a: np.ndarray, b: np.ndarray, excess_outside: np.ndarray) -> np.ndarray:
    """What the ab of colours outside is to be multiplied by, `(n,)`, so that they lie just inside the gamut.

    `excess_outside` is that of the colours. Grey lies inside and the colour given outside; between them the edge is
    found by false position. Its bracket is shrunk from both ends: the excess of an end that stays twice is halved
    (Illinois method: Dowell and Jarratt 1971, BIT 11), and each step goes a little beyond the edge that it expects.
    A colour whose bracket is narrow enough takes part in no further step, so that what becomes of it does not depend on
    the colours beside it: blocks of rows would leave seams.
    """
    chroma = np.hypot(a, b)
    width = CHROMA_ERROR / chroma
    inside, outside = np.zeros_like(chroma), np.ones_like(chroma)
    gray = lightness_to_luminance(lightness)
    excess_inside = np.minimum(np.maximum(gray - 1, -gray), 0)
    moved = np.zeros_like(chroma)  # the end that the last step moved: 1 inside, -1 outside
    found, places = np.zeros_like(chroma), np.arange(len(chroma))
    for _ in range(_MOST_STEPS):
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
