"""Networks of the size of other colourisers', written from the tables of their papers, with random weights.

They are for timing only. Layers, filters, strides and working sizes (`SIDES`) are the published ones; what does not
cost time (initial weights, dropout, the order of a normalisation and its activation) is not followed to the letter.
Each maps L* `(batch, side, side, 1)`, 0..100, to ab `(batch, h, w, 2)`.
"""

import keras
from keras import layers, ops


def eccv16() -> keras.Model:
    """Zhang et al. 2016, arXiv 1603.08511, section 3 and figure 2: eight blocks, dilated from the fifth, 313 bins."""
    lightness = keras.Input((None, None, 1))
    x = _block(lightness, 64, 2, last_stride=2)
    x = _block(x, 128, 2, last_stride=2)
    x = _block(x, 256, 3, last_stride=2)
    x = _block(x, 512, 3)
    x = _block(x, 512, 3, dilation=2)
    x = _block(x, 512, 3, dilation=2)
    x = _block(x, 512, 3)
    x = layers.Conv2DTranspose(256, 4, 2, padding="same", activation="relu")(x)
    x = _block(x, 256, 2, norm=False)
    bins = layers.Softmax()(layers.Conv2D(313, 1)(x))
    return keras.Model(lightness, layers.Conv2D(2, 1, use_bias=False)(bins), name="eccv16")


def siggraph17() -> keras.Model:
    """Zhang et al. 2017, arXiv 1705.02999, figure 2: a U-Net of ten blocks, whose inputs are L*, hints and a mask."""
    lightness = keras.Input((None, None, 1))
    hints = layers.Conv2D(4, 1, use_bias=False)(lightness)  # in place of the three further inputs, which are zero
    conv1 = _block(hints, 64, 2)
    conv2 = _block(_every_second(conv1), 128, 2)
    conv3 = _block(_every_second(conv2), 256, 3)
    x = _block(_every_second(conv3), 512, 3)
    x = _block(x, 512, 3, dilation=2)
    x = _block(x, 512, 3, dilation=2)
    x = _block(x, 512, 3)
    for skip, filters, count in ((conv3, 256, 2), (conv2, 128, 1), (conv1, 128, 1)):
        up = layers.Conv2DTranspose(filters, 4, 2, padding="same")(x)
        x = layers.ReLU()(layers.Add()([up, layers.Conv2D(filters, 3, padding="same")(skip)]))
        x = _block(x, filters, count, norm=filters == 256)
    return keras.Model(lightness, layers.Conv2D(2, 1, activation="tanh")(x), name="siggraph17")


def ddcolor_tiny() -> keras.Model:
    """Kang et al. 2023, arXiv 2212.11613, section 3: ConvNeXt-T, pixel decoder, 100 colour queries in nine layers."""
    lightness = keras.Input((512, 512, 1))
    stages = _convnext(layers.Concatenate()([lightness] * 3), (3, 3, 9, 3), (96, 192, 384, 768))
    x, scales = stages[-1], []
    for skip, filters in zip(reversed(stages[:-1]), (512, 512, 256), strict=True):
        x = _shuffle_up(x, filters)
        x = layers.ReLU()(layers.Conv2D(filters, 3, padding="same")(layers.Concatenate()([x, _norm(skip)])))
        scales.append(x)
    pixels = _shuffle_up(x, 256, factor=4)
    queries = _queries(scales, count=100, width=256, depth=9)
    maps = layers.Dot(axes=(3, 2))([pixels, queries])
    colors = layers.Conv2D(2, 1)(layers.Concatenate()([maps, lightness]))
    return keras.Model(lightness, colors, name="ddcolor_tiny")


def deoldify_artistic() -> keras.Model:
    """DeOldify's "artistic" model (github.com/jantic/DeOldify): a U-Net of fastai on ResNet-34, filters times 1.5."""
    lightness = keras.Input((None, None, 1))
    x = _conv(layers.Concatenate()([lightness] * 3), 64, 7, 2)
    skips, x = [x], layers.MaxPooling2D(3, 2, padding="same")(x)
    for filters, count in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for number in range(count):
            x = _residual(x, filters, 2 if filters > 64 and number == 0 else 1)
        skips.append(x)
    x = _conv(_conv(_norm(skips.pop()), 1024, 3), 512, 3)
    for number, skip in enumerate(reversed(skips)):
        x = layers.Concatenate()([_shuffle_up(x, x.shape[-1] // 2), _norm(skip)])
        filters = x.shape[-1] * 3 // 2 if number < 3 else x.shape[-1] * 3 // 4
        x = _conv(_conv(layers.ReLU()(x), filters, 3), filters, 3)
        x = _self_attention(x) if number == 1 else x
    x = layers.Concatenate()([_shuffle_up(x, x.shape[-1]), *[lightness] * 3])
    x = layers.Add()([x, _conv(_conv(x, x.shape[-1], 3), x.shape[-1], 3)])
    return keras.Model(lightness, layers.Conv2D(2, 1)(x), name="deoldify_artistic")


def _block(x, filters: int, count: int, dilation: int = 1, last_stride: int = 1, norm: bool = True):
    """`count` convolutions 3 x 3, the last with a stride, then one normalisation."""
    for number in range(count):
        stride = last_stride if number == count - 1 else 1
        x = layers.Conv2D(filters, 3, stride, padding="same", dilation_rate=dilation, activation="relu")(x)
    return _norm(x) if norm else x


def _every_second(x):
    return layers.AveragePooling2D(1, 2)(x)


def _norm(x):
    return layers.BatchNormalization()(x)


def _conv(x, filters: int, size: int, stride: int = 1):
    x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(_norm(x))


def _residual(x, filters: int, stride: int):
    y = _norm(layers.Conv2D(filters, 3, padding="same", use_bias=False)(_conv(x, filters, 3, stride)))
    if stride > 1 or x.shape[-1] != filters:
        x = _norm(layers.Conv2D(filters, 1, stride, use_bias=False)(x))
    return layers.ReLU()(layers.Add()([x, y]))


def _shuffle_up(x, filters: int, factor: int = 2):
    """A convolution 1 x 1 whose channels become `factor` x `factor` pixels (Shi et al. 2016, arXiv 1609.05158)."""
    x = layers.ReLU()(layers.Conv2D(filters * factor**2, 1)(x))
    return DepthToSpace(factor)(x)


def _self_attention(x):
    """Of every place to every other, with an eighth of the channels (Zhang et al. 2019, arXiv 1805.08318)."""
    filters = x.shape[-1]
    flat = Flat()(x)
    key, query = (layers.Dense(filters // 8, use_bias=False)(flat) for _ in range(2))
    weights = layers.Softmax()(layers.Dot(axes=2)([query, key]))
    seen = layers.Dot(axes=(2, 1))([weights, layers.Dense(filters, use_bias=False)(flat)])
    return layers.Add()([x, Square()([seen, x])])


def _convnext(x, depths: tuple[int, ...], widths: tuple[int, ...]) -> list:
    """Outputs of the stages of a ConvNeXt (Liu et al. 2022, arXiv 2201.03545, table 9)."""
    stages = []
    for number, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        size = 4 if number == 0 else 2
        x = layers.LayerNormalization()(layers.Conv2D(width, size, size)(x))
        for _ in range(depth):
            y = layers.LayerNormalization()(layers.DepthwiseConv2D(7, padding="same")(x))
            x = layers.Add()([x, layers.Dense(width)(layers.Dense(4 * width, activation="gelu")(y))])
        stages.append(x)
    return stages


def _queries(scales: list, count: int, width: int, depth: int):
    """Vectors of colours `(batch, count, width)` that look at the scales in turn."""
    memories = [layers.Dense(width)(Flat()(scale)) for scale in scales]
    x = Learned(count, width)(memories[0])
    for number in range(depth):
        memory = memories[number % len(memories)]
        for source in (memory, x):  # DDColor attends to the picture first, then to the other queries
            heads = layers.MultiHeadAttention(8, width // 8)
            x = layers.LayerNormalization()(layers.Add()([x, heads(x, source)]))
        y = layers.Dense(width)(layers.Dense(2048, activation="relu")(x))
        x = layers.LayerNormalization()(layers.Add()([x, y]))
    return layers.Dense(width)(layers.Dense(width, activation="relu")(layers.Dense(width, activation="relu")(x)))


class DepthToSpace(layers.Layer):
    """Channels become pixels: `(b, h, w, c * n * n)` to `(b, h * n, w * n, c)`."""

    def __init__(self, factor: int):
        super().__init__()
        self.factor = factor

    def call(self, x):
        batch, height, width, channels = ops.shape(x)
        n, filters = self.factor, channels // self.factor**2
        x = ops.transpose(ops.reshape(x, (batch, height, width, n, n, filters)), (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (batch, height * n, width * n, filters))


class Flat(layers.Layer):
    """Places as one axis: `(b, h, w, c)` to `(b, h * w, c)`."""

    def call(self, x):
        batch, height, width, channels = ops.shape(x)
        return ops.reshape(x, (batch, height * width, channels))


class Square(layers.Layer):
    """Places as two axes again, those of the second input."""

    def call(self, inputs):
        flat, like = inputs
        return ops.reshape(flat, ops.shape(like))


class Learned(layers.Layer):
    """Trained vectors `(batch, count, width)`, whatever the input is."""

    def __init__(self, count: int, width: int):
        super().__init__()
        self.vectors = self.add_weight(shape=(1, count, width), name="vectors")

    def call(self, x):
        return ops.broadcast_to(self.vectors, (ops.shape(x)[0], *self.vectors.shape[1:]))
