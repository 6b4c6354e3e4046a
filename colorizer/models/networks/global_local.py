"""Global features of VGG16 and local features of a small network, joined by a third network that predicts ab.

- Tunuguntla, Bhat 2016, *Image Colorization* (Wisconsin, student report)

The report does not say which of VGG16's last layers are the global features. Here they are the last feature maps,
averaged over the picture: 512 numbers, whatever its size. The report's final layer is "densely connected with tanh" and
predicts both components at once. Here it is dense at every place of the joint network and gives the 8 x 8 pixels that
three poolings have reduced to this place. The report does not give loss, optimiser, rate and initial weights. Here they
are squared error, Adam, 1e-4, and a last layer that starts near zero, that is at grey. With a rate of 0.001, or with
Glorot's weights in that layer, which start at the most vivid colours, the first steps set all joint units to zero for
good. The global features are normalised (layer normalisation, epsilon 0.001) before they are joined; the report does
not mention this.
"""

from keras import Input, Model, initializers, layers, ops

from colorizer.models import extractors
from colorizer.models.facts.global_local import INFO
from colorizer.models.info import Network
from colorizer.models.layers import AB_SCALE, colors, conv, normalized

CELL = 8
"""Side of the square of pixels that one place of the joint network colours."""


def build(extractor: str = "vgg16", kernel_size: int = 3, activation: str = "tanh", output: str = "ab") -> Model:
    """Build the network with random weights.

    Args:
        extractor: vgg16, mobilenet_v2 or inception_resnet_v2; see `extractors`.
        kernel_size: side of the convolution windows.
        activation: of the last layer: tanh, sigmoid, softsign or linear.
        output: ab, or bins for classification.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        ab, `(batch_size, height, width, 2)`; or logits, `(batch_size, height / 8, width / 8, 261)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    features = Input((extractors.width_of(extractor),), name="features")
    x = normalized(lightness)
    for i, filters in enumerate((64, 128, 128), start=1):
        x = conv(x, filters, kernel_size, f"local_conv{i}")
        x = layers.BatchNormalization(name=f"local_norm{i}")(x)
        x = layers.MaxPooling2D(2, name=f"local_pool{i}")(x)
    features_norm = layers.LayerNormalization(dtype="float32", name="global_norm")(features)
    x = layers.Concatenate(name="joint_concat")([x, extractors.RepeatOver(name="global_repeat")([features_norm, x])])
    for i in (1, 2):
        x = conv(x, 64, kernel_size, f"joint_conv{i}")
    if output == "bins":
        x = colors(x, output)
    else:
        near_zero = initializers.RandomNormal(stddev=1e-3)
        x = layers.Conv2D(
            2 * CELL**2, 1, activation=activation, kernel_initializer=near_zero, dtype="float32", name="dense"
        )(x)
        x = layers.Rescaling(AB_SCALE, dtype="float32", name="ab_scale")(x)
        x = CellsToPixels(CELL, dtype="float32", name="ab")(x)
    return extractors.join(extractors.build(extractor), Model([lightness, features], x, name="network"), "global_local")


NETWORK = Network(INFO, build, encoder=extractors.ENCODER)


class CellsToPixels(layers.Layer):
    """Lay the channels of each place out as a square of pixels: `(n, h, w, side² * c)` -> `(n, side h, side w, c)`."""

    def __init__(self, side: int, **kwargs):
        super().__init__(**kwargs)
        self.side = side

    def call(self, x):
        count, height, width, channels = ops.shape(x)
        x = ops.reshape(x, (count, height, width, self.side, self.side, channels // self.side**2))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (count, height * self.side, width * self.side, channels // self.side**2))

    def compute_output_shape(self, input_shape):
        count, height, width, channels = input_shape
        return count, height and height * self.side, width and width * self.side, channels // self.side**2

    def get_config(self):
        return super().get_config() | {"side": self.side}
