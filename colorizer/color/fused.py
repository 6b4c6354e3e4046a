"""Join lightness and colour to 8-bit sRGB in one pass over the pixels, compiled by Numba.

The same as `lab.merge`, bit for bit, because it takes the same steps in the same order, in a tenth of the time. Numba
was chosen over Cython and C, which need a compiler where Huestory is installed, and over OpenVINO, whose operations
cannot stop the search for the gamut's edge at each pixel. It is compiled for the processor at hand when networks are
exported (see `engine`) or when it is first needed, and kept beside this file, or in the user's cache folder if nothing
can be written there.
"""

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
    steps, places = np.empty((3, width), np.int32), np.empty(width, np.int32)
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
        count = 0
        for x in range(width):
            if worst[x] > _TOLERANCE:
                places[count] = x
                count += 1
        if count:
            _move_inside(places[:count], of_row, a, b, worst, red, green, blue)
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
def _move_inside(places, lightness, a, b, excess, red, green, blue):
    """Linear light of the pixels at some places of a row, moved to the edge of the gamut: `gamut._scale_to_edge`.

    All are searched together, a step at a time, so that the compiler makes this loop one of vectors, too; one that is
    found already is computed with the others, but stays.
    """
    count = len(places)
    at_l, at_a, at_b = np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.float32)
    inside, outside, moved = np.zeros(count, np.float32), np.ones(count, np.float32), np.zeros(count, np.float32)
    width, excess_in, excess_out = np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.float32)
    for i in range(count):
        x = places[i]
        at_l[i], at_a[i], at_b[i], excess_out[i] = lightness[x], a[x], b[x], excess[x]
    for i in range(count):
        width[i] = _CHROMA_ERROR / np.sqrt(at_a[i] * at_a[i] + at_b[i] * at_b[i])
        gray = _white_share((at_l[i] + _SIXTEEN) * _PER_L)
        excess_in[i] = min(max(gray - _ONE, -gray), _ZERO)
    for step in range(_STEPS):
        left = 0
        for i in range(count):
            low, high, far_in, far_out, last = inside[i], outside[i], excess_in[i], excess_out[i], moved[i]
            span = max(far_out - far_in, _LEAST)
            scale = low - far_in * (high - low) / span + _NUDGE * width[i] * last
            scale = min(max(scale, low), high)
            red_i, green_i, blue_i = _linear(at_l[i], at_a[i] * scale, at_b[i] * scale)
            here = _excess(red_i, green_i, blue_i)
            fits = here <= _ZERO
            far_out = (far_out * _HALF if last > _ZERO else far_out) if fits else here
            far_in = here if fits else (far_in * _HALF if last < _ZERO else far_in)
            is_open = step == 0 or high - low > width[i]
            inside[i] = scale if fits and is_open else low
            outside[i] = scale if not fits and is_open else high
            excess_in[i] = far_in if is_open else excess_in[i]
            excess_out[i] = far_out if is_open else excess_out[i]
            moved[i] = (_ONE if fits else -_ONE) if is_open else last
            left += outside[i] - inside[i] > width[i]
        if left == 0:
            break
    for i in range(count):
        x = places[i]
        red[x], green[x], blue[x] = _linear(at_l[i], at_a[i] * inside[i], at_b[i] * inside[i])


def prepare() -> None:
    """Compile it now, if that was not done before."""
    wide, low, share = np.zeros((1, 4, 2), np.float32), np.zeros(1, int), np.zeros(1, np.float32)
    codes, rgb = np.zeros(65536, np.uint8), np.zeros((1, 2, 3), np.uint8)
    for kind in (np.uint8, np.uint16):
        join_rows(np.zeros((1, 2), kind), np.zeros(65536, np.float32), wide, low, share, codes, rgb)
