"""How the view of uncertainty is drawn: orange where the network is unsure of its colours, grey where it is sure."""

import numpy as np

from colorizer.inference import decoding

CERTAIN = decoding.ORDINARY_CONFIDENCE
"""At this confidence and above, a place is shown as certain (grey)."""

UNCERTAIN = 0.12
"""At this confidence and below, uncertainty is shown in full colour."""

UNCERTAINTY_AB = np.array([55.0, 65.0])
"""The orange that shows uncertainty, in ab."""


def uncertainty_to_ab(confidence: np.ndarray) -> np.ndarray:
    """The colours of the view: confidence `(h, w)`, 0..1, see `decoding.confidence` -> ab `(h, w, 2)`."""
    share = np.clip((CERTAIN - confidence) / (CERTAIN - UNCERTAIN), 0, 1)
    return share[..., None] * UNCERTAINTY_AB
