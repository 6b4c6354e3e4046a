"""Join lightness and colour to 8-bit sRGB in one pass over the pixels, compiled by Numba.

The same as `lab.merge`, bit for bit, because it takes the same steps in the same order, in a tenth of the time. Numba
was chosen over Cython and C, which need a compiler where Huestory is installed, and over OpenVINO, whose operations
cannot stop the search for the gamut's edge at each pixel. It is compiled for the processor at hand when networks are
exported (see `engine`) or when it is first needed, and kept beside this file, or in the user's cache folder if nothing
can be written there.
"""

import math

import numba
import numpy as np

from colorizer.color import gamut
from colorizer.color.formulas import DARK_OFFSET, DARK_SLOPE, DELTA, XYZ_NORM_TO_RGB

_DELTA, _OFFSET, _SLOPE = np.float32(DELTA), np.float32(DARK_OFFSET), np.float32(DARK_SLOPE)
_TOLERANCE, _CHROMA_ERROR = np.float32(gamut.TOLERANCE), np.float32(gamut.CHROMA_ERROR)
_STEPS = gamut.MOST_STEPS
(_RX, _RY, _RZ), (_GX, _GY, _GZ), (_BX, _BY, _BZ) = XYZ_NORM_TO_RGB
_PER_A, _PER_B, _PER_L = np.float32(1 / 500), np.float32(-1 / 200), np.float32(1 / 116)
_ZERO, _HALF, _ONE, _NUDGE, _LEAST = (np.float32(x) for x in (0, 0.5, 1, 0.4, 1e-6))
_SIXTEEN, _LAST = np.float32(16), np.float32(65535)


@numba.njit(nogil=True, cache=True)
def join_rows(levels, lightness, wide, low, share, codes, rgb):
    """Fill rows of an sRGB picture. All arrays must be contiguous: others are not read several pixels at a time.

    Args:
        levels, lightness: see `lab.lightness_levels`; levels uint8 or uint16 `(rows, width)`.
        wide: coefficients stretched to the width, float32 `(h, 4, width)`, see `rendering.coefficients`.
        low, share: each row's place in `wide`: between the rows `low` and `low + 1`, and how near the second.
        codes: codes of 65,536 steps of linear light, uint8.
        rgb: is filled, uint8 `(rows, width, 3)`.
    """
    rows, width = levels.shape
    last = wide.shape[0] - 1
    of_row, worst = np.empty(width, np.float32), np.empty(width, np.float32)
    a, b = np.empty(width, np.float32), np.empty(width, np.float32)
    red, green, blue = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    steps = np.empty((3, width), np.int32)
    for row in range(rows):
        first, second, between = wide[low[row]], wide[min(low[row] + 1, last)], share[row]
        for x in range(width):
            of_row[x] = lightness[levels[row, x]]
        for x in range(width):  # the compiler makes this loop one of vectors: no calls and no branches in it
            a_slope = first[0, x] + (second[0, x] - first[0, x]) * between
            a_offset = first[1, x] + (second[1, x] - first[1, x]) * between
            b_slope = first[2, x] + (second[2, x] - first[2, x]) * between
            b_offset = first[3, x] + (second[3, x] - first[3, x]) * between
            a[x], b[x] = a_slope * of_row[x] + a_offset, b_slope * of_row[x] + b_offset
            red[x], green[x], blue[x] = _linear(of_row[x], a[x], b[x])
            worst[x] = _excess(red[x], green[x], blue[x])
        for x in range(width):
            if worst[x] > _TOLERANCE:
                scale = _scale_to_edge(of_row[x], a[x], b[x], worst[x])
                red[x], green[x], blue[x] = _linear(of_row[x], a[x] * scale, b[x] * scale)
        for x in range(width):  # vectors again; they end where the tables are read
            steps[0, x], steps[1, x], steps[2, x] = _step(red[x]), _step(green[x]), _step(blue[x])
        of_picture = rgb[row]
        for x in range(width):
            of_picture[x, 0] = codes[steps[0, x]]
            of_picture[x, 1] = codes[steps[1, x]]
            of_picture[x, 2] = codes[steps[2, x]]


@numba.njit(inline="always")
def _white_share(f):
    return f * f * f if f > _DELTA else (f - _OFFSET) * _SLOPE


@numba.njit(inline="always")
def _linear(lightness, a, b):
    """`gamut.linear_from_lab` of one pixel."""
    fy = (lightness + _SIXTEEN) * _PER_L
    x, y, z = _white_share(a * _PER_A + fy), _white_share(fy), _white_share(b * _PER_B + fy)
    return _RX * x + _RY * y + _RZ * z, _GX * x + _GY * y + _GZ * z, _BX * x + _BY * y + _BZ * z


@numba.njit(inline="always")
def _excess(red, green, blue):
    """`gamut.excess` of one pixel."""
    return max(max(red, max(green, blue)) - _ONE, -min(red, min(green, blue)))


@numba.njit(inline="always")
def _step(channel):
    return np.int32(min(max(channel * _LAST + _HALF, _ZERO), _LAST))


@numba.njit(nogil=True)
def _scale_to_edge(lightness, a, b, excess_outside):
    """`gamut._scale_to_edge` of one pixel."""
    chroma = np.float32(math.sqrt(a * a + b * b))
    width = _CHROMA_ERROR / chroma
    inside, outside, moved = _ZERO, _ONE, _ZERO
    gray = _white_share((lightness + _SIXTEEN) * _PER_L)
    excess_inside = min(max(gray - _ONE, -gray), _ZERO)
    for _ in range(_STEPS):
        span = max(excess_outside - excess_inside, _LEAST)
        scale = inside - excess_inside * (outside - inside) / span + _NUDGE * width * moved
        scale = min(max(scale, inside), outside)
        red, green, blue = _linear(lightness, a * scale, b * scale)
        here = _excess(red, green, blue)
        if here <= _ZERO:
            if moved > _ZERO:
                excess_outside *= _HALF
            inside, excess_inside, moved = scale, here, _ONE
        else:
            if moved < _ZERO:
                excess_inside *= _HALF
            outside, excess_outside, moved = scale, here, -_ONE
        if outside - inside <= width:
            break
    return inside


def prepare() -> None:
    """Compile it now, if that was not done before."""
    wide, low, share = np.zeros((1, 4, 2), np.float32), np.zeros(1, int), np.zeros(1, np.float32)
    codes, rgb = np.zeros(65536, np.uint8), np.zeros((1, 2, 3), np.uint8)
    for kind in (np.uint8, np.uint16):
        join_rows(np.zeros((1, 2), kind), np.zeros(65536, np.float32), wide, low, share, codes, rgb)
