"""Warmer and cooler light: what a change of daylight does to a* and b*, at the same L*.

The light changes as daylight does between noon in the shade and late afternoon; every colour is multiplied by the same
factors in X and Z (von Kries). Cube roots of the factors act on a* and b*, so that the change is a linear function of
L*, a* and b*.
"""

import numpy as np

NEUTRAL_MIRED = 1e6 / 6504
"""Reciprocal colour temperature of D65, the white of sRGB, in megakelvins to the power -1."""

MIRED_RANGE = 60.0
"""Change of the reciprocal colour temperature at a warmth of 1: about 4,680 K; at -1 about 10,700 K."""


def warm(coefficients: np.ndarray, warmth: float) -> np.ndarray:
    """Colours in a warmer or cooler light: coefficients of ab as a linear function of L*, `(4, h, w)` -> the same.

    Args:
        coefficients: slope and offset of a*, then of b*; see `rendering.coefficients`.
        warmth: -1 (cool) to 1 (warm); 0 changes nothing.
    """
    if warmth == 0:
        return coefficients
    red, blue = factors(warmth)
    # a* is 500 (f(X) - f(Y)), b* is 200 (f(Y) - f(Z)), and f(Y) is (L* + 16) / 116.
    to_a, to_b = 500 * (red - 1) / 116, 200 * (1 - blue) / 116
    a_slope, a_offset, b_slope, b_offset = coefficients
    return np.stack(
        [red * a_slope + to_a, red * a_offset + 16 * to_a, blue * b_slope + to_b, blue * b_offset + 16 * to_b]
    ).astype(np.float32)


def factors(warmth: float) -> tuple[float, float]:
    """Cube roots of the factors on X and on Z, which are also those on differences of a* and of b*."""
    x, y = _daylight(1e6 / (NEUTRAL_MIRED + MIRED_RANGE * warmth))
    neutral_x, neutral_y = _daylight(1e6 / NEUTRAL_MIRED)
    red = (x / y) / (neutral_x / neutral_y)
    blue = ((1 - x - y) / y) / ((1 - neutral_x - neutral_y) / neutral_y)
    return float(np.cbrt(red)), float(np.cbrt(blue))


def _daylight(kelvin: float) -> tuple[float, float]:
    """Chromaticity x, y of daylight, 4,000 to 25,000 K (CIE 15:2018, section 4.1.2)."""
    if kelvin <= 7000:
        x = 0.244063 + 0.09911e3 / kelvin + 2.9678e6 / kelvin**2 - 4.6070e9 / kelvin**3
    else:
        x = 0.237040 + 0.24748e3 / kelvin + 1.9018e6 / kelvin**2 - 2.0064e9 / kelvin**3
    return x, -3.000 * x**2 + 2.870 * x - 0.275
