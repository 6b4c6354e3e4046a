"""Loss of the classifying networks: cross-entropy against softly encoded ab, rare colours weighted up.

Source: Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, sections 2.1 and 2.2.
"""

import keras
import numpy as np
from keras import ops

from colorizer import lab

_CODES = 256  # ab is rounded to whole units before it is encoded, -128..127: a table of 256 x 256


def soft_encode(ab: np.ndarray, num_neighbors: int = 5, sigma: float = 5.0) -> tuple[np.ndarray, np.ndarray]:
    """The nearest bins of each ab and their Gaussian weights.

    Args:
        ab: `(..., 2)`.
        num_neighbors: bins that share a colour.
        sigma: width of the Gaussian, in units of ab.

    Returns:
        indices into `lab.ab_bins()`, int32 `(..., num_neighbors)`, and weights, float32, which sum to 1.
    """
    squared = ((ab[..., None, :] - lab.ab_bins()) ** 2).sum(axis=-1)
    indices = np.argpartition(squared, num_neighbors, axis=-1)[..., :num_neighbors]
    squared = np.take_along_axis(squared, indices, axis=-1)
    # Relative to the nearest, or colours far outside the gamut would underflow to no weight at all.
    weights = np.exp((squared.min(axis=-1, keepdims=True) - squared) / (2 * sigma**2))
    return indices.astype(np.int32), (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)


def rebalancing_weights(ab_counts: np.ndarray, rebalance: float = 0.5) -> np.ndarray:
    """Weight of each bin: the inverse of its share mixed with a uniform share; 1 on average over pixels.

    Args:
        ab_counts: pixels counted per bin, `(261,)`.
        rebalance: share of the uniform distribution in the mixture (lambda of the paper), over 0, at most 1.
    """
    prior = ab_counts / ab_counts.sum()
    weights = 1 / ((1 - rebalance) * prior + rebalance / len(prior))
    return (weights / (prior * weights).sum()).astype(np.float32)


class SoftBinCrossEntropy(keras.losses.Loss):
    """Cross-entropy between logits over ab bins and the soft encoding of the true ab.

    Input shape:
        y_true: ab `(batch_size, height, width, 2)`; y_pred: logits `(batch_size, height, width, 261)`.

    Args:
        bin_weights: `(261,)`, see `rebalancing_weights`.
    """

    def __init__(self, bin_weights: np.ndarray, name: str = "soft_bin_cross_entropy"):
        super().__init__(name=name, reduction="sum_over_batch_size")
        codes = np.arange(_CODES, dtype=np.float32) - _CODES // 2
        grid = np.stack(np.meshgrid(codes, codes, indexing="ij"), axis=-1)
        encoded = [soft_encode(row) for row in grid]  # row by row: the whole table at once would take 140 MB
        self._indices = np.concatenate([indices for indices, _ in encoded])
        weights = np.concatenate([weights for _, weights in encoded])
        nearest = np.take_along_axis(self._indices, weights.argmax(axis=-1)[:, None], axis=-1)
        self._weights = weights * bin_weights[nearest]

    def call(self, y_true, y_pred):
        rounded = ops.clip(ops.cast(ops.round(y_true), "int32") + _CODES // 2, 0, _CODES - 1)
        codes = rounded[..., 0] * _CODES + rounded[..., 1]
        indices, weights = ops.take(self._indices, codes, axis=0), ops.take(self._weights, codes, axis=0)
        log_probabilities = ops.log_softmax(ops.cast(y_pred, "float32"), axis=-1)
        return -ops.sum(weights * ops.take_along_axis(log_probabilities, indices, axis=-1), axis=-1)
