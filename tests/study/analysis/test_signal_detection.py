import doctest
import itertools

import pytest
from scipy import stats

from study.analysis import signal_detection
from study.analysis.signal_detection import pair_sensitivity, sensitivity


def test_examples_in_the_docstrings():
    assert doctest.testmod(signal_detection).failed == 0


def test_d_prime_by_scipy():
    got = sensitivity(hits=70, n_real=100, false_alarms=40, n_recolored=90)
    hit, false = stats.norm.ppf(70.5 / 101), stats.norm.ppf(40.5 / 91)
    assert (got.d_prime, got.criterion) == pytest.approx((hit - false, -(hit + false) / 2))


def test_d_prime_published():
    # Stanislaw and Todorov 1999, doi:10.3758/BF03207704: hit rate .8, false-alarm rate .4: d' 1.095, c -0.294.
    got = sensitivity(hits=80_000, n_real=100_000, false_alarms=40_000, n_recolored=100_000)
    assert (got.d_prime, got.criterion) == pytest.approx((1.095, -0.294), abs=1e-3)


def test_saying_real_to_everything_is_bias_and_not_sensitivity():
    got = sensitivity(hits=12, n_real=12, false_alarms=12, n_recolored=12)
    assert got.d_prime == 0
    assert got.criterion < -1.5


@pytest.mark.parametrize(("hits", "false_alarms"), [*itertools.product([0, 12], repeat=2)])
def test_d_prime_is_finite_at_the_edges(hits, false_alarms):
    assert abs(sensitivity(hits, 12, false_alarms, 12).d_prime) < 4


def test_sensitivity_needs_both_kinds():
    assert sensitivity(0, 0, 3, 12).d_prime is None
    assert pair_sensitivity(0, 0).d_prime is None


def test_pairs_have_their_own_d_prime():
    # Macmillan and Creelman: 2AFC proportion correct .76 is d' 1.0 (table A5.2: d' = sqrt 2 z(pc)).
    assert pair_sensitivity(fooled=24_000, n_pairs=100_000).d_prime == pytest.approx(1.0, abs=2e-3)
    assert pair_sensitivity(fooled=50, n_pairs=100).d_prime == pytest.approx(0)
    assert pair_sensitivity(fooled=24, n_pairs=100).criterion is None
