"""The default network: a ResNet-50 v2 encoder, a U-Net decoder, a distribution over ab bins at a quarter of the size.

- He et al. 2016, *Identity Mappings in Deep Residual Networks*, arXiv 1603.05027 (encoder, stages 1 to 3)
- Ronneberger et al. 2015, *U-Net*, arXiv 1505.04597 (decoder)
- Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511 (classification of ab)
- Sandler et al. 2018, *MobileNetV2*, arXiv 1801.04381 (second encoder of what the photograph shows)
- Tan and Le 2019, *EfficientNet*, arXiv 1905.11946 (third encoder, of the correction)
- Vaswani et al. 2017, *Attention Is All You Need*, arXiv 1706.03762 (attention between places far apart)

Departures: L* is repeated over the three channels the encoders were pretrained on; a residual stage at stride 32, to
which the last maps of a frozen MobileNetV2 are added, and a globally pooled vector give the context of the whole
photograph; attention blocks at stride 16 connect every place with every other, so that a surface gets one colour;
lateral connections are 1x1 convolutions. At stride 16 a small network looks at what the attention blocks saw and at the
distribution that came of it, and at the maps of a frozen EfficientNet-Lite2, and corrects the logits: it is trained
alone, in minutes, once the rest is trained.
"""

import keras
from keras import Input, Model, layers, ops

from colorizer.color.bins import ab_bins
from colorizer.models import efficientnet_lite
from colorizer.models.facts.resnet50_unet import INFO
from colorizer.models.info import Encoder, Network

IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)
CLASSIFIER = "mobilenet_v2"

CORRECTION_DROPOUT = 0.2

STAGE_UNITS = (3, 4, 6)
STAGE_WIDTHS = (64, 128, 256)


def build(
    stage_units: tuple[int, ...] = STAGE_UNITS,
    stage_widths: tuple[int, ...] = STAGE_WIDTHS,
    context_filters: int = 512,
    decoder_filters: tuple[int, ...] = (320, 192, 128),
    attention_blocks: int = 2,
    classifier: bool = True,
    correction_filters: int = 0,
    recognizer: bool = False,
) -> Model:
    """Build the network with random weights.

    Args:
        stage_units: bottleneck units of encoder stages 1 to 3 (strides 4, 8, 16).
        stage_widths: inner widths of these stages; the outer widths are four times that.
        context_filters: width of the residual stage at stride 32.
        decoder_filters: widths of the decoder at strides 16, 8, 4.
        attention_blocks: blocks of self-attention at stride 16; the weights that ship have 4.
        classifier: whether a frozen MobileNetV2 helps to tell what the photograph shows.
        correction_filters: width of the network that corrects the logits at stride 16; 0 leaves it out. The
            weights that ship have 320.
        recognizer: whether a frozen EfficientNet-Lite2 helps the correction.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 32.

    Output shape:
        logits over `bins.ab_bins()`, float32, `(batch_size, height / 4, width / 4, 261)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    stride4, stride8, stride16 = _encoder(lightness, stage_units, stage_widths)

    x = _context(stride16, context_filters)
    if classifier:
        x = _add_classified(x, lightness)
    x = _add_scene(x)
    skips = {16: stride16, 8: stride8, 4: stride4}
    for filters, (stride, skip) in zip(decoder_filters, skips.items(), strict=True):
        x = layers.UpSampling2D(interpolation="bilinear", name=f"decoder{stride}_up")(x)
        lateral = _conv_norm_relu(skip, filters // 2, 1, f"decoder{stride}_lateral")
        x = layers.Concatenate(name=f"decoder{stride}_concat")([x, lateral])
        x = _conv_norm_relu(x, filters, 3, f"decoder{stride}_conv1")
        x = _conv_norm_relu(x, filters, 3, f"decoder{stride}_conv2")
        for block in range(attention_blocks if stride == 16 else 0):
            x = AttentionBlock(num_heads=max(1, filters // 64), name=f"attention{block}")(x)
        if stride == 16:
            seen = x

    logits = layers.Conv2D(len(ab_bins()), 1, dtype="float32", name="ab_logits")(x)
    if correction_filters:
        coarse = layers.AveragePooling2D(4, name="correction_pool")(logits)
        maps = [_project(seen, correction_filters, "seen"), _project(coarse, correction_filters, "coarse")]
        if recognizer:
            maps += _recognized(lightness, correction_filters)
        logits = _corrected(logits, maps)
    return Model(lightness, logits, name="resnet50_unet")


def _pretrained(model: Model) -> list[layers.Layer]:
    """The layers for the weights of GluonCV's ResNet-50 v2 and, if the model has one, MobileNetV2."""
    return _stages(model, len(STAGE_UNITS)) + [layer for part in _classifiers(model) for layer in part.layers]


def _classifiers(model: Model) -> list[Model]:
    """The classifier, if the model has one."""
    return [layer for layer in model.layers if layer.name == CLASSIFIER]


def _stages(model: Model, stages: int) -> list[layers.Layer]:
    """The layers of the stem (`stages=0`) and of the first `stages` stages."""
    prefixes = ("conv0", "batchnorm", *(f"stage{s}_" for s in range(1, stages + 1)))
    if stages == len(STAGE_UNITS):
        prefixes += ("stage4_",)  # the normalisation at the end of stage 3 is named as part of stage 4
    return [layer for layer in model.layers if layer.name.startswith(prefixes)]


NETWORK = Network(
    INFO, build, encoder=Encoder(pretrained=_pretrained, frozen=_stages, classifier=_classifiers, files=2)
)


class AttentionBlock(layers.Layer):
    """Self-attention over all places of a feature map, then a two-layer perceptron at each, both residual.

    The last projections start at zero, so that a new block changes nothing and can be added to a trained network.

    Input shape:
        `(batch_size, height, width, channels)`

    Output shape:
        the same.

    Args:
        num_heads: heads of the attention; must divide the channels.
    """

    def __init__(self, num_heads: int, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        channels = input_shape[-1]
        places = (None, None, channels)
        self.attention_norm = layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy, name="attention_norm")
        # Keras' MultiHeadAttention would do; plain matrices keep the softmax in float32 on every backend.
        self.query_key_value = layers.Dense(3 * channels, dtype=self.dtype_policy, name="query_key_value")
        self.merge_heads = layers.Dense(
            channels, kernel_initializer="zeros", dtype=self.dtype_policy, name="merge_heads"
        )
        self.perceptron_norm = layers.LayerNormalization(epsilon=1e-5, dtype=self.dtype_policy, name="perceptron_norm")
        self.widen = layers.Dense(2 * channels, activation="gelu", dtype=self.dtype_policy, name="widen")
        self.narrow = layers.Dense(channels, kernel_initializer="zeros", dtype=self.dtype_policy, name="narrow")
        for layer in (self.attention_norm, self.query_key_value, self.merge_heads, self.perceptron_norm, self.widen):
            layer.build(places)
        self.narrow.build((None, None, 2 * channels))

    def call(self, x):
        batch, height, width, channels = ops.shape(x)
        y = ops.reshape(x, (batch, height * width, channels))
        y = y + self.merge_heads(self._attend(self.query_key_value(self.attention_norm(y))))
        y = y + self.narrow(self.widen(self.perceptron_norm(y)))
        return ops.reshape(y, (batch, height, width, channels))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return super().get_config() | {"num_heads": self.num_heads}

    def _attend(self, query_key_value):
        batch, places, channels = ops.shape(query_key_value)
        size = channels // 3 // self.num_heads
        heads = ops.reshape(query_key_value, (batch, places, 3, self.num_heads, size))
        query, key, value = ops.unstack(ops.transpose(heads, (2, 0, 3, 1, 4)), 3)
        scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
        shares = ops.softmax(ops.cast(scores, "float32") * size**-0.5, axis=-1)
        seen = ops.matmul(ops.cast(shares, value.dtype), value)
        return ops.reshape(ops.swapaxes(seen, 1, 2), (batch, places, channels // 3))


def _encoder(lightness, stage_units, stage_widths) -> list:
    scale = [2.55 / std for std in IMAGENET_STD]
    offset = [-mean / std for mean, std in zip(IMAGENET_MEAN, IMAGENET_STD, strict=True)]
    # In float32 whatever the policy: bfloat16 would round L* to half units before it is centred.
    x = layers.Concatenate(dtype="float32", name="gray_to_rgb")([lightness] * 3)
    x = layers.Rescaling(scale, offset, dtype="float32", name="imagenet_norm")(x)
    return residual_stages(x, stage_units, stage_widths)


def residual_stages(
    x, stage_units: tuple[int, ...] = STAGE_UNITS, stage_widths: tuple[int, ...] = STAGE_WIDTHS
) -> list:
    """The stem and the stages of a ResNet-50 v2.

    Args:
        x: RGB, normalised as for ImageNet.

    Returns:
        the maps after each stage, at strides 4, 8 and 16.
    """
    x = _norm("batchnorm0")(x)
    x = layers.ZeroPadding2D(3, name="conv0_pad")(x)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv0")(x)
    x = layers.ReLU(name="conv0_relu")(_norm("batchnorm1")(x))
    x = layers.ZeroPadding2D(1, name="pool0_pad")(x)  # after a ReLU, zero is the smallest value and works like -inf
    x = layers.MaxPooling2D(3, strides=2, name="pool0")(x)

    sums = []
    for stage, (units, width) in enumerate(zip(stage_units, stage_widths, strict=True), start=1):
        for unit in range(units):
            strides = 2 if unit == 0 and stage > 1 else 1
            x = _bottleneck(x, width, strides, 3 * unit, f"stage{stage}", project=unit == 0)
        sums.append(x)
    sums[-1] = layers.ReLU(name="stage4_relu")(_norm("stage4_batchnorm0")(sums[-1]))
    return sums


def _bottleneck(x, width: int, strides: int, k: int, stage: str, project: bool):
    """Pre-activation bottleneck unit; `k` numbers its layers as the original weights do."""
    first = k if project else k + 1  # the projection of the first unit has a number of its own
    activated = layers.ReLU(name=f"{stage}_relu{k}")(_norm(f"{stage}_batchnorm{k}")(x))
    shortcut = x
    if project:
        shortcut = layers.Conv2D(4 * width, 1, strides=strides, use_bias=False, name=f"{stage}_conv3")(activated)
    y = layers.Conv2D(width, 1, use_bias=False, name=f"{stage}_conv{first}")(activated)
    y = layers.ReLU(name=f"{stage}_relu{k + 1}")(_norm(f"{stage}_batchnorm{k + 1}")(y))
    y = layers.ZeroPadding2D(1, name=f"{stage}_pad{k + 1}")(y)
    y = layers.Conv2D(width, 3, strides=strides, use_bias=False, name=f"{stage}_conv{first + 1}")(y)
    y = layers.ReLU(name=f"{stage}_relu{k + 2}")(_norm(f"{stage}_batchnorm{k + 2}")(y))
    y = layers.Conv2D(4 * width, 1, use_bias=False, name=f"{stage}_conv{first + 2}")(y)
    return layers.Add(name=f"{stage}_add{k}")([shortcut, y])


def _norm(name: str) -> layers.Layer:
    """Normalisation of the encoder: kept as pretrained, since small batches of grey photographs would disturb it."""
    return layers.BatchNormalization(epsilon=1e-5, trainable=False, name=name)


def _context(x, filters: int):
    """Residual stage at stride 32."""
    x = _conv_norm_relu(x, filters, 1, "context_reduce")
    y = _conv_norm_relu(x, filters, 3, "context_conv1", strides=2)
    y = layers.BatchNormalization(name="context_norm2")(_conv(y, filters, 3, "context_conv2"))
    shortcut = layers.AveragePooling2D(2, name="context_pool")(x)
    return layers.ReLU(name="context_out")(layers.Add(name="context_add")([shortcut, y]))


def _add_classified(x, lightness):
    """Add the projected features of an ImageNet classifier; the projection starts at zero, as in attention."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # depthwise convolutions are slow in bfloat16
    try:
        classifier = keras.applications.MobileNetV2(
            weights=None, include_top=False, input_shape=(None, None, 3), name=CLASSIFIER
        )
    finally:
        keras.config.set_dtype_policy(policy)
    classifier.trainable = False
    y = layers.Concatenate(dtype="float32", name="classifier_rgb")([lightness] * 3)
    y = classifier(layers.Rescaling(1 / 50, -1.0, dtype="float32", name="classifier_scale")(y))
    y = _conv(y, x.shape[-1], 1, "classifier_project")
    y = layers.BatchNormalization(gamma_initializer="zeros", name="classifier_norm")(y)
    return layers.ReLU(name="classifier_out")(layers.Add(name="classifier_add")([x, y]))


def _add_scene(x):
    """Add one vector to every place: the mean over the whole photograph, projected."""
    scene = layers.GlobalAveragePooling2D(keepdims=True, name="scene_pool")(x)
    scene = layers.Conv2D(x.shape[-1], 1, name="scene_project")(scene)
    return layers.Add(name="scene_add")([x, scene])


def _recognized(lightness, filters: int) -> list:
    """The projected maps of an EfficientNet-Lite2 at strides 16 and 32, both brought to stride 16."""
    recognizer = efficientnet_lite.build()
    recognizer.trainable = False
    x = layers.Concatenate(dtype="float32", name="recognizer_rgb")([lightness] * 3)
    x = layers.Rescaling(2.55 / 128, -127 / 128, dtype="float32", name="recognizer_scale")(x)
    stride16, stride32 = recognizer(x)
    stride32 = _project(stride32, filters, "recognized32")
    return [
        _project(stride16, filters, "recognized16"),
        layers.UpSampling2D(interpolation="bilinear", name="correction_recognized_up")(stride32),
    ]


def _corrected(logits, maps: list):
    """Add a correction of stride 16 to the logits of stride 4; its last layer starts at zero, as in attention."""
    x = layers.Add(name="correction_add")(maps)
    x = layers.Activation("gelu", name="correction_gelu")(x)
    around = layers.DepthwiseConv2D(5, padding="same", dtype="float32", name="correction_around")(x)
    x = _perceptron(x, around, "correction_perceptron1")
    x = _perceptron(x, x, "correction_perceptron2")
    x = layers.Dropout(CORRECTION_DROPOUT, name="correction_dropout")(x)
    x = layers.LayerNormalization(name="correction_norm")(x)
    x = layers.Dense(logits.shape[-1], kernel_initializer="zeros", dtype="float32", name="correction_logits")(x)
    x = layers.UpSampling2D(4, interpolation="bilinear", dtype="float32", name="correction_up")(x)
    return layers.Add(dtype="float32", name="corrected_logits")([logits, x])


def _project(x, filters: int, name: str):
    x = layers.LayerNormalization(name=f"correction_{name}_norm")(x)
    return layers.Dense(filters, use_bias=False, name=f"correction_{name}")(x)


def _perceptron(x, y, name: str):
    """Add a two-layer perceptron of `y` at each place to `x`."""
    y = layers.LayerNormalization(name=f"{name}_norm")(y)
    y = layers.Dense(2 * x.shape[-1], activation="gelu", name=f"{name}_widen")(y)
    y = layers.Dense(x.shape[-1], kernel_initializer="zeros", name=f"{name}_narrow")(y)
    return layers.Add(name=f"{name}_add")([x, y])


def _conv(x, filters: int, kernel_size: int, name: str, strides: int = 1):
    return layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False, name=name)(x)


def _conv_norm_relu(x, filters: int, kernel_size: int, name: str, strides: int = 1):
    x = _conv(x, filters, kernel_size, name, strides)
    return layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(name=f"{name}_norm")(x))
