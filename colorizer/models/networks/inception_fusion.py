"""Fusion of an encoder with a classifier's output, trained on zoomed, mirrored and sheared photographs.

- Ain Shams University 2021, *Automatic Colorization Using Convolution Neural Networks* (student report), second model
- Soni, DasGupta, Yadav, Vaishnav, *Colorization of Grayscale Images Using Deep Learning* (IIIT Vadodara, report)

Both build on Deep Koalarization. The second "experimented with deeper convolutional layers" without saying where; here
one more convolution of 256 maps follows the fusion. The first trained in batches of 100, the second in batches of 20,
as here. Both used Adam and the squared error, the first with a rate of 0.001.
"""

from keras import Model

from colorizer.models import extractors
from colorizer.models.facts.inception_fusion import INFO
from colorizer.models.info import Network
from colorizer.models.networks.koalarization import build_fusion


def build(
    extractor: str = "mobilenet_v2",
    kernel_size: int = 3,
    activation: str = "tanh",
    output: str = "ab",
    extra_convolutions: int = 1,
) -> Model:
    """Build the network with random weights.

    Args:
        extractor, kernel_size, activation, output: see `koalarization`.
        extra_convolutions: convolutions of 256 maps after the fusion.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        ab, `(batch_size, height, width, 2)`; or logits, `(batch_size, height / 2, width / 2, 261)`.
    """
    fusion = build_fusion(extractors.width_of(extractor), kernel_size, "same", activation, output, extra_convolutions)
    return extractors.join(extractors.build(extractor), fusion, "inception_fusion")


NETWORK = Network(INFO, build, encoder=extractors.ENCODER)
