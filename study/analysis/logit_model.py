"""The model of people and pictures behind plans, simulations and intervals near 0 % and 100 %.

The logit of the probability that a person judges a picture real is a constant plus an effect of the person plus an
effect of the picture, both normally distributed.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

PARTICIPANT_SD = 0.5
PICTURE_SD = 0.8
"""Standard deviations of people and of pictures on the logit scale, for plans and simulated studies."""

_QUADRATURE = 61


@dataclass(frozen=True)
class Components:
    """The components of the variance of one vote; their sum is rate * (1 - rate)."""

    participant: float
    picture: float
    residual: float


@cache
def variance_components(
    rate: float, participant_sd: float = PARTICIPANT_SD, picture_sd: float = PICTURE_SD
) -> Components:
    """Variance components of a vote, from standard deviations on the logit scale (Gauss-Hermite quadrature).

    `participant` is the variance over people of a person's rate on all pictures. `picture` is the variance over
    pictures of a picture's rate among all people. `residual` is the rest: the chance in a single vote and the
    interaction of person and picture.
    """
    nodes, weights = _normal_nodes()
    center = logit_center(rate, participant_sd, picture_sd)
    chances = expit(center + participant_sd * nodes[:, None] + picture_sd * nodes[None, :])
    participant = float(weights @ (chances @ weights - rate) ** 2)
    picture = float(weights @ (weights @ chances - rate) ** 2)
    return Components(participant, picture, rate * (1 - rate) - participant - picture)


def model_design_effect(rate: float, n: int, people: int, pictures: int, picture_sd: float) -> float:
    """Variance of the mean of `n` votes over that of independent votes, at least 1.

    Args:
        rate: rounded to a thousandth, because all rates near each other have nearly the same design effect.
    """
    rate = min(max(round(rate, 3), 0.001), 0.999)
    parts = variance_components(rate, PARTICIPANT_SD, picture_sd)
    variance = parts.participant / people + parts.picture / pictures + parts.residual / n
    return max(1.0, variance * n / (rate * (1 - rate)))


def logit_center(rate: float, *spreads: float) -> float:
    """The constant for which the mean probability over all people and pictures is `rate`."""
    nodes, weights = _normal_nodes()
    spread = math.hypot(*spreads)
    return float(brentq(lambda center: weights @ expit(center + spread * nodes) - rate, -40, 40))


@cache
def _normal_nodes() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(_QUADRATURE)
    return nodes, weights / weights.sum()
