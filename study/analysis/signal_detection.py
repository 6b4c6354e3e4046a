"""Signal detection: how well people distinguish real from recoloured pictures, separated from their response bias."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, owens_t

from study.analysis.statistics import CONFIDENCE, Judgements, cluster_codes, t_quantile, two_way_variance

_MOST_CORRELATION = 0.8
"""Most that people and pictures together may correlate two votes: beyond it the estimate is not stable."""


@dataclass(frozen=True)
class Sensitivity:
    """How well people distinguish real from recoloured pictures, separated from their response bias."""

    d_prime: float | None
    """0: they cannot distinguish them; 3: nearly always"""
    criterion: float | None
    """response bias: above 0 towards "recoloured", below 0 towards "real"; None in `pairs`, which have none"""
    hit_rate: float | None
    """share of real pictures judged real (in `pairs`: of pairs answered right), with log-linear correction"""
    false_alarm_rate: float | None
    """share of recoloured pictures judged real, with log-linear correction"""
    ci_low: float | None = None
    """95 % interval of d', which knows that votes of one person and of one picture go together"""
    ci_high: float | None = None


NONE = Sensitivity(None, None, None, None)


def sensitivity(real: Judgements, recolored: Judgements, confidence: float = CONFIDENCE) -> Sensitivity:
    """d' and criterion of a yes/no task: of a typical person and typical pictures.

    .. math:: d' = z_r - z_f, \\quad c = -(z_r + z_f) / 2, \\quad z = \\Phi^{-1}(p) / \\sqrt{1 - \\rho}

    p is the share judged real among real pictures (r) and recoloured ones (f), all votes pooled, with the log-linear
    correction of Hautus 1995 (doi:10.3758/BF03203619), (count + 0.5) / (n + 1), so that 0 % and 100 % stay finite. rho
    is the correlation that people and pictures give two votes in a probit model with both as random effects: see
    `shared_correlation`. Without it d' comes out too small, because pooling people of different criteria blurs what
    each of them distinguishes (Macmillan and Creelman 2005, Detection Theory, chapter 13); the mean of the d' of single
    people is biased, too, by the correction of their few votes.

    The interval is the delta method with the two-way clustered variance of `statistics.two_way_variance` and a t
    quantile. Simulated in `tests/study/analysis/test_signal_detection.py`: 300 studies a case, d' 0.3 to 2, hold the
    true d' in 91 % or more.
    """
    if not len(real.accepted) or not len(recolored.accepted):
        return NONE
    sides = [_Side.of(judged) for judged in (real, recolored)]
    d_prime, criterion = sides[0].z - sides[1].z, -(sides[0].z + sides[1].z) / 2
    influence = np.concatenate([sides[0].influence, -sides[1].influence])
    # A photograph is never both real and recoloured for one person: the two kinds of pictures are clusters apart.
    pictures = np.concatenate([cluster_codes(real.pictures) * 2, cluster_codes(recolored.pictures) * 2 + 1])
    people = cluster_codes(np.concatenate([np.asarray(real.participants), np.asarray(recolored.participants)]))
    fewest = min(side.fewest for side in sides)
    low, high = _interval(d_prime, influence, people, pictures, fewest, confidence)
    return Sensitivity(d_prime, criterion, sides[0].rate, sides[1].rate, low, high)


def pair_sensitivity(pairs: Judgements, confidence: float = CONFIDENCE) -> Sensitivity:
    """d' of the forced choice between a picture and its recoloured version: sqrt(2) z(share of right answers).

    Args:
        pairs: `accepted` says whether the recoloured picture was chosen as the real one.

    Macmillan and Creelman 2005, Detection Theory, chapter 7; correction, correlation and interval as in `sensitivity`.
    """
    if not len(pairs.accepted):
        return NONE
    right = pairs._replace(accepted=1 - np.asarray(pairs.accepted, float))
    side = _Side.of(right)
    d_prime = math.sqrt(2) * side.z
    people, pictures = cluster_codes(pairs.participants), cluster_codes(pairs.pictures)
    low, high = _interval(d_prime, math.sqrt(2) * side.influence, people, pictures, side.fewest, confidence)
    return Sensitivity(d_prime, None, side.rate, 1 - side.rate, low, high)


def shared_correlation(accepted: np.ndarray, clusters: np.ndarray) -> float:
    """Correlation of two votes of one cluster on the normal scale behind the answers, 0 to below 1.

    Args:
        accepted: `(n,)`, 0 or 1.
        clusters: `(n,)` integers from 0: the person, or the picture.

    The tetrachoric correlation for which two votes of one cluster are both "real" as often as they were:
    Phi_2(z, z; rho) = Phi(z) - 2 T(z, sqrt((1 - rho) / (1 + rho))), with Owen's T. 0 if they agree less than by chance.
    """
    counts, sums = np.bincount(clusters), np.bincount(clusters, accepted)
    pairs = float((counts * (counts - 1)).sum())
    rate = float(accepted.mean())
    if pairs == 0 or not 0 < rate < 1:
        return 0.0
    together, z = float((sums * (sums - 1)).sum()) / pairs, float(ndtri(rate))

    def excess(rho: float) -> float:
        return float(ndtr(z) - 2 * owens_t(z, math.sqrt((1 - rho) / (1 + rho)))) - together

    if excess(0) >= 0:
        return 0.0
    return 0.99 if excess(0.99) <= 0 else float(brentq(excess, 0, 0.99))


@dataclass(frozen=True)
class _Side:
    """The votes on pictures of one kind."""

    rate: float
    z: float
    influence: np.ndarray
    """how much each vote changes `z`"""
    fewest: int
    """the smaller number of people and pictures"""

    @classmethod
    def of(cls, judged: Judgements) -> "_Side":
        accepted = np.asarray(judged.accepted, float)
        people, pictures = cluster_codes(judged.participants), cluster_codes(judged.pictures)
        rate = float((accepted.sum() + 0.5) / (accepted.size + 1))
        rho = shared_correlation(accepted, people) + shared_correlation(accepted, pictures)
        scale = 1 / math.sqrt(1 - min(rho, _MOST_CORRELATION))
        z = float(ndtri(rate))
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        influence = scale * (accepted - accepted.mean()) / (accepted.size * density)
        return cls(rate, scale * z, influence, min(int(people.max()), int(pictures.max())) + 1)


def _interval(
    middle: float, influence: np.ndarray, people: np.ndarray, pictures: np.ndarray, fewest: int, confidence: float
) -> tuple[float | None, float | None]:
    if fewest < 2:
        return None, None
    variance = two_way_variance(influence, people, pictures)
    if variance <= 0:
        return None, None
    half = t_quantile(fewest - 1, confidence) * math.sqrt(variance)
    return middle - half, middle + half
