"""EfficientNet-Lite2 without its last layers: a small network that was taught to name what a photograph shows.

- Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*, arXiv 1905.11946, table 1
- Google, *EfficientNet-Lite*, https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite: no
  squeeze and excitation, ReLU6, stem and head not widened
"""

import keras
from keras import layers

NAME = "efficientnet_lite2"
STEM = 32
WIDTH, DEPTH = 1.1, 1.2
"""Factors of Lite2 on the channels and on the blocks of table 1."""

STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192))
STAGES += ((1, 3, 1, 6, 320),)
"""Blocks, kernel size, strides, expansion and channels of each stage."""


def build() -> keras.Model:
    """Build the network with random weights, in float32: depthwise convolutions are slow in bfloat16.

    Input shape:
        RGB from -1 to 1, `(batch_size, height, width, 3)`, sides multiples of 32.

    Output shape:
        the maps after the fifth and after the seventh stage: `(batch_size, height / 16, width / 16, 120)` and
        `(batch_size, height / 32, width / 32, 352)`.
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        return _build()
    finally:
        keras.config.set_dtype_policy(policy)


def _build() -> keras.Model:
    rgb = keras.Input((None, None, 3), name="rgb")
    x = _conv(rgb, STEM, 3, 2, "stem")
    maps = []
    for stage, (blocks, kernel_size, strides, expansion, channels) in enumerate(STAGES, start=1):
        if stage not in (1, len(STAGES)):
            blocks = -int(-blocks * DEPTH // 1)
        for block in range(blocks):
            name = f"stage{stage}_block{block}"
            x = _block(x, kernel_size, 1 if block else strides, expansion, _widened(channels), name)
        maps.append(x)
    return keras.Model(rgb, [maps[4], maps[6]], name=NAME)


def _widened(channels: int) -> int:
    """Channels of Lite2: a multiple of 8, at least nine tenths of the widened ones."""
    wide = channels * WIDTH
    rounded = int(wide + 4) // 8 * 8
    return rounded + 8 if rounded < 0.9 * wide else rounded


def _block(x, kernel_size: int, strides: int, expansion: int, channels: int, name: str):
    """An inverted residual block (Sandler et al. 2018, *MobileNetV2*, arXiv 1801.04381, section 3.3)."""
    y = x if expansion == 1 else _conv(x, expansion * x.shape[-1], 1, 1, f"{name}_expand")
    y = layers.DepthwiseConv2D(kernel_size, strides, padding="same", use_bias=False, name=f"{name}_depthwise")(y)
    y = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(_norm(f"{name}_depthwise_norm")(y))
    y = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project")(y)
    y = _norm(f"{name}_project_norm")(y)
    return layers.Add(name=f"{name}_add")([x, y]) if strides == 1 and x.shape[-1] == channels else y


def _conv(x, filters: int, kernel_size: int, strides: int, name: str):
    x = layers.Conv2D(filters, kernel_size, strides, padding="same", use_bias=False, name=name)(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(_norm(f"{name}_norm")(x))


def _norm(name: str) -> layers.Layer:
    return layers.BatchNormalization(epsilon=1e-3, name=name)
