"""Colorful Image Colorization: a dilated VGG-style classifier over 313 ab bins at a quarter of the size.

- Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, figure 2 and section 2

Layer widths, strides, dilations and the one batch normalisation per block are as in the paper. Departures: He's
initialisation instead of the data-dependent one of the paper; L* is centred and scaled to -0.5..0.5; the annealed mean
is taken where a photograph is rendered (`inference`), at the model's temperature. With `output="ab"` it is the
paper's regression, whose colours are desaturated according to the paper.
"""

from keras import Input, Model, layers

from colorizer.models.facts.eccv16 import INFO
from colorizer.models.info import Network
from colorizer.models.layers import colors

BLOCKS = (
    # filters, convolutions, strides of the last one, dilation
    (64, 2, 2, 1),
    (128, 2, 2, 1),
    (256, 3, 2, 1),
    (512, 3, 1, 1),
    (512, 3, 1, 2),
    (512, 3, 1, 2),
    (512, 3, 1, 1),
)


def build(width: float = 1.0, kernel_size: int = 3, bins: int = 313, output: str = "bins") -> Model:
    """Build the network with random weights.

    Args:
        width: factor on the filters of every layer; 1 is the paper's network.
        kernel_size: side of the convolution windows.
        bins: 313 as in the paper, or 261; see `bins.bins_of`.
        output: bins, or ab for regression.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        logits over the bins, float32, `(batch_size, height / 4, width / 4, bins)`; or ab, `(..., 2)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    x = layers.Rescaling(1 / 100, -0.5, dtype="float32", name="lightness_norm")(lightness)
    for block, (filters, convolutions, strides, dilation) in enumerate(BLOCKS, start=1):
        for i in range(1, convolutions + 1):
            x = layers.Conv2D(
                round(width * filters),
                kernel_size,
                strides=strides if i == convolutions else 1,
                dilation_rate=dilation,
                padding="same",
                activation="relu",
                kernel_initializer="he_normal",
                name=f"conv{block}_{i}",
            )(x)
        x = layers.BatchNormalization(name=f"conv{block}_norm")(x)

    filters = round(width * 256)
    x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same", activation="relu", name="conv8_1")(x)
    for i in (2, 3):
        x = layers.Conv2D(
            filters, kernel_size, padding="same", activation="relu", kernel_initializer="he_normal", name=f"conv8_{i}"
        )(x)
    return Model(lightness, colors(x, output, bins=bins), name="eccv16")


NETWORK = Network(INFO, build)
