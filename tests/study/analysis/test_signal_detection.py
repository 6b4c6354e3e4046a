import itertools
import math

import numpy as np
import pytest
from scipy import stats

from study.analysis.planning import _draw_pictures
from study.analysis.signal_detection import pair_sensitivity, sensitivity, shared_correlation
from study.analysis.statistics import Judgements


def judged(real: int, of: int) -> Judgements:
    """Votes of many people on many pictures, one each: independent."""
    return Judgements(np.arange(of) < real, np.arange(of), np.arange(of))


def test_d_prime_by_scipy():
    got = sensitivity(judged(70, 100), judged(40, 90))
    hit, false = stats.norm.ppf(70.5 / 101), stats.norm.ppf(40.5 / 91)
    assert (got.d_prime, got.criterion) == pytest.approx((hit - false, -(hit + false) / 2))


def test_d_prime_published():
    # Stanislaw and Todorov 1999, doi:10.3758/BF03207704: hit rate .8, false-alarm rate .4: d' 1.095, c -0.294.
    got = sensitivity(judged(80_000, 100_000), judged(40_000, 100_000))
    assert (got.d_prime, got.criterion) == pytest.approx((1.095, -0.294), abs=1e-3)


def test_interval_of_independent_votes_is_that_of_the_books():
    # Gourevitch and Galanter 1967 (doi:10.1007/BF02289401): var d' = H(1-H)/(n phi(zH)^2) + F(1-F)/(n phi(zF)^2)
    got = sensitivity(judged(1600, 2000), judged(800, 2000))
    variance = sum(p * (1 - p) / (2000 * stats.norm.pdf(stats.norm.ppf(p)) ** 2) for p in (0.8, 0.4))
    half = stats.t.ppf(0.975, 1999) * math.sqrt(variance)
    assert (got.ci_low, got.ci_high) == pytest.approx((got.d_prime - half, got.d_prime + half), rel=2e-3)


def test_saying_real_to_everything_is_bias_and_not_sensitivity():
    got = sensitivity(judged(12, 12), judged(12, 12))
    assert got.d_prime == 0
    assert got.criterion < -1.5
    assert got.ci_low is None, "nothing varies, so nothing says how certain it is"


@pytest.mark.parametrize(("hits", "false_alarms"), [*itertools.product([0, 12], repeat=2)])
def test_d_prime_is_finite_at_the_edges(hits, false_alarms):
    assert abs(sensitivity(judged(hits, 12), judged(false_alarms, 12)).d_prime) < 4


def test_sensitivity_needs_both_kinds():
    assert sensitivity(judged(0, 0), judged(3, 12)).d_prime is None
    assert pair_sensitivity(judged(0, 0)).d_prime is None


def test_pairs_have_their_own_d_prime():
    # Macmillan and Creelman: 2AFC proportion correct .76 is d' 1.0 (table A5.2: d' = sqrt 2 z(pc)).
    assert pair_sensitivity(judged(24_000, 100_000)).d_prime == pytest.approx(1.0, abs=2e-3)
    assert pair_sensitivity(judged(50, 100)).d_prime == pytest.approx(0)
    assert pair_sensitivity(judged(24, 100)).criterion is None


def test_correlation_is_that_of_the_normal_model():
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(4000), 10)
    latent = 0.3 + 0.5 * rng.normal(size=4000)[clusters] + rng.normal(size=clusters.size)
    assert shared_correlation((latent > 0).astype(float), clusters) == pytest.approx(0.25 / 1.25, abs=0.02)
    assert shared_correlation((rng.random(clusters.size) < 0.5).astype(float), clusters) < 0.02


def simulate(people, pictures, d_prime, person_sd, picture_sd, studies, shown=12):
    """Coverage, and the mean estimate, in studies of people whose criteria differ."""
    rng, hits, found = np.random.default_rng(0), 0, []
    who = np.repeat(np.arange(people), shown)
    for _ in range(studies):
        leaning, sides = rng.normal(0, person_sd, people)[who], []
        for mean in (d_prime / 2, -d_prime / 2):
            [seen] = _draw_pictures(rng, 1, people, pictures, shown)
            latent = mean + leaning + rng.normal(0, picture_sd, pictures)[seen] + rng.normal(size=seen.size)
            sides.append(Judgements(latent > 0, who, seen))
        got = sensitivity(*sides)
        hits += got.ci_low <= d_prime <= got.ci_high
        found.append(got.d_prime)
    return hits / studies, float(np.mean(found))


def test_people_of_different_criteria_do_not_make_d_prime_smaller():
    coverage, mean = simulate(60, 48, 1.0, 0.8, 0.3, studies=40)
    assert mean == pytest.approx(1.0, abs=0.08), "pooled votes alone would give 0.76"
    assert coverage >= 0.85


@pytest.mark.long
@pytest.mark.parametrize(
    "case", [(41, 48, 0.3, 0.3, 0.5), (41, 48, 2.0, 0.3, 0.5), (20, 24, 1.0, 0.5, 0.5), (41, 12, 1.0, 0.3, 0.5),
             (100, 48, 1.0, 0.6, 0.8), (10, 24, 1.0, 0.3, 0.5)]
)  # fmt: skip
def test_interval_of_d_prime_covers(case):
    coverage, mean = simulate(*case, studies=300)
    assert coverage >= 0.91
    assert mean == pytest.approx(case[2], abs=0.06)
