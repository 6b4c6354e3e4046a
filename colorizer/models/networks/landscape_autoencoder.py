"""The landscape autoencoder: convolutions down to an eighth of the size and up again.

- Wast, Kanwar, *Coloring Black and White Images using Keras* (student report), figure 5
- Wallner 2017, *Colorize B&W Photos with a 100-line Neural Network* (source of the layers)

Where the report says nothing: L* is scaled to 0..1, and ab is 128 times the output, since the report multiplies so;
ReLU is used everywhere but at the end. Crops are the largest square of a photograph, where the report squeezes it into
a square; batches are of 16, where the report used one batch of the whole data set. The report tried `valid` padding
without saying how the size was restored; here the output is stretched over the picture.
"""

from keras import Input, Model

from colorizer.models.info import ModelInfo, Network
from colorizer.models.layers import decoder, encoder, normalized
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Landscape autoencoder",
    description=(
        "A student network that its authors trained on 305 landscapes. It predicts one colour for every spot, the mean "
        "of all likely ones, and so tends to brown."
    ),
    source="Wast, Kanwar: Coloring Black and White Images using Keras (student report), after Wallner 2017",
    departures=(
        "Layers and their widths are the report's. Trained on photographs of all kinds unless `--include` says "
        "otherwise; Adamax, which the report found best; early stopping instead of 500 epochs."
    ),
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=256,
    recipe=Recipe(
        loss="mse",
        optimizer="adamax",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=16,
        crop_size=256,
        crop_scale=(1.0, 1.0),
        degraded=0.0,
    ),
    training="--patience 5",
)


def build(kernel_size: int = 3, padding: str = "same", activation: str = "tanh", output: str = "ab") -> Model:
    """Build the network with random weights.

    Args:
        kernel_size: side of the convolution windows; the report tried 3, 5 and 7.
        padding: same or valid; the report tried both.
        activation: of the last layer: tanh, sigmoid, softsign or linear.
        output: ab, or bins for classification.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        ab, `(batch_size, height, width, 2)`; or logits, `(batch_size, height / 2, width / 2, 261)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    x = encoder(normalized(lightness), kernel_size, padding)
    x = decoder(x, lightness, output, activation, kernel_size, padding)
    return Model(lightness, x, name="landscape_autoencoder")


NETWORK = Network(INFO, build)
