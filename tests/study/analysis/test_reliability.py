import doctest
import warnings

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import fleiss_kappa

from study.analysis import reliability
from study.analysis.reliability import agreement, krippendorff_alpha


def test_examples_in_the_docstrings():
    assert doctest.testmod(reliability).failed == 0


def long_form(rows):
    """Judges as rows, units as columns, '.' missing -> the columns of `krippendorff_alpha`."""
    cells = [(unit, value) for row in rows for unit, value in enumerate(row.split()) if value != "."]
    return tuple(zip(*cells, strict=True))


@pytest.mark.parametrize(
    ("rows", "alpha"),
    [
        # Krippendorff 2007, "Computing Krippendorff's Alpha-Reliability", sections A (binary) and C (four observers,
        # missing data): https://studylib.net/doc/5840696
        (["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"], 0.095),
        (
            [
                "1 2 3 3 2 1 4 1 2 . . .",
                "1 2 3 3 2 2 4 1 2 5 . 3",
                ". 3 3 3 2 3 4 2 2 5 1 .",
                "1 2 3 3 2 4 4 1 2 5 1 .",
            ],
            0.743,
        ),
    ],
)
def test_alpha_published(rows, alpha):
    assert krippendorff_alpha(*long_form(rows)) == pytest.approx(alpha, abs=5e-4)


def test_alpha_follows_from_fleiss_kappa_where_nothing_is_missing():
    rng = np.random.default_rng(1)
    pictures, judges = 30, 7
    yes = rng.binomial(judges, rng.random(pictures))
    units = np.repeat(np.arange(pictures), judges)
    values = (np.arange(judges)[None, :] < yes[:, None]).ravel()
    kappa = fleiss_kappa(np.column_stack([yes, judges - yes]))
    n = pictures * judges
    assert krippendorff_alpha(units, values) == pytest.approx(1 - (1 - kappa) * (n - 1) / n)


@pytest.mark.parametrize(
    ("units", "values"),
    [([], []), ([1, 2, 3], [0, 1, 0]), ([1, 1, 2, 2], [1, 1, 1, 1])],
    ids=["nothing", "nothing judged twice", "one answer ever"],
)
def test_alpha_not_estimable(units, values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert krippendorff_alpha(units, values) is None


def test_alpha_below_zero_for_systematic_disagreement():
    assert krippendorff_alpha([1, 1, 2, 2], [0, 1, 1, 0]) < 0


def test_interval_of_alpha_is_the_jackknife_done_the_long_way():
    rng = np.random.default_rng(1)
    people, units = np.repeat(np.arange(9), 6), np.concatenate([rng.permutation(14)[:6] for _ in range(9)])
    values = rng.random(54) < np.linspace(0.1, 0.9, 14)[units]

    def without(codes):
        alphas = [krippendorff_alpha(units[codes != c], values[codes != c]) for c in np.unique(codes)]
        return (len(alphas) - 1) / len(alphas) * ((np.array(alphas) - np.mean(alphas)) ** 2).sum()

    got = agreement(units, values, people)
    half = stats.t.ppf(0.975, 8) * np.sqrt(without(people) + without(units))
    assert got.alpha == krippendorff_alpha(units, values)
    assert (got.ci_low, got.ci_high) == pytest.approx((got.alpha - half, got.alpha + half))


def test_interval_of_alpha_covers():
    rng, hits, studies = np.random.default_rng(2), 0, 60

    def draw(participants, pictures):
        who = np.repeat(np.arange(participants), 12)
        seen = np.concatenate([rng.permutation(pictures)[:12] for _ in range(participants)])
        chance = rng.beta(2, 2, pictures)[seen]
        return seen, rng.random(seen.size) < chance, who

    truth = krippendorff_alpha(*draw(3000, 3000)[:2])
    for _ in range(studies):
        seen, values, people = draw(30, 36)
        got = agreement(seen, values, people)
        hits += got.ci_low <= truth <= got.ci_high
    assert hits / studies >= 0.88
