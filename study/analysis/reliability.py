"""Inter-rater reliability: whether participants give the same judgement on the same picture."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from study.analysis.statistics import CONFIDENCE, cluster_codes, t_quantile


class Agreement(NamedTuple):
    """Krippendorff's alpha with its interval; None: not estimable."""

    alpha: float | None
    ci_low: float | None
    ci_high: float | None


def agreement(
    units: Sequence[Hashable] | np.ndarray,
    values: Sequence[Hashable] | np.ndarray,
    raters: Sequence[Hashable] | np.ndarray,
    confidence: float = CONFIDENCE,
) -> Agreement:
    """Krippendorff's alpha with an interval for other people and other pictures of the same kinds.

    The interval is a two-way jackknife: alpha is computed without each person and without each picture; the two
    variances are added (as in `statistics.two_way_variance`, without the term for both, which is not known for alpha,
    so it is rather too wide than too narrow), with a t quantile of min(people, pictures) - 1 degrees of freedom.

    Args:
        units: `(n,)` what was rated; values: `(n,)` the rating; raters: `(n,)` who gave it, once for each unit.
    """
    alpha = krippendorff_alpha(units, values)
    if alpha is None:
        return Agreement(None, None, None)
    units, values, people = cluster_codes(units), cluster_codes(values), cluster_codes(raters)
    counts = np.zeros((units.max() + 1, values.max() + 1))
    np.add.at(counts, (units, values), 1)
    terms, kept = _terms(counts), _totals(counts)
    disagreement, totals = terms.sum(), kept.sum(axis=0)
    # What changes when one rating is left out of its unit, then summed over the ratings of each person.
    less = np.repeat(counts[:, None, :], counts.shape[1], axis=1) - np.eye(counts.shape[1])
    less = np.maximum(less, 0)
    term_change = (_terms(less) - terms[:, None])[units, values]
    total_change = (_totals(less) - kept[:, None, :])[units, values]
    by_person = (
        np.bincount(people, term_change),
        np.stack([np.bincount(people, each) for each in total_change.T], axis=1),
    )
    without_person = _alpha(disagreement + by_person[0], totals + by_person[1])
    without_unit = _alpha(disagreement - terms, totals - kept)
    fewest = min(len(without_person), len(without_unit))
    if fewest < 2:
        return Agreement(alpha, None, None)
    half = t_quantile(fewest - 1, confidence) * math.sqrt(_jackknife(without_person) + _jackknife(without_unit))
    return Agreement(alpha, max(alpha - half, -1.0), min(alpha + half, 1.0))


def _totals(counts: np.ndarray) -> np.ndarray:
    """The ratings `(..., values)` of units that can be compared: rated twice or more."""
    return np.where(counts.sum(axis=-1, keepdims=True) > 1, counts, 0)


def _terms(counts: np.ndarray) -> np.ndarray:
    """Each unit's observed disagreement `(...)`."""
    judged = counts.sum(axis=-1)
    return np.where(judged > 1, (judged**2 - (counts**2).sum(axis=-1)) / np.maximum(judged - 1, 1), 0)


def _alpha(disagreement: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """alpha `(m,)` from the observed disagreement `(m,)` and the totals of the values `(m, values)`."""
    n = totals.sum(axis=1)
    expected = n**2 - (totals**2).sum(axis=1)
    return 1 - (n - 1) * disagreement / np.maximum(expected, 1e-9)


def _jackknife(without: np.ndarray) -> float:
    count = without.size
    return float((count - 1) / count * ((without - without.mean()) ** 2).sum())


def krippendorff_alpha(units: Sequence[Hashable] | np.ndarray, values: Sequence[Hashable] | np.ndarray) -> float | None:
    """Agreement beyond chance on nominal values, with any number of raters and missing ratings.

    Args:
        units: `(n,)` what was rated (pictures).
        values: `(n,)` the rating. Who gave it does not matter to alpha.

    Returns:
        1: everybody agrees on every picture; 0: as if answers were drawn by lot; None: no picture was judged twice, or
        only one answer was ever given.

    Krippendorff 2007, "Computing Krippendorff's Alpha-Reliability", section C: alpha = 1 - D_o / D_e, with the
    coincidences of a unit weighted by 1 / (judgements of it - 1) and units judged once left out.

    Example:
        >>> krippendorff_alpha(["x", "x", "y", "y"], [True, True, False, False])
        1.0
    """
    found_units, units = np.unique(np.asarray(units), return_inverse=True)
    found_values, values = np.unique(np.asarray(values), return_inverse=True)
    counts = np.zeros((found_units.size, found_values.size))
    np.add.at(counts, (units, values), 1)
    judged = counts.sum(axis=1)
    counts, judged = counts[judged > 1], judged[judged > 1]
    totals = counts.sum(axis=0)
    n = totals.sum()
    expected = n**2 - (totals**2).sum()
    if n == 0 or expected == 0:
        return None
    observed = ((judged**2 - (counts**2).sum(axis=1)) / (judged - 1)).sum()
    return float(1 - (n - 1) * observed / expected)
