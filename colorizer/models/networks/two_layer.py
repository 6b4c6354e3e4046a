"""Two convolutions and a dense layer: the first version of the global and local network.

- Tunuguntla, Bhat 2016, *Image Colorization* (Wisconsin, student report), "initial model"

The report's dense layer only fits pictures of 32 pixels; here it is dense at every pixel, which fits all sizes. Loss
and optimiser are as in `global_local`; the rate is 0.001.
"""

from keras import Input, Model

from colorizer.models.info import ModelInfo, Network
from colorizer.models.layers import ResizeTo, colors, conv, normalized
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Two layers",
    description="A student network of two layers. It sees five by five pixels around each spot, and nothing else.",
    source="Tunuguntla, Bhat 2016: Image Colorization, initial model (Wisconsin, student report)",
    departures="The dense layer is applied pixel by pixel, so that photographs of any size fit.",
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=128,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=32,
        crop_size=64,
        crop_scale=(1.0, 1.0),
        degraded=0.0,
    ),
)


def build(kernel_size: int = 3, padding: str = "same", activation: str = "tanh", output: str = "ab") -> Model:
    """Build the network with random weights; see `landscape_autoencoder` for the arguments.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`.

    Output shape:
        ab, `(batch_size, height, width, 2)`; or logits, `(batch_size, height, width, 261)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    x = conv(normalized(lightness), 64, kernel_size, "conv1", padding=padding)
    x = conv(x, 128, kernel_size, "conv2", padding=padding)
    x = colors(x, output, activation)
    if padding == "valid":
        x = ResizeTo(1, dtype="float32", name="stretch")([x, lightness])
    return Model(lightness, x, name="two_layer")


NETWORK = Network(INFO, build)
