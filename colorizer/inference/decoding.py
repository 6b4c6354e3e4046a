"""From a distribution over ab bins to colours: bilateral smoothing, annealed mean, and how sure it is.

The formulas take the array library as `xp`: NumPy when photographs are coloured, `keras.ops` in the loss of the
training, which needs their gradient. So both decode in the same way.

- Tomasi & Manduchi 1998, *Bilateral Filtering for Gray and Color Images* (smoothing of logits)
- Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, section 2.3 (annealed mean)
"""

import numpy as np

from colorizer.color.bins import bins_of
from colorizer.inference.threads import one_blas_thread

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


def annealed_mean(logits, temperature: float = 1.0, xp=np):
    """Colours of distributions over ab bins: logits `(..., bins)` -> ab `(..., 2)`.

    Zhang et al. 2016, section 2.3.

    Args:
        temperature: 1 is the mean, near 0 the mode.
    """
    return xp.matmul(softmax(logits / temperature, xp), bins_of(logits.shape[-1]))


def contrast(ab, factor: float, confidence, xp=np):
    """Move colours away from their mean over the picture: ab `(..., h, w, 2)` -> the same shape.

    A network that is uncertain gives everything some of the one tint that suits the whole picture: all looks brownish.
    More saturation would make it browner; this leaves the common tint as it is and widens the differences from it:
    more where the network is sure, since a guess that is set apart becomes a cloud of colour; great differences less,
    since a red that is vivid already would become a blot. A factor of 1 changes nothing.

    Args:
        factor: of the differences, at `ORDINARY_CONFIDENCE`.
        confidence: `(..., h, w)`, see `confidence`.
    """
    if factor == 1:
        return ab
    mean = xp.mean(ab, axis=(-3, -2), keepdims=True)
    difference = ab - mean
    distance = xp.maximum(xp.hypot(difference[..., 0], difference[..., 1]), 1e-6)[..., None]
    wider = MAX_DIFFERENCE * xp.tanh(local_factor(factor, confidence)[..., None] * distance / MAX_DIFFERENCE)
    return mean + difference * (wider / distance)


def local_factor(factor: float, confidence):
    """What `contrast` multiplies differences by where it is so sure: `factor` at `ORDINARY_CONFIDENCE`, 1 at none."""
    return 1 + (factor - 1) * (confidence / ORDINARY_CONFIDENCE) ** 2


def confidence(logits, xp=np):
    """How sure a distribution is of its colour, by its entropy: logits `(..., bins)` -> `(...)`, 0..1.

    1 where one bin has all of it, 0 where all bins are alike. It says nothing of chroma: a place may be surely grey.
    """
    probabilities = softmax(logits, xp)
    entropy = -xp.sum(probabilities * xp.log(probabilities + 1e-12), axis=-1)
    return 1 - entropy / np.log(logits.shape[-1])


def softmax(logits, xp=np):
    """Logits `(..., bins)` -> probabilities of the same shape."""
    if xp is not np:
        return xp.softmax(logits, axis=-1)  # whose gradient is cheaper than that of the lines below
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
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
    step = max(1, round((height * width) ** 0.5 / KEYS_PER_SIDE))
    queries = smoothing_features(logits, lightness)
    keys = queries[::step, ::step].reshape(-1, queries.shape[-1])
    values = logits[::step, ::step].reshape(-1, bins)
    smoothed = np.empty_like(logits)
    with one_blas_thread():  # more of them would wait for each other where several callers compute
        for row in range(height):  # one row at a time: the weights of all would fill the memory of a large picture
            smoothed[row] = bilateral_mean(queries[row], keys, values, logits[row], step)
    return smoothed


def smoothing_features(logits, lightness, xp=np):
    """What tells how alike two places are, in units of the widths of the filter.

    Args:
        logits: `(..., h, w, bins)`.
        lightness: L*, `(..., h, w)`.

    Returns:
        float32 `(..., h, w, 5)`: row, column, L*, a*, b*.
    """
    height, width = xp.shape(logits)[-3:-1]
    reach = SIGMA_SPACE * xp.sqrt(height * width)
    rows, columns = xp.divide(xp.arange(height), reach)[:, None], xp.divide(xp.arange(width), reach)
    ab = annealed_mean(logits, xp=xp) / SIGMA_AB
    planes = (rows, columns, lightness / SIGMA_LIGHTNESS, ab[..., 0], ab[..., 1])
    return xp.array(xp.stack([xp.broadcast_to(p, xp.shape(lightness)) for p in planes], axis=-1), dtype="float32")


def bilateral_mean(queries, keys, values, own, step: int, xp=np):
    """Weighted means of values, the weights falling with the squared distance of a query from the keys.

    Args:
        queries, keys: features, `(..., n, 5)` and `(..., m, 5)`.
        values: of the keys, `(..., m, bins)`.
        own: values of the queries, `(..., n, bins)`: each counts once more, so that a place unlike all others stays
            what it is.
        step: one place in `step` along a side is a key, and counts for all that it stands for.

    Returns:
        `(..., n, bins)`.
    """
    squared = xp.sum(queries**2, axis=-1)[..., None] + xp.sum(keys**2, axis=-1)[..., None, :]
    squared = squared - 2 * xp.matmul(queries, xp.swapaxes(keys, -2, -1))
    # Below exp(-20) numbers are so small that they slow the processor down.
    weights = step**2 * xp.exp(xp.maximum(-squared / 2, -20))
    return (xp.matmul(weights, values) + own) / (xp.sum(weights, axis=-1, keepdims=True) + 1)
