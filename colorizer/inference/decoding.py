"""From a distribution over ab bins to colours: bilateral smoothing, annealed mean, and how sure it is.

- Tomasi & Manduchi 1998, *Bilateral Filtering for Gray and Color Images* (smoothing of logits)
- Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, section 2.3 (annealed mean)
"""

import numpy as np
from threadpoolctl import threadpool_limits

from colorizer.color import lab
from colorizer.color.bins import bins_of

SIGMA_SPACE = 0.18
"""How far away the places are that a place is averaged with, as a share of the side of the square of the picture's
area."""

SIGMA_LIGHTNESS = 5.0
"""How different in L* they may be."""

SIGMA_AB = 30.0
"""How different in ab."""

MAX_DIFFERENCE = 50.0
"""Distance in ab from the mean of a picture that its colours approach but never reach when they are set apart."""

ORDINARY_CONFIDENCE = 0.322
"""`confidence` after smoothing, averaged over `val`: the colours of such places are set apart as far as asked for."""

KEYS_PER_SIDE = 48
"""Places along a side, at most, that every place is averaged with; time grows with their square."""


def annealed_mean(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Colours of distributions over ab bins: logits `(..., bins)` -> ab, float32 `(..., 2)`.

    Args:
        temperature: 1 is the mean, near 0 the mode.
    """
    return softmax(logits / temperature) @ bins_of(logits.shape[-1])


def contrast(ab: np.ndarray, factor: float, confidence: np.ndarray) -> np.ndarray:
    """Move colours away from their mean over the picture: ab `(h, w, 2)` -> float32 `(h, w, 2)`.

    A network that is uncertain gives everything some of the one tint that suits the whole picture: all looks brownish.
    More saturation would make it browner; this leaves the common tint as it is and gives back the differences: more
    where the network is sure, since a guess set apart is a cloud of colour, and great ones less, since a red that is
    vivid already would become a blot. A factor of 1 changes nothing.

    Args:
        factor: of the differences, at `ORDINARY_CONFIDENCE`.
        confidence: `(h, w)`, see `confidence`.
    """
    if factor == 1:
        return ab
    mean = ab.mean(axis=(0, 1), keepdims=True)
    difference = ab - mean
    distance = np.maximum(lab.chroma(difference)[..., None], 1e-6)
    wider = MAX_DIFFERENCE * np.tanh(local_factor(factor, confidence)[..., None] * distance / MAX_DIFFERENCE)
    return (mean + difference * (wider / distance)).astype(np.float32)


def local_factor(factor: float, confidence):
    """What `contrast` multiplies differences by where it is so sure: `factor` at `ORDINARY_CONFIDENCE`, 1 at none."""
    return 1 + (factor - 1) * (confidence / ORDINARY_CONFIDENCE) ** 2


def confidence(logits: np.ndarray) -> np.ndarray:
    """How sure a distribution is of its colour, by its entropy: logits `(..., bins)` -> float32 `(...)`.

    1 where one bin has all of it, 0 where all bins are alike. It says nothing of chroma: a place may be surely grey.
    """
    probabilities = softmax(logits)
    entropy = -(probabilities * np.log(probabilities + 1e-12)).sum(axis=-1)
    return (1 - entropy / np.log(logits.shape[-1])).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits `(..., bins)` -> probabilities, float32 `(..., bins)`."""
    exponents = np.exp((logits - logits.max(axis=-1, keepdims=True)).astype(np.float32))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def smooth_logits(logits: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """Average logits over places that look alike.

    A network decides place by place, and two patches of one wall may come out differently. Here every place (a query)
    becomes a mean over the places of the picture (the keys), weighted by nearness, by likeness of lightness and of the
    colour first decoded: a bilateral filter whose values are the logits. A mean of logits keeps what all of them have
    in common, where a mean of colours would be grey.

    Args:
        logits: float32 `(h, w, bins)`.
        lightness: L*, float32 `(h, w)`, 0..100.

    Returns:
        float32 `(h, w, bins)`.
    """
    height, width, bins = logits.shape
    side = (height * width) ** 0.5
    rows, columns = np.mgrid[:height, :width] / (SIGMA_SPACE * side)
    a, b = np.moveaxis(annealed_mean(logits) / SIGMA_AB, -1, 0)
    features = np.stack([rows, columns, lightness / SIGMA_LIGHTNESS, a, b], axis=-1).astype(np.float32)
    step = max(1, round(side / KEYS_PER_SIDE))
    keys = features[::step, ::step].reshape(-1, features.shape[-1])
    norms, norms_of_keys = (features**2).sum(axis=-1), (keys**2).sum(axis=-1)
    values = logits[::step, ::step].reshape(-1, bins)
    mixed = np.empty_like(logits)
    with threadpool_limits(1, user_api="blas"):  # its threads would wait for each other where several callers compute
        for row in range(height):  # one row at a time: the weights of all would fill the memory of a large picture
            squared = norms[row, :, None] + norms_of_keys - 2 * features[row] @ keys.T
            weights = np.exp(np.maximum(-squared / 2, -20))  # below that, numbers so small that they slow the processor
            # With its own logits once more, so that a place unlike all others stays what it is.
            mixed[row] = (weights @ values + logits[row]) / (weights.sum(axis=1, keepdims=True) + 1)
    return mixed
