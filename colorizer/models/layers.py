"""Layers that several networks share: scaling of the input, Wallner's encoder and decoder, the output layer."""

from keras import layers, ops

from colorizer.models.errors import HyperparameterError

AB_SCALE = 128.0
"""Factor by which an output activation in -1..1 is multiplied to give ab."""

ACTIVATIONS = ("tanh", "sigmoid", "softsign", "linear")
PADDINGS = ("same", "valid")

ENCODER = ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 1), (256, 1))
"""Filters and strides of the eight convolutions that Wallner's and the Koalarization encoders have in common."""


class ResizeTo(layers.Layer):
    """Resize feature maps to 1 / `stride` of the size of a picture.

    Input shape:
        maps `(batch_size, h, w, channels)` and the picture `(batch_size, height, width, 1)`.

    Output shape:
        `(batch_size, height / stride, width / stride, channels)`
    """

    def __init__(self, stride: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, inputs):
        maps, picture = inputs
        height, width = ops.shape(picture)[1:3]
        return ops.image.resize(maps, (height // self.stride, width // self.stride), interpolation="bilinear")

    def compute_output_shape(self, input_shape):
        (batch, _, _, channels), (_, height, width, _) = input_shape
        return batch, *(side and side // self.stride for side in (height, width)), channels

    def get_config(self):
        return super().get_config() | {"stride": self.stride}


def normalized(lightness, low: float = 0.0):
    """L* scaled to `low`..1, in float32 whatever the dtype policy: bfloat16 would round it to half units."""
    return layers.Rescaling((1 - low) / 100, low, dtype="float32", name="lightness_norm")(lightness)


def encoder(x, kernel_size: int, padding: str):
    """Eight convolutions with ReLU, from L* at H x W to 256 maps at H/8 x W/8."""
    for i, (filters, strides) in enumerate(ENCODER, start=1):
        x = conv(x, filters, kernel_size, f"encoder_conv{i}", padding=padding, strides=strides)
    return x


def decoder(x, lightness, output: str, activation: str, kernel_size: int, padding: str):
    """Convolutions and nearest-neighbour upsampling, from H/8 x W/8 to ab at H x W; logits stay at H/2 x W/2."""
    x = conv(x, 128, kernel_size, "decoder_conv1", padding=padding)
    x = layers.UpSampling2D(name="decoder_up1")(x)
    x = conv(x, 64, kernel_size, "decoder_conv2", padding=padding)
    x = layers.UpSampling2D(name="decoder_up2")(x)
    x = conv(x, 32, kernel_size, "decoder_conv3", padding=padding)
    x = conv(x, 16, kernel_size, "decoder_conv4", padding=padding)
    x = colors(x, output, activation, kernel_size, padding)
    if output == "ab":
        x = layers.UpSampling2D(name="decoder_up3")(x)
    if padding == "valid":  # every convolution has cut off an edge: stretch the rest over the whole picture
        x = ResizeTo(1 if output == "ab" else 2, dtype="float32", name="stretch")([x, lightness])
    return x


def conv(x, filters: int, kernel_size: int, name: str, padding: str = "same", strides: int = 1):
    """A convolution with ReLU."""
    if padding not in PADDINGS:
        raise HyperparameterError(f"padding must be one of {', '.join(PADDINGS)}. Received {padding!r}.")
    return layers.Conv2D(filters, kernel_size, strides=strides, padding=padding, activation="relu", name=name)(x)


def colors(x, output: str, activation: str = "tanh", kernel_size: int = 1, padding: str = "same", bins: int = 261):
    """The last layer: ab `(..., 2)` in its own units, or logits over bins, `(..., bins)`."""
    if output == "bins":
        return layers.Conv2D(bins, 1, dtype="float32", name="ab_logits")(x)
    if output != "ab":
        raise HyperparameterError(f"output must be ab or bins. Received {output!r}.")
    if activation not in ACTIVATIONS:
        raise HyperparameterError(f"activation must be one of {', '.join(ACTIVATIONS)}. Received {activation!r}.")
    x = layers.Conv2D(2, kernel_size, padding=padding, activation=activation, dtype="float32", name="ab_norm")(x)
    scale, offset = (2 * AB_SCALE, -AB_SCALE) if activation == "sigmoid" else (AB_SCALE, 0.0)
    return layers.Rescaling(scale, offset, dtype="float32", name="ab")(x)
