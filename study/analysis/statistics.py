"""Acceptance rates with confidence intervals, and differences of rates, computed from arrays.

The main interval takes into account that votes of one participant, and votes on one picture, are correlated. See
`clustered_interval` for how it is computed and why it was chosen. No random numbers are used.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtrit

from study import StudyError
from study.analysis.logit_model import PICTURE_SD, model_design_effect

CONFIDENCE = 0.95

EDGE_PICTURE_SD = 1.4
"""Standard deviation of pictures, on the logit scale, for which the interval is wide enough near 0 % and 100 %."""
_PRIOR_WEIGHT = 5
"""So many votes of the rarer answer count as much, in the design effect, as what is known of other studies."""
_DENSE = 16
"""Labels below this many times their number are counted in a table instead of sorted."""


class NoVotesError(StudyError, ValueError):
    """There are no votes to count."""


class Judgements(NamedTuple):
    """Votes on pictures of one kind, as three columns of the same length."""

    accepted: Sequence[bool] | np.ndarray
    """whether the picture was judged real"""
    participants: Sequence[Hashable] | np.ndarray
    """who voted"""
    pictures: Sequence[Hashable] | np.ndarray
    """the picture judged"""


@dataclass(frozen=True)
class Rate:
    """How often pictures of one kind were judged real, 0 to 1. None: not estimable from these votes."""

    rate: float | None
    ci_low: float | None
    """two-way clustered interval, the main result"""
    ci_high: float | None
    wilson_low: float | None
    """Wilson's interval, which assumes independent votes: too narrow, shown for comparison"""
    wilson_high: float | None
    n_votes: int
    n_participants: int
    n_stimuli: int


@dataclass(frozen=True)
class Difference:
    """One rate minus another, -1 to 1, with a clustered interval; None: not estimable."""

    difference: float
    ci_low: float | None
    ci_high: float | None
    p_value: float | None = None
    """two-sided, for no difference: the smallest alpha at which the interval leaves 0 out"""


def wilson_interval(successes: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval for a proportion of independent trials (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    .. math:: (p + q^2/2n \\pm q \\sqrt{p(1-p)/n + q^2/4n^2}) / (1 + q^2/n)

    with q the normal quantile. For votes of few people on few pictures it is too narrow: `clustered_interval`.

    Example:
        >>> low, high = wilson_interval(188, 410)  # about 45.87 % of 41 people's ten votes
        >>> round(low, 3), round(high, 3)
        (0.411, 0.507)
    """
    if n <= 0 or not 0 <= successes <= n:
        raise NoVotesError(f"successes must lie from 0 to n, and n above 0. Received {successes} of {n}.")
    return score_interval(successes / n, n, float(ndtri((1 + confidence) / 2)))


def score_interval(rate: float, n: float, quantile: float) -> tuple[float, float]:
    """Wilson's formula (see `wilson_interval`) for any effective number of votes `n` and any quantile."""
    square = quantile**2 / n
    middle = (rate + square / 2) / (1 + square)
    half = quantile * math.sqrt(rate * (1 - rate) / n + square / (4 * n)) / (1 + square)
    low = 0.0 if rate == 0 else float(middle - half)  # exactly 0 or 1, without rounding errors
    high = 1.0 if rate == 1 else float(middle + half)
    return max(low, 0.0), min(high, 1.0)


def t_quantile(degrees_of_freedom: float, confidence: float = CONFIDENCE) -> float:
    """Student's t quantile: half the width of a two-sided interval, in standard errors."""
    return float(stdtrit(degrees_of_freedom, (1 + confidence) / 2))


def clustered_interval(
    accepted: np.ndarray, participants: np.ndarray, pictures: np.ndarray, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Interval for the acceptance rate among all people and all pictures of the kind that was sampled.

    Args:
        accepted: `(n,)`, 0 or 1: the votes.
        participants: `(n,)` any labels: who voted.
        pictures: `(n,)` any labels: the picture judged.

    Returns:
        Low and high within [0, 1]; None if there are fewer than two participants or two pictures.

    Three steps. (1) The variance of the mean with two-way clustering: `two_way_variance`. (2) Its ratio to the variance
    of independent votes is the design effect; the number of votes divided by the design effect is the effective number
    of votes. (3) Wilson's formula with this number and a t quantile of min(participants, pictures) - 1 degrees of
    freedom.

    Near 0 % and 100 % few votes tell how much people and pictures differ, so the design effect is drawn towards the one
    that the `logit_model` gives: the fewer votes of the rarer answer there are, the more. With 0 of 492 votes of 41
    people the interval ends at 1.4 %, with 1 at 1.9 %. And what a dozen pictures show is often too tame there, because
    the one picture in twenty that differs is not among them: the design effect is at least (2 p - 1)^2 times that of
    pictures with a standard deviation of `EDGE_PICTURE_SD`, which is nothing at 50 %.

    Sources: (1) Cameron, Gelbach, Miller 2011, doi:10.1198/jbes.2010.07136; (2, 3) Franco, Little, Louis, Slud 2019,
    https://pmc.ncbi.nlm.nih.gov/articles/PMC6690503, who recommend this form for clustered surveys.

    Chosen by its coverage, compared with the same variance and a normal quantile, and with the sum of the two clustered
    variances (as in the plain two-way bootstrap, which is too wide). `python -m study simulate --participants 41
    --pictures M --shown 12 --rate 0.4 --studies 2000` gives a coverage of 95.0 / 94.7 / 95.6 % for M = 12 / 48 / 120
    pictures; Wilson's interval gives 59.6 / 77.9 / 85.9 %.
    """
    known = _effective_votes(accepted, participants, pictures)
    return None if known is None else known.interval(confidence)


class _EffectiveVotes(NamedTuple):
    """A rate with the number of independent votes that are worth as much; see `clustered_interval`."""

    rate: float
    effective: float
    fewest: int

    def interval(self, confidence: float) -> tuple[float, float]:
        return score_interval(self.rate, self.effective, t_quantile(self.fewest - 1, confidence))


def _effective_votes(
    accepted: np.ndarray, participants: Sequence[Hashable] | np.ndarray, pictures: Sequence[Hashable] | np.ndarray
) -> _EffectiveVotes | None:
    accepted = np.asarray(accepted, float)
    people, things = cluster_codes(participants), cluster_codes(pictures)
    fewest = min(_levels(people), _levels(things))
    if fewest < 2:
        return None
    n, rate = accepted.size, float(accepted.mean())
    influence = (accepted - rate) / n
    independent = _sum_of_squares(influence, np.arange(n))
    variance = two_way_variance(influence, people, things)
    found = variance / independent if variance > 0 else None
    deff = _design_effect(found, rate, n, _levels(people), _levels(things))
    return _EffectiveVotes(rate, n / deff, fewest)


def _design_effect(found: float | None, rate: float, n: int, people: int, pictures: int) -> float:
    """The design effect for the interval; `found`: as the votes show it, None if they show none."""
    smoothed = (rate * n + 0.5) / (n + 1)
    usual = model_design_effect(smoothed, n, people, pictures, PICTURE_SD)
    rarer = min(rate, 1 - rate) * n
    weight = 1.0 if found is None else _PRIOR_WEIGHT / (rarer + _PRIOR_WEIGHT)
    drawn = usual if found is None else (1 - weight) * found + weight * usual
    edge = (2 * smoothed - 1) ** 2
    return max(drawn, 1 - edge + edge * model_design_effect(smoothed, n, people, pictures, EDGE_PICTURE_SD))


def two_way_variance(influence: np.ndarray, participants: np.ndarray, pictures: np.ndarray) -> float:
    """Variance of a statistic of votes that are correlated within participants and within pictures.

    Args:
        influence: `(n,)`: how much each vote changes the statistic; for a mean, (vote - mean) / n.
        participants, pictures: `(n,)` any labels.

    Cameron, Gelbach, Miller 2011 (doi:10.1198/jbes.2010.07136), equation 2.8: with S the sum over clusters of the
    squared sum of influences, times G / (G - 1) for G clusters, V = S(participants) + S(pictures) - S(both). V can be
    too small, even negative; as in MacKinnon, Nielsen, Webb 2024 (arXiv 2406.08880) the largest of V and its parts is
    used. If nobody judges a picture twice, S(both) is the variance of independent votes. As a lower limit it ensures
    that votes which vary more within clusters than by chance do not make the interval narrower.
    """
    people, things = cluster_codes(participants), cluster_codes(pictures)
    both = cluster_codes(people * _levels(things) + things)
    parts = [_sum_of_squares(influence, clusters) for clusters in (people, things, both)]
    return max(parts[0] + parts[1] - parts[2], *parts)


def acceptance_rate(
    accepted: Sequence[bool] | np.ndarray,
    participants: Sequence[Hashable] | np.ndarray,
    pictures: Sequence[Hashable] | np.ndarray,
    confidence: float = CONFIDENCE,
) -> Rate:
    """Share of votes "real", its clustered and its Wilson interval. All arguments `(n,)`; without votes all is None.

    The rate is the plain mean over votes: every vote weighs the same, and a missing one is not made up.

    Example:
        >>> acceptance_rate([1, 0, 1, 1], ["ann", "ann", "bob", "bob"], ["x", "y", "x", "y"]).rate
        0.75
    """
    accepted = np.asarray(accepted, float)
    if accepted.size == 0:
        return Rate(None, None, None, None, None, 0, 0, 0)
    people, things = cluster_codes(participants), cluster_codes(pictures)
    interval = clustered_interval(accepted, people, things, confidence) or (None, None)
    wilson = wilson_interval(accepted.sum(), accepted.size, confidence)
    counts = accepted.size, _levels(people), _levels(things)
    return Rate(float(accepted.mean()), *interval, *wilson, *counts)


def rate_difference(a: Judgements, b: Judgements, confidence: float = CONFIDENCE) -> Difference:
    """Rate of `a` minus rate of `b`, for conditions judged by the same people on the same or other photographs.

    The two clustered intervals are combined by the square-and-add rule of Zou 2007 (doi:10.1037/1082-989X.12.4.399),
    which also works for asymmetrical intervals:

    .. math:: L = d - \\sqrt{(p_a - l_a)^2 + (u_b - p_b)^2 - 2 r (p_a - l_a)(u_b - p_b)}

    with d the difference, p the rates, l and u their lower and upper limits. r, the correlation of the two rates, comes
    from the two-way clustered covariance: a person who often answers "real", or a photograph that looks good in any
    colours, raises both rates. So pictures of one photograph should have the same label in `a` and `b`; with different
    labels the interval is a little too wide.

    Raises:
        NoVotesError: `a` or `b` has no votes.
    """
    if not len(a.accepted) or not len(b.accepted):
        raise NoVotesError(f"a difference needs votes of both. Received {len(a.accepted)} and {len(b.accepted)}.")
    gap = float(np.mean(a.accepted) - np.mean(b.accepted))
    known = [_effective_votes(*each) for each in (a, b)]
    if None in known:
        return Difference(gap, None, None)
    r = _correlation(a, b)
    low, high = _difference_interval(*known, r, confidence)
    return Difference(gap, max(low, -1.0), min(high, 1.0), _p_value(*known, r))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number: with them, the chance of any false difference is at most alpha.

    Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 65-70.

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    corrected, largest = [0.0] * len(order), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - place) * p_values[index]))
        corrected[index] = largest
    return corrected


def _difference_interval(a: _EffectiveVotes, b: _EffectiveVotes, r: float, confidence: float) -> tuple[float, float]:
    (low_a, high_a), (low_b, high_b) = a.interval(confidence), b.interval(confidence)
    gap = a.rate - b.rate
    down = _square_and_add(a.rate - low_a, high_b - b.rate, r)
    up = _square_and_add(high_a - a.rate, b.rate - low_b, r)
    return gap - down, gap + up


def _p_value(a: _EffectiveVotes, b: _EffectiveVotes, r: float) -> float:
    """By bisection: the interval grows with its confidence until it holds 0."""
    if a.rate == b.rate:
        return 1.0
    outside, inside = 1.0, 1e-12  # alphas
    low, high = _difference_interval(a, b, r, 1 - inside)
    if not low <= 0 <= high:
        return inside
    while outside / inside > 1.0001:
        middle = math.sqrt(outside * inside)
        low, high = _difference_interval(a, b, r, 1 - middle)
        if low <= 0 <= high:
            inside = middle
        else:
            outside = middle
    return outside


def _correlation(a: Judgements, b: Judgements) -> float:
    influences = [(np.asarray(each.accepted, float) - np.mean(each.accepted)) / len(each.accepted) for each in (a, b)]
    alone = [two_way_variance(i, each.participants, each.pictures) for i, each in zip(influences, (a, b), strict=True)]
    if min(alone) == 0:
        return 0.0
    together = two_way_variance(
        np.concatenate([influences[0], -influences[1]]),
        np.concatenate([a.participants, b.participants]),
        np.concatenate([a.pictures, b.pictures]),
    )
    return float(np.clip((sum(alone) - together) / (2 * math.sqrt(alone[0] * alone[1])), -1, 1))


def _square_and_add(x: float, y: float, r: float) -> float:
    return math.sqrt(max(x * x + y * y - 2 * r * x * y, 0))


def _sum_of_squares(influence: np.ndarray, clusters: np.ndarray) -> float:
    sums = np.bincount(clusters, influence)
    return float(sums @ sums) * sums.size / (sums.size - 1) if sums.size > 1 else 0.0


def cluster_codes(labels: Sequence[Hashable] | np.ndarray) -> np.ndarray:
    """The labels as integers from 0, in their order. Whole numbers that lie close together need no sorting."""
    labels = np.asarray(labels)
    if labels.dtype.kind == "i" and labels.size and labels.min() >= 0 and labels.max() < _DENSE * labels.size:
        there = np.bincount(labels) > 0
        return (np.cumsum(there) - 1)[labels]
    return np.unique(labels, return_inverse=True)[1]


def _levels(codes: np.ndarray) -> int:
    return int(codes.max()) + 1 if codes.size else 0
