"""Losses. Of the classifying networks: cross-entropy against softly encoded ab, rare colours weighted up, coherence.
Of the regressing ones: the squared error or Huber's.

Source: Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, sections 2.1 and 2.2.
"""

import keras
import numpy as np
from keras import ops

from colorizer import lab
from colorizer.recipe import Recipe

SIGMA = 5.0
"""Width of the Gaussian that spreads a true colour over the bins, in units of ab."""

DECODE_TEMPERATURE = 0.6
"""Of the annealed mean by which the loss sees the colours, as `inference` does."""

COLOR_SCALE = 10.0
"""Error, in units of ab, up to which a colour's price grows with its square, and linearly beyond (Huber 1964)."""

OFFSETS = ((0, 1), (1, 0), (0, 4), (4, 0))
"""Rows and columns between the places whose difference in colour is compared, in pixels of the output."""


AB_SCALE = 128.0
"""What ab is divided by for the squared error, as the reports do."""

CLASSIFICATION = "cross_entropy"


class UnknownLossError(ValueError):
    """No loss of that name."""


def create_loss(recipe: Recipe, ab_counts: np.ndarray) -> keras.losses.Loss:
    """The loss that a recipe names.

    Args:
        ab_counts: pixels counted per bin, for `rebalancing_weights`.

    Raises:
        UnknownLossError: it is none of cross_entropy, mse, huber.
    """
    if recipe.loss == CLASSIFICATION:
        bin_weights = rebalancing_weights(ab_counts, recipe.rebalance)
        return SoftBinCrossEntropy(bin_weights, recipe.color_weight, recipe.coherence_weight)
    return ColorError(recipe.loss)


def rebalancing_weights(ab_counts: np.ndarray, rebalance: float = 0.5) -> np.ndarray:
    """Weight of each bin: the inverse of its share mixed with a uniform share; 1 on average over pixels.

    Args:
        ab_counts: pixels counted per bin, `(bins,)`.
        rebalance: share of the uniform distribution in the mixture (lambda of the paper), over 0, at most 1.
    """
    prior = ab_counts / ab_counts.sum()
    weights = 1 / ((1 - rebalance) * prior + rebalance / len(prior))
    return (weights / (prior * weights).sum()).astype(np.float32)


class ColorError(keras.losses.Loss):
    """The error of ab: squared, in units of 128; or Huber's, squared up to `COLOR_SCALE` and linear beyond.

    Input shape:
        y_true, y_pred: ab, or two channels scaled alike, `(batch_size, height, width, 2)`.

    Args:
        kind: mse or huber.

    Raises:
        UnknownLossError: it is neither.
    """

    def __init__(self, kind: str = "mse", name: str = "color_error"):
        if kind not in ("mse", "huber"):
            raise UnknownLossError(f"loss must be one of cross_entropy, mse, huber. Received {kind!r}.")
        super().__init__(name=name, reduction="sum_over_batch_size")
        self.kind = kind

    def call(self, y_true, y_pred):
        error = ops.cast(y_pred, "float32") - y_true
        if self.kind == "mse":
            return ops.mean((error / AB_SCALE) ** 2, axis=(1, 2, 3))
        return ops.mean(_huber(error / COLOR_SCALE), axis=(1, 2, 3))


class SoftBinCrossEntropy(keras.losses.Loss):
    """Cross-entropy between logits over ab bins and the soft encoding of the true ab, plus a price for incoherence.

    The softness is a Gaussian over all bins: at the paper's sigma the five nearest, which the paper keeps, hold nearly
    all of it, and dense arithmetic is faster than looking them up.

    The price is the error of the decoded colours (annealed mean) and of their differences between places `OFFSETS`
    apart. A hue that is wrong everywhere alike costs little, one that changes within a surface or is washed out at a
    border costs much: what people spot first in recoloured photographs.

    Input shape:
        y_true: ab `(batch_size, height, width, 2)`; y_pred: logits `(batch_size, height, width, bins)`.

    Args:
        bin_weights: `(bins,)`, one a bin of `lab.bins_of`, see `rebalancing_weights`.
        color_weight: price of the error of the decoded colour, per `COLOR_SCALE` of ab.
        coherence_weight: price of the error of differences, likewise.
    """

    def __init__(
        self,
        bin_weights: np.ndarray,
        color_weight: float = 0.0,
        coherence_weight: float = 0.0,
        name: str = "soft_bin_cross_entropy",
    ):
        super().__init__(name=name, reduction="sum_over_batch_size")
        self.color_weight, self.coherence_weight = color_weight, coherence_weight
        self._bins, self._bin_weights = lab.bins_of(len(bin_weights)), bin_weights.astype(np.float32)

    def call(self, y_true, y_pred):
        logits = ops.cast(y_pred, "float32")
        target = self._soft_encode(y_true)
        pixel_weights = ops.matmul(target, self._bin_weights[:, None])[..., 0]
        cross_entropy = ops.logsumexp(logits, axis=-1) - ops.sum(target * logits, axis=-1)
        loss = ops.mean(pixel_weights * cross_entropy, axis=(1, 2))
        if self.color_weight or self.coherence_weight:
            error = (self._decode(logits) - y_true) / COLOR_SCALE
            loss += self.color_weight * ops.mean(_huber(error), axis=(1, 2, 3))
            loss += self.coherence_weight * sum(_difference_error(error, *offset) for offset in OFFSETS) / len(OFFSETS)
        return loss

    def _soft_encode(self, ab):
        squared = (self._bins**2).sum(axis=-1) - 2 * ops.matmul(ab, self._bins.T)  # less |ab|^2, which cancels
        return ops.softmax(-squared / (2 * SIGMA**2), axis=-1)

    def _decode(self, logits):
        return ops.matmul(ops.softmax(logits / DECODE_TEMPERATURE, axis=-1), self._bins)


def _difference_error(error, down: int, right: int):
    """Mean error `(batch_size,)` of the differences between places so far apart, given the errors of the places."""
    first, second = error[:, : -down or None, : -right or None], error[:, down:, right:]
    return ops.mean(_huber(second - first), axis=(1, 2, 3))


def _huber(x):
    size = ops.abs(x)
    return ops.where(size < 1, 0.5 * size**2, size - 0.5)
