"""Losses. For classification: cross-entropy against soft-encoded ab with higher weights for rare colours, and optional
terms on the decoded colours. For regression: squared error or Huber loss of ab.

- Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, sections 2.1 and 2.2
- Hasler & Süsstrunk 2003, *Measuring colourfulness in natural images*; first used as a loss in Kang et al. 2023,
  *DDColor*, arXiv 2212.11613
"""

import keras
import numpy as np
from keras import ops

from colorizer.color import formulas
from colorizer.color.bins import bins_of
from colorizer.inference import decoding
from colorizer.models.recipe import Recipe

SIGMA = 5.0
"""Standard deviation of the Gaussian that spreads a true colour over the bins, in units of ab."""

DECODE_TEMPERATURE = 0.6
"""Temperature of the annealed mean by which the loss decodes colours, as `inference` does."""

COLOR_SCALE = 10.0
"""Error, in units of ab, up to which the Huber loss is quadratic; beyond it is linear (Huber 1964)."""

REACHES = (0, 1, 3)
"""Distances of the pixel pairs in the coherence term: tenths of the side, plus one pixel."""

KEY_STEP = 2
"""Step of the keys along a side when the loss smooths logits: with all pixels as keys it would take too long."""

ERROR_FLOOR = 15.0
"""Added to the squared error of 8-bit channels before the logarithm: errors below it are rare and gain little."""

AB_SCALE = 128.0
"""ab is divided by it for the squared error, as in the reports."""

LIGHTNESS_STEPS = 16
"""Equal steps of L* over which `lightness_bound` takes the mean colours, as in `metrics.lightness_bound`."""

CLASSIFICATION = "cross_entropy"

DECODED_WEIGHTS = (
    "likeness_weight",
    "coherence_weight",
    "excess_weight",
    "tint_weight",
    "lightness_bound_weight",
)
"""Fields of a recipe with the weights of the terms that need decoded colours; if all are 0, nothing is decoded."""


class UnknownLossError(ValueError):
    """No loss of that name."""


def create_loss(
    recipe: Recipe, ab_counts: np.ndarray, contrast: float = 1.0, smoothing: bool = False
) -> keras.losses.Loss:
    """The loss that a recipe names.

    Args:
        ab_counts: pixels counted per bin, for `rebalancing_weights`.
        contrast: factor of `decoding.contrast` at inference.
        smoothing: whether inference smooths the logits (`decoding.smooth_logits`).

    Raises:
        UnknownLossError: the loss is none of cross_entropy, mse, huber.
    """
    if recipe.loss == CLASSIFICATION:
        bin_weights = rebalancing_weights(ab_counts, recipe.rebalance)
        if not any(getattr(recipe, weight) for weight in DECODED_WEIGHTS):
            return SoftBinCrossEntropy(bin_weights)
        return DecodedColorsLoss(bin_weights, recipe, contrast, smoothing)
    return ColorError(recipe.loss)


def rebalancing_weights(ab_counts: np.ndarray, rebalance: float = 0.5) -> np.ndarray:
    """Class weights `(bins,)`: inverse of each bin's share mixed with a uniform share; their mean over pixels is 1.

    Args:
        ab_counts: pixels counted per bin, `(bins,)`.
        rebalance: share of the uniform distribution in the mixture (lambda in the paper), above 0 and at most 1.
    """
    prior = ab_counts / ab_counts.sum()
    weights = 1 / ((1 - rebalance) * prior + rebalance / len(prior))
    return (weights / (prior * weights).sum()).astype(np.float32)


class ColorError(keras.losses.Loss):
    """Error of ab: mean squared error of ab / 128, or Huber loss, quadratic up to `COLOR_SCALE` and linear beyond.

    Input shape:
        y_true: ab, or two channels in the same range, as the first two of `(batch_size, height, width, 2 or more)`;
        y_pred: the same two channels, `(batch_size, height, width, 2)`.

    Args:
        kind: mse or huber.

    Raises:
        UnknownLossError: `kind` is neither.
    """

    def __init__(self, kind: str = "mse", name: str = "color_error"):
        if kind not in ("mse", "huber"):
            raise UnknownLossError(f"loss must be one of cross_entropy, mse, huber. Received {kind!r}.")
        super().__init__(name=name, reduction="sum_over_batch_size")
        self.kind = kind

    def call(self, y_true, y_pred):
        error = ops.cast(y_pred, "float32") - y_true[..., :2]
        if self.kind == "mse":
            return ops.mean((error / AB_SCALE) ** 2, axis=(1, 2, 3))
        return ops.mean(huber(error / COLOR_SCALE), axis=(1, 2, 3))


class SoftBinCrossEntropy(keras.losses.Loss):
    """Cross-entropy between logits over ab bins and the soft encoding of the true ab.

    The soft encoding is a Gaussian over all bins. The paper keeps only the five nearest bins; at its sigma they hold
    nearly all of the weight, and dense arithmetic is faster than finding them.

    Input shape:
        y_true: ab as the first two of `(batch_size, height, width, 2 or more)`;
        y_pred: logits `(batch_size, height, width, bins)`.

    Args:
        bin_weights: `(bins,)`, one per bin of `bins.bins_of`, see `rebalancing_weights`.
    """

    def __init__(self, bin_weights: np.ndarray, name: str = "soft_bin_cross_entropy"):
        super().__init__(name=name, reduction="sum_over_batch_size")
        self._bins, self._bin_weights = bins_of(len(bin_weights)), bin_weights.astype(np.float32)

    def call(self, y_true, y_pred):
        logits = ops.cast(y_pred, "float32")
        target = self._soft_encode(y_true[..., :2])
        pixel_weights = ops.matmul(target, self._bin_weights[:, None])[..., 0]
        cross_entropy = ops.logsumexp(logits, axis=-1) - ops.sum(target * logits, axis=-1)
        return ops.mean(pixel_weights * cross_entropy, axis=(1, 2))

    def _soft_encode(self, ab):
        squared = (self._bins**2).sum(axis=-1) - 2 * ops.matmul(ab, self._bins.T)  # without |ab|^2, which cancels
        return ops.softmax(-squared / (2 * SIGMA**2), axis=-1)


class DecodedColorsLoss(SoftBinCrossEntropy):
    """Cross-entropy, plus terms on the colours that inference will decode from the logits.

    The loss decodes as inference does: logit adjustment, smoothing of logits if asked for, annealed mean, contrast, and
    conversion to sRGB with the true L*. With ab the decoded colours, t the true ones, C the chroma, H the Huber loss
    (of a value divided by `COLOR_SCALE`), and means over the pixels of one picture, the loss of the picture is

        cross-entropy
        + likeness_weight * (10 log10(mean |RGB - true RGB|^2 + ERROR_FLOOR)
                             - colorfulness_price * colorfulness(RGB) - chroma_price * mean C(ab))
        + coherence_weight * mean over pairs (i, j) of H((ab_i - t_i) - (ab_j - t_j))
        + excess_weight * mean H(max(0, C(ab) - C(t)))
        + tint_weight * max(0, tint(ab) - tint(t))
        + lightness_bound_weight * max(0, lightness_bound(ab, L*) - lightness_bound(t, L*))

    - Likeness: the squared error of the sRGB picture in decibels (PSNR with the other sign, and without a constant).
      Where the network is uncertain, grey gives the smallest error. So colourfulness and mean chroma are rewarded: one
      unit of them makes up for as many decibels as the recipe says.
    - Coherence: the error of colour differences between pixels `REACHES` apart. It is small for a hue that is wrong by
      the same amount everywhere, and large for colours that change within a surface or bleed over an edge, which people
      notice first in recoloured photographs.
    - Excess: chroma above that of the original. A red cloud on a grey wall looks worse than a grey spot on a red one.
    - Tint: one hue over the whole picture, beyond that of the original.
    - Lightness-bound colour: colour that depends on lightness more than in the original, such as warm lights and cold
      shadows.

    Input shape:
        y_true: ab and L*, `(batch_size, height, width, 3)`; y_pred: logits `(batch_size, height, width, bins)`.

    Args:
        bin_weights: `(bins,)`, see `rebalancing_weights`.
        recipe: weights of the terms, and the logit adjustment of the finished network.
        contrast: factor of `decoding.contrast`.
        smoothing: whether inference smooths the logits (`decoding.smooth_logits`).
    """

    def __init__(
        self,
        bin_weights: np.ndarray,
        recipe: Recipe,
        contrast: float = 1.0,
        smoothing: bool = False,
        name: str = "decoded_colors",
    ):
        super().__init__(bin_weights, name=name)
        self.recipe, self.contrast, self.smoothing = recipe, contrast, smoothing
        self.logit_adjustment = (recipe.logit_adjustment * np.log(bin_weights)).astype(np.float32)

    def call(self, y_true, y_pred):
        true_ab, lightness, recipe = y_true[..., :2], y_true[..., 2], self.recipe
        ab = self.decode(ops.cast(y_pred, "float32"), lightness)
        rgb, chroma, error = srgb(lightness, ab), chroma_of(ab), (ab - true_ab) / COLOR_SCALE
        squared_error = ops.mean((rgb - srgb(lightness, true_ab)) ** 2, axis=(1, 2, 3))
        decibels = 10 / np.log(10) * ops.log(squared_error + ERROR_FLOOR)
        reward = recipe.colorfulness_price * colorfulness(rgb) + recipe.chroma_price * ops.mean(chroma, axis=(1, 2))
        excess = ops.mean(huber(ops.relu(chroma - chroma_of(true_ab)) / COLOR_SCALE), axis=(1, 2))
        loss = super().call(y_true, y_pred) + recipe.likeness_weight * (decibels - reward)
        loss += recipe.coherence_weight * incoherence(error) + recipe.excess_weight * excess
        if recipe.tint_weight:
            loss += recipe.tint_weight * ops.relu(tint(ab) - tint(true_ab))
        if recipe.lightness_bound_weight:
            beyond = lightness_bound(ab, lightness) - lightness_bound(true_ab, lightness)
            loss += recipe.lightness_bound_weight * ops.relu(beyond)
        return loss

    def decode(self, logits, lightness):
        logits = logits + self.logit_adjustment
        if self.smoothing:
            logits = smooth_logits(logits, lightness)
        ab = decoding.annealed_mean(logits, DECODE_TEMPERATURE, ops)
        # No gradient through the confidence: the loss must not fall only because the network is surer.
        confidence = decoding.confidence(ops.stop_gradient(logits), ops)
        return decoding.contrast(ab, self.contrast, confidence, lightness, ops)


def smooth_logits(logits, lightness):
    """`decoding.smooth_logits` with gradients and fewer keys: bilateral smoothing of logits.

    The gradient goes through the averaged values only; queries and keys are treated as constants.

    Args:
        logits: `(batch_size, height, width, bins)`.
        lightness: L*, `(batch_size, height, width)`.

    Returns:
        logits of the same shape.
    """
    batch, height, width, bins = ops.shape(logits)
    features = decoding.smoothing_features(ops.stop_gradient(logits), lightness, ops)
    queries = ops.reshape(features, (batch, height * width, 5))
    keys = ops.reshape(features[:, ::KEY_STEP, ::KEY_STEP], (batch, -1, 5))
    values = ops.reshape(logits[:, ::KEY_STEP, ::KEY_STEP], (batch, -1, bins))
    own = ops.reshape(logits, (batch, height * width, bins))
    smoothed = decoding.bilateral_mean(queries, keys, values, own, KEY_STEP, ops)
    return ops.reshape(smoothed, (batch, height, width, bins))


def srgb(lightness, ab):
    """`lab.lab_to_rgb` with gradients: L* `(...)` and ab `(..., 2)` -> sRGB `(..., 3)`, 0..255, not rounded.

    Colours outside the gamut are clipped channel by channel.
    """
    fy = formulas.lightness_to_f(lightness)
    fx, fz = formulas.ab_to_f(fy, ab[..., 0], ab[..., 1])
    xyz = formulas.f_to_white_share(ops.maximum(ops.stack([fx, fy, fz], axis=-1), 0), ops)
    linear = ops.clip(ops.matmul(xyz, formulas.XYZ_NORM_TO_RGB.T), 1e-4, 1)  # the gradient at 0 is infinite
    return 255 * formulas.linear_to_srgb(linear, ops)


def colorfulness(rgb):
    """`metrics.colorfulness` with gradients: sRGB `(batch_size, height, width, 3)` -> `(batch_size,)`."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    variance = ops.var(red_green, axis=(1, 2)) + ops.var(yellow_blue, axis=(1, 2))
    of_means = ops.mean(red_green, axis=(1, 2)) ** 2 + ops.mean(yellow_blue, axis=(1, 2)) ** 2
    return ops.sqrt(variance + 1) + 0.3 * ops.sqrt(of_means + 1)  # + 1: the gradient of a root at 0 is infinite


def tint(ab):
    """`metrics.tint` with gradients: ab `(batch_size, height, width, 2)` -> `(batch_size,)`, 0..1.

    (|mean ab|^2 + 1) / (mean |ab|^2 + 4). The two constants make it 1/4 for grey, where the ratio is not defined.
    """
    energy_of_mean = ops.sum(ops.mean(ab, axis=(1, 2)) ** 2, axis=-1)
    return (energy_of_mean + 1) / (ops.mean(ops.sum(ab**2, axis=-1), axis=(1, 2)) + 4)


def lightness_bound(ab, lightness):
    """`metrics.lightness_bound` with gradients (of ab): R^2 of the mean colours over `LIGHTNESS_STEPS` steps of L*.

    (variance of the step means, weighted by their pixels, + 0.5) / (variance of ab + 2): 1/4 for a picture in one
    colour, where the ratio is not defined.

    Args:
        ab: `(batch_size, height, width, 2)`.
        lightness: L*, 0..100, `(batch_size, height, width)`.

    Returns:
        `(batch_size,)`, 0..1.
    """
    batch, height, width, _ = ops.shape(ab)
    difference = ops.reshape(ab - ops.mean(ab, axis=(1, 2), keepdims=True), (batch, height * width, 2))
    step = ops.clip(ops.floor(lightness * (LIGHTNESS_STEPS / 100)), 0, LIGHTNESS_STEPS - 1)
    member = ops.one_hot(ops.reshape(ops.cast(step, "int32"), (batch, height * width)), LIGHTNESS_STEPS)
    counts = ops.sum(member, axis=1)
    sums = ops.matmul(ops.transpose(member, (0, 2, 1)), difference)
    explained = ops.sum(ops.sum(sums**2, axis=-1) / ops.maximum(counts, 1), axis=-1) / (height * width)
    return (explained + 0.5) / (ops.mean(ops.sum(difference**2, axis=-1), axis=1) + 2)


def chroma_of(ab):
    return ops.sqrt(ops.sum(ab**2, axis=-1) + 1)


def incoherence(error):
    """Mean Huber loss `(batch_size,)` of the differences between the errors of two pixels, over all `REACHES`."""
    _, height, width, _ = ops.shape(error)
    total = 0.0
    for tenths in REACHES:
        down, right = 1 + height * tenths // 10, 1 + width * tenths // 10
        total += ops.mean(huber(error[:, down:] - error[:, : height - down]), axis=(1, 2, 3))
        total += ops.mean(huber(error[:, :, right:] - error[:, :, : width - right]), axis=(1, 2, 3))
    return total / (2 * len(REACHES))


def huber(x):
    size = ops.abs(x)
    return ops.where(size < 1, 0.5 * size**2, size - 0.5)
