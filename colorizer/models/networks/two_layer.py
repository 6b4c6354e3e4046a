"""Two convolutions and a dense layer: the first version of the global and local network.

- Tunuguntla, Bhat 2016, *Image Colorization* (Wisconsin, student report), "initial model"

The report's dense layer only fits pictures of 32 pixels; here it is dense at every pixel, which fits all sizes. Loss
and optimiser are as in `global_local`; the rate is 0.001.
"""

from keras import Input, Model

from colorizer.models.facts.two_layer import INFO
from colorizer.models.info import Network
from colorizer.models.layers import ResizeTo, colors, conv, normalized


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
