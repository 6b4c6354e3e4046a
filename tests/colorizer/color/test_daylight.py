import numpy as np
import pytest

from colorizer.color.daylight import factors, warm


def neutral():
    return np.zeros((4, 1, 1), np.float32)


def ab_at(coefficients, lightness):
    a_slope, a_offset, b_slope, b_offset = coefficients[:, 0, 0]
    return a_slope * lightness + a_offset, b_slope * lightness + b_offset


def test_no_warmth_changes_nothing():
    coefficients = np.random.default_rng(0).normal(size=(4, 3, 3)).astype(np.float32)
    assert warm(coefficients, 0) is coefficients
    assert factors(0) == (1, 1)


def test_white_takes_the_colour_of_daylight():
    # D50 at L* 100 against D65: X and Z of its white are 96.42 and 82.49 against 95.05 and 108.88 (CIE 15).
    warmth = (1e6 / 5003 - 1e6 / 6504) / 60
    red, blue = factors(warmth)
    assert red**3 == pytest.approx(96.42 / 95.05, abs=0.003) and blue**3 == pytest.approx(82.49 / 108.88, abs=0.005)
    a, b = ab_at(warm(neutral(), warmth), 100)
    assert (a, b) == (pytest.approx(500 * (red - 1), abs=0.01), pytest.approx(200 * (1 - blue), abs=0.01))


def test_warm_is_yellower_and_cool_is_bluer_and_more_so_in_the_light():
    (_, warmer), (_, cooler) = (ab_at(warm(neutral(), warmth), 80) for warmth in (0.5, -0.5))
    (_, dark) = ab_at(warm(neutral(), 0.5), 20)
    assert warmer > 5 > 0 > -5 > cooler and 0 < dark < warmer
