"""Signal detection: how well people distinguish real from recoloured pictures, separated from their response bias."""

import math
from dataclasses import dataclass

from scipy.special import ndtri


@dataclass(frozen=True)
class Sensitivity:
    """How well people distinguish real from recoloured pictures, separated from their response bias."""

    d_prime: float | None
    """0: they cannot distinguish them; 1: fairly well; 3: nearly always"""
    criterion: float | None
    """response bias: above 0 towards "recoloured", below 0 towards "real"; None in `pairs`, which have none"""
    hit_rate: float | None
    """share of real pictures judged real (in `pairs`: of pairs answered right), with log-linear correction"""
    false_alarm_rate: float | None
    """share of recoloured pictures judged real, with log-linear correction"""


def sensitivity(hits: int, n_real: int, false_alarms: int, n_recolored: int) -> Sensitivity:
    """d' and criterion of a yes/no task, votes of all participants pooled.

    .. math:: d' = z(H) - z(F), \\quad c = -(z(H) + z(F)) / 2

    H: real pictures called real; F: recoloured ones called real. Both with the log-linear correction of Hautus 1995
    (doi:10.3758/BF03203619), (count + 0.5) / (n + 1), always applied, so that 0 % and 100 % stay finite.

    Example:
        >>> s = sensitivity(hits=2000, n_real=2500, false_alarms=1000, n_recolored=2500)
        >>> round(s.d_prime, 2), round(s.criterion, 2)
        (1.09, -0.29)
    """
    if n_real == 0 or n_recolored == 0:
        return Sensitivity(None, None, None, None)
    hit_rate, false_alarm_rate = (hits + 0.5) / (n_real + 1), (false_alarms + 0.5) / (n_recolored + 1)
    z_hit, z_false = float(ndtri(hit_rate)), float(ndtri(false_alarm_rate))
    return Sensitivity(z_hit - z_false, -(z_hit + z_false) / 2, hit_rate, false_alarm_rate)


def pair_sensitivity(fooled: int, n_pairs: int) -> Sensitivity:
    """d' of the forced choice between a picture and its recoloured version: sqrt(2) z(share of right answers).

    Args:
        fooled: pairs in which the recoloured picture was chosen as the real one.
        n_pairs: all pairs.

    Macmillan and Creelman 2005, Detection Theory, chapter 7; log-linear correction as in `sensitivity`.
    """
    if n_pairs == 0:
        return Sensitivity(None, None, None, None)
    right = (n_pairs - fooled + 0.5) / (n_pairs + 1)
    return Sensitivity(math.sqrt(2) * float(ndtri(right)), None, right, 1 - right)
