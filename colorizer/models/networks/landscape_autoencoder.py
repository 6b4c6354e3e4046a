"""The landscape autoencoder: convolutions down to an eighth of the size and up again.

- Wast, Kanwar, *Coloring Black and White Images using Keras* (student report), figure 5
- Wallner 2017, *Colorize B&W Photos with a 100-line Neural Network* (source of the layers)

Where the report says nothing: L* is scaled to 0..1, and ab is 128 times the output, since the report multiplies so;
ReLU is used everywhere but at the end. Crops are the largest square of a photograph, where the report squeezes it into
a square; batches are of 16, where the report used one batch of the whole data set. The report tried `valid` padding
without saying how the size was restored; here the output is stretched over the picture.
"""

from keras import Input, Model

from colorizer.models.facts.landscape_autoencoder import INFO
from colorizer.models.info import Network
from colorizer.models.layers import decoder, encoder, normalized


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
