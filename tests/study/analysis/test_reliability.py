import doctest
import warnings

import numpy as np
import pytest
from statsmodels.stats.inter_rater import fleiss_kappa

from study.analysis import reliability
from study.analysis.reliability import krippendorff_alpha


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
