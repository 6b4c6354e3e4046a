"""How the view of uncertainty is drawn: orange where the network is least sure of its colours, grey where it is surest.

Confidence differs more between photographs than inside one: on one fixed scale old photographs are orange all over,
and others are grey all over. So the scale is the photograph's own range, which shows where in it the guesses are.
"""

import numpy as np

from colorizer.inference import decoding

TAILS = (2, 85)
"""Percentiles of a photograph's confidence: full orange below the first one, grey above the second one."""

EXPONENT = 2
"""Of the uncertainty that is shown: few places are much surer than the others, so that most would be orange."""

SMALLEST_RANGE = 0.1
"""A narrower range of confidence is widened to this: small differences then stay small."""

UNCERTAINTY_AB = np.array([55.0, 65.0])
"""The orange that shows uncertainty, in ab."""


def uncertainty_to_ab(confidence: np.ndarray) -> np.ndarray:
    """The colours of the view: confidence `(h, w)`, 0..1, see `decoding.confidence` -> ab `(h, w, 2)`."""
    low, high = _scale(confidence)
    share = np.clip((high - confidence) / (high - low), 0, 1) ** EXPONENT
    return share[..., None] * UNCERTAINTY_AB


def _scale(confidence: np.ndarray) -> tuple[float, float]:
    """The confidences that are shown in full orange and in grey.

    A narrow range is widened towards `ORDINARY_CONFIDENCE`, so that a photograph that is surer than usual everywhere
    stays grey, and one that is less sure everywhere stays orange.
    """
    low, high = np.percentile(confidence, TAILS)
    missing = max(0.0, SMALLEST_RANGE - (high - low))
    below = np.clip(low - (decoding.ORDINARY_CONFIDENCE - SMALLEST_RANGE / 2), 0, missing)
    return low - below, high + missing - below
