"""Decode distributions over ab bins into colours: bilateral smoothing of logits, annealed mean, confidence.

The formulas take the array library as `xp`: NumPy when photographs are coloured, `keras.ops` in the loss of the
training, which needs their gradient. So training and use decode in the same way.

- Tomasi & Manduchi 1998, *Bilateral Filtering for Gray and Color Images* (smoothing of logits)
- Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, section 2.3 (annealed mean)
- Halko, Martinsson, Tropp 2011, *Finding Structure with Randomness*, arXiv 0909.4061, algorithm 4.4 (main directions)
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from colorizer.color.bins import bins_of
from colorizer.inference.threads import one_blas_thread
from storage.parallel import each, together

SIGMA_SPACE = 0.18
"""Standard deviation of the bilateral filter in space, as a share of the square root of the picture's area."""

SIGMA_LIGHTNESS = 5.0
"""Standard deviation of the filter in L*."""

SIGMA_AB = 30.0
"""Standard deviation of the filter in ab."""

MAX_DIFFERENCE = 50.0
"""The colours that `contrast` gives stay within this distance, in ab, of the picture's mean colour."""

ORDINARY_CONFIDENCE = 0.322
"""Mean `confidence` after smoothing, over `val`: at this confidence `contrast` applies its factor as given."""

ORDINARY_LIGHTNESS = 47.0
"""Mean L* over `val`."""

MAX_LIGHTNESS_FACTOR = 1.2
"""Lighter places than L* 59.6 get no more contrast than that: nearly white things have little chroma."""

KEYS_PER_SIDE = 48
"""About how many keys there are along a side, before those that are alike are taken together."""

SMALLEST = -20.0
"""Of the exponents of the filter's weights: below exp(-20), numbers are so small that they slow the processor down."""

ALIKE = 0.5
"""Cells of so many standard deviations, in each feature: the keys in one become one key. That leaves less than half of
them, and moves colours by 0.04 in ab (mean of 23 photographs; at the most 0.39)."""

REACH = 3.5
"""Keys whose lightness is further away, in standard deviations, are left out: their weights are below exp(-6). That
moves colours by 0.001 in ab (mean of 23 photographs; at the most 0.09)."""

LIGHTNESS = 2
"""Which of `smoothing_features` is L*."""

CHUNK = 256
"""Queries that are smoothed together; their weights fit a processor's cache."""

LARGE_CHUNK = 768
"""Places that a thread decodes together; still in its cache, and with few turns at Python's lock."""

LEAST_RANK = 64
"""Logits are smoothed in at least so many main directions, instead of one by one in each of the 261 bins."""

SAMPLED = 1000
"""About so many places, evenly spread, tell the main directions: to take all would move colours by 0.015 in ab (mean of
23 photographs)."""

LEFT_OUT = 0.06
"""Root of the mean square of what main directions may leave out of logits: it moves a colour by 0.07 in ab."""


def annealed_mean(logits, temperature: float = 1.0, xp=np):
    """Colours of distributions over ab bins: logits `(..., bins)` -> ab `(..., 2)`.

    Zhang et al. 2016, section 2.3.

    Args:
        temperature: 1 gives the mean; near 0, the mode.
    """
    if xp is not np:
        return xp.matmul(softmax(logits / temperature, xp), bins_of(logits.shape[-1]))
    places = logits.reshape(-1, logits.shape[-1])
    ab = [_mean_color(_below_largest(part), temperature) for part in _chunks(places)]
    return np.concatenate(ab).reshape(*logits.shape[:-1], 2)


def contrast(ab, factor: float, confidence, lightness=None, xp=np):
    """Move colours away from their mean over the picture: ab `(..., h, w, 2)` -> the same shape.

    An uncertain network gives the whole picture some of one common tint, so that it looks brownish. More saturation
    would make it browner. This function keeps the mean colour and increases the differences from it: more where the
    network is confident, because an enlarged guess shows as a cloud of colour, and less where the difference is large
    already, because a vivid red would become a blot. Dark places get less, too: at one chromaticity, a and b scale with
    L* + 16, and what is enlarged in the dark shows as navy or rust in shadows. A factor of 1 changes nothing.

    Args:
        factor: on the differences, at `ORDINARY_CONFIDENCE` and `ORDINARY_LIGHTNESS`.
        confidence: `(..., h, w)`, see `confidence`.
        lightness: L*, `(..., h, w)`, 0..100; None: ordinary everywhere.
    """
    if factor == 1:
        return ab
    mean = xp.mean(ab, axis=(-3, -2), keepdims=True)
    difference = ab - mean
    distance = xp.maximum(xp.hypot(difference[..., 0], difference[..., 1]), 1e-6)[..., None]
    local = local_factor(factor, confidence)
    if lightness is not None:
        local = local * lightness_factor(lightness, xp)
    wider = MAX_DIFFERENCE * xp.tanh(local[..., None] * distance / MAX_DIFFERENCE)
    return mean + difference * (wider / distance)


def local_factor(factor: float, confidence):
    """Factor of `contrast` at a given confidence: `factor` at `ORDINARY_CONFIDENCE`, 1 at confidence 0."""
    return 1 + (factor - 1) * (confidence / ORDINARY_CONFIDENCE) ** 2


def lightness_factor(lightness, xp=np):
    """Factor on differences of ab at a given L*, 1 at `ORDINARY_LIGHTNESS`: as at one chromaticity."""
    return xp.minimum((lightness + 16) / (ORDINARY_LIGHTNESS + 16), MAX_LIGHTNESS_FACTOR)


def confidence(logits, xp=np):
    """Confidence of a distribution, computed from its entropy: logits `(..., bins)` -> `(...)`, 0..1.

    1 where one bin has all the probability, 0 where all bins have the same. It is independent of chroma: a network can
    be confident that a place is grey.
    """
    probabilities = softmax(logits, xp)
    entropy = -xp.sum(probabilities * xp.log(probabilities + 1e-12), axis=-1)
    return 1 - entropy / np.log(logits.shape[-1])


def softmax(logits, xp=np):
    """Logits `(..., bins)` -> probabilities of the same shape."""
    if xp is not np:
        return xp.softmax(logits, axis=-1)  # its gradient is cheaper than that of the lines below
    exponents = logits - logits.max(axis=-1, keepdims=True)
    np.exp(exponents, out=exponents)  # in place: to find new memory takes as long as the division
    exponents /= exponents.sum(axis=-1, keepdims=True)
    return exponents


def mean_and_confidence(logits: np.ndarray, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """`annealed_mean` at a temperature and `confidence` together, in half of the time.

    Args:
        logits: float16 or float32 `(..., bins)`.

    Returns:
        ab, float32 `(..., 2)`, and the confidence, float32 `(...)`.
    """
    places = logits.reshape(-1, logits.shape[-1])
    with one_blas_thread():
        parts = each(partial(_mean_and_confidence, temperature=temperature), _chunks(places, LARGE_CHUNK))
    ab, confidences = (np.concatenate(part) for part in zip(*parts, strict=True))
    return ab.reshape(*logits.shape[:-1], 2), confidences.reshape(logits.shape[:-1])


def _mean_and_confidence(places: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    below = _below_largest(places)
    exponents = np.exp(below)
    sums = exponents.sum(axis=1)
    # The entropy is -sum(p log p), and log p is the difference from the largest logit less the log of the sum.
    entropy = np.log(sums) - np.einsum("ij,ij->i", exponents, below) / sums
    return _mean_color(below, temperature), 1 - entropy / np.float32(np.log(places.shape[1]))


def _chunks(places: np.ndarray, size: int = CHUNK) -> list[np.ndarray]:
    """Parts of `(n, bins)` so small that each stays in the processor's cache from one step to the next."""
    return [places[start : start + size] for start in range(0, len(places), size)]


def _below_largest(places: np.ndarray) -> np.ndarray:
    """Logits less the largest of each place, float32 `(n, bins)`."""
    below = places.astype(np.float32)
    below -= below.max(axis=1, keepdims=True)
    return below


def _mean_color(below: np.ndarray, temperature: float) -> np.ndarray:
    """The annealed mean of what `_below_largest` gives, float32 `(n, 2)`; writes over it."""
    if temperature != 1:
        below /= np.float32(temperature)
    np.exp(below, out=below)
    weighed = below @ _bins_and_one(below.shape[1])
    return weighed[:, :2] / weighed[:, 2:]


@cache
def _bins_and_one(count: int) -> np.ndarray:
    bins = bins_of(count)
    return np.concatenate([bins, np.ones_like(bins[:, :1])], axis=1)


@cache
def _random_directions(bins: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((bins, 2 * LEAST_RANK), np.float32)


def main_directions(logits: np.ndarray) -> np.ndarray:
    """Orthonormal directions, float32 `(bins, k)`, that hold logits `(n, bins)` but for `LEFT_OUT`.

    Neighbouring places get similar logits, so that a quarter as many directions as bins is enough, most often.
    """
    places = logits[:: max(1, len(logits) // SAMPLED)]
    count, bins = places.shape
    products = places.T @ places
    for rank in (LEAST_RANK, 2 * LEAST_RANK):
        directions = _random_directions(bins)[:, :rank]
        for _ in range(2):
            directions, _ = np.linalg.qr(products @ directions)
        left_out = np.trace(products) - np.sum(directions * (products @ directions))
        if left_out <= LEFT_OUT**2 * count * bins:
            return directions
    return np.eye(bins, dtype=np.float32)


def smooth_logits(logits: np.ndarray, lightness: np.ndarray, directions: np.ndarray | None = None) -> np.ndarray:
    """Bilateral smoothing of logits: average them over places that look alike.

    A network decides place by place, so two patches of one wall may get different colours. Here the logits of every
    place (a query) become a mean over places of the whole picture (the keys). The weights fall with distance and with
    the differences in lightness and in the colour decoded before smoothing. A mean of logits keeps the colours that
    are likely at all of these places; a mean of colours would be grey.

    Args:
        logits: float32 `(h, w, bins)`.
        lightness: L*, float32 `(h, w)`, 0..100.
        directions: see `main_directions`; None finds them.

    Returns:
        float16 `(h, w, bins)`, as a `Prediction` keeps it: each thread rounds what it has just computed.
    """
    height, width, bins = logits.shape
    step = max(1, round((height * width) ** 0.5 / KEYS_PER_SIDE))
    places = logits.reshape(-1, bins)

    def find_keys() -> tuple[np.ndarray, np.ndarray, Callable, np.ndarray]:
        queries = smoothing_features(logits, lightness)
        keys = _every(step, queries)
        means, counts = _alike(keys)
        return queries.reshape(-1, queries.shape[-1]), means(keys), means, counts

    def find_directions() -> np.ndarray:
        return main_directions(places) if directions is None else directions

    # Each thread has matrix products of its own: together on one product, they would wait for each other.
    with one_blas_thread():
        (queries, keys, means, counts), main = together(find_keys, find_directions)
        own = np.concatenate(each(lambda part: part @ main, _chunks(places, LARGE_CHUNK)))
        values = means(_every(step, own.reshape(height, width, -1)))
        values = np.concatenate([values, np.ones_like(counts)], axis=1)  # the last sums the weights
        # Minus half the squared distance of every query to every key is one matrix product, with two columns more.
        squared = [np.sum(features**2, axis=-1, keepdims=True) / 2 for features in (queries, keys)]
        left = np.concatenate([queries, -squared[0], np.ones_like(squared[0])], axis=-1)
        right = np.concatenate([keys, np.ones_like(squared[1]), np.log(step**2 * counts) - squared[1]], axis=-1).T
        order = np.argsort(queries[:, LIGHTNESS], kind="stable")
        smoothed = np.empty(places.shape, np.float16)

        def smooth(start: int) -> None:
            part = order[start : start + CHUNK]
            darkest, lightest = queries[part[[0, -1]], LIGHTNESS]
            near = slice(*np.searchsorted(keys[:, LIGHTNESS], (darkest - REACH, lightest + REACH)))
            weights = left[part] @ right[:, near]
            np.exp(np.maximum(weights, SMALLEST, out=weights), out=weights)
            sums = weights @ values[near]
            smoothed[part] = (sums[:, :-1] + own[part]) / (sums[:, -1:] + 1) @ main.T

        each(smooth, range(0, len(order), CHUNK))
    return smoothed.reshape(logits.shape)


def _every(step: int, planes: np.ndarray) -> np.ndarray:
    """Every `step`-th place along a side: `(h, w, n)` -> `(keys, n)`."""
    return planes[::step, ::step].reshape(-1, planes.shape[-1])


def _alike(keys: np.ndarray) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """Put the keys in one cell together.

    Args:
        keys: features, `(n, 5)`.

    Returns:
        a function that gives the means of all cells, by rising lightness, `(n, k)` -> float32 `(cells, k)`; and how
        many keys each has, float32 `(cells, 1)`.
    """
    cells = np.floor(keys / ALIKE).astype(int)
    cells -= cells.min(axis=0)
    codes = np.ravel_multi_index(cells.T, cells.max(axis=0) + 1)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    counts = np.diff(starts, append=len(order)).astype(np.float32)[:, None]

    def means(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values[order], starts) / counts

    by_lightness = np.argsort(means(keys[:, LIGHTNESS, None])[:, 0], kind="stable")
    return lambda values: means(values)[by_lightness], counts[by_lightness]


def smoothing_features(logits, lightness, xp=np):
    """Features by which the filter compares places, each divided by its standard deviation.

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
    """Means of values for each query, with Gaussian weights of the distances between query and keys.

    Args:
        queries, keys: features, `(..., n, 5)` and `(..., m, 5)`.
        values: of the keys, `(..., m, bins)`.
        own: values of the queries, `(..., n, bins)`: each is added with weight 1, so that a place unlike all others
            keeps its value.
        step: every `step`-th place along a side is a key, and counts `step`² times.

    Returns:
        `(..., n, bins)`.
    """
    squared = xp.sum(queries**2, axis=-1)[..., None] + xp.sum(keys**2, axis=-1)[..., None, :]
    squared = squared - 2 * xp.matmul(queries, xp.swapaxes(keys, -2, -1))
    weights = step**2 * xp.exp(xp.maximum(-squared / 2, SMALLEST))
    return (xp.matmul(weights, values) + own) / (xp.sum(weights, axis=-1, keepdims=True) + 1)
