"""The upsampler: a small network that brings coarse ab up to the size of a photograph, as crisp as its lightness.

For each cell of a grid it predicts an affine function from L* to ab, which is then applied to the full-size L*. This is
the guided filter's form (He & Sun 2015, arXiv 1505.00996) with learned coefficients, as in Gharbi et al. 2017, *Deep
Bilateral Learning for Real-Time Image Enhancement*, arXiv 1707.02880. It does not choose colours: it puts those of the
coarse ab where the lightness says that they begin and end. So one upsampler serves any network.
"""

from typing import TYPE_CHECKING

import keras
from keras import layers

from colorizer.models.layers import ResizeTo

if TYPE_CHECKING:
    from keras import KerasTensor

NAME = "upsampler"

STRIDE = 4
"""Pixels of L* per place of the coarse ab, along a side."""

GRID_STRIDE = 2
"""Pixels of L* per cell of the coefficients, along a side."""

FILTERS = 32
DILATIONS = (1, 2, 4, 1)
"""Of the residual blocks at the size of the coarse ab."""

L_MIDDLE, L_SCALE, AB_SCALE, DETAIL_SCALE = 50.0, 25.0, 25.0, 10.0
"""The inputs are divided by these, so that their numbers are about 1."""


def build(filters: int = FILTERS) -> keras.Model:
    """Build the upsampler with random weights; the last layer starts at zero, which is bilinear interpolation.

    Args:
        filters: width of all convolutions.

    Input shape:
        L*, 0..100, `(n, 4 h, 4 w, 1)`, and coarse ab, `(n, h, w, 2)`.

    Output shape:
        `(n, 2 h, 2 w, 4)`: slopes of a* and b* over L*, then their offsets; see `apply`.
    """
    lightness = layers.Input((None, None, 1), name="lightness")
    coarse = layers.Input((None, None, 2), name="coarse_ab")
    to_grid = ResizeTo(GRID_STRIDE)
    color = to_grid([coarse, lightness])
    mean = layers.AveragePooling2D(GRID_STRIDE)(lightness)
    wide_mean = to_grid([layers.AveragePooling2D(STRIDE)(lightness), lightness])

    fine = _conv(filters, 4, strides=GRID_STRIDE, activation="relu", name="lightness_conv")(_scaled(lightness))
    fine = layers.Concatenate()([fine, color / AB_SCALE, _scaled(mean), (mean - wide_mean) / DETAIL_SCALE])
    fine = _conv(filters, activation="relu", name="fine_conv")(fine)

    x = _conv(filters, strides=2, activation="relu", name="coarse_conv1")(fine)
    x = layers.Concatenate()([x, coarse / AB_SCALE])
    x = _conv(filters, activation="relu", name="coarse_conv2")(x)
    for i, dilation in enumerate(DILATIONS):
        y = _conv(filters, dilation_rate=dilation, activation="relu", name=f"block{i}_conv1")(x)
        x = layers.ReLU()(x + _conv(filters, name=f"block{i}_conv2")(y))

    x = layers.Concatenate()([fine, to_grid([x, lightness]), color / AB_SCALE])
    x = _conv(filters, activation="relu", name="merge_conv1")(x)
    x = _conv(filters, activation="relu", name="merge_conv2")(x)
    x = layers.Conv2D(4, 1, kernel_initializer="zeros", dtype="float32", name="coefficients")(x)
    ab, slopes = color + AB_SCALE * x[..., :2], x[..., 2:]
    offsets = ab - slopes * mean  # `ab` is the colour of a cell at its mean L*
    return keras.Model([lightness, coarse], layers.Concatenate()([slopes, offsets]), name=NAME)


def apply(coefficients: "KerasTensor", lightness: "KerasTensor") -> "KerasTensor":
    """Give ab at the size of L*: `(n, H, W, 2)` from coefficients `(n, h, w, 4)` and L* `(n, H, W, 1)`."""
    coefficients = ResizeTo()([coefficients, lightness])
    return coefficients[..., :2] * lightness + coefficients[..., 2:]


def _conv(filters: int, kernel_size: int = 3, **options) -> layers.Layer:
    return layers.Conv2D(filters, kernel_size, padding="same", **options)


def _scaled(lightness: "KerasTensor") -> "KerasTensor":
    return (lightness - L_MIDDLE) / L_SCALE
