"""Fusion of an encoder with a classifier's output, trained on zoomed, mirrored and sheared photographs.

- Ain Shams University 2021, *Automatic Colorization Using Convolution Neural Networks* (student report), second model
- Soni, DasGupta, Yadav, Vaishnav, *Colorization of Grayscale Images Using Deep Learning* (IIIT Vadodara, report)

Both build on Deep Koalarization. The second "experimented with deeper convolutional layers" without saying where; here
one more convolution of 256 maps follows the fusion. The first trained in batches of 100, the second in batches of 20,
as here. Both used Adam and the squared error, the first with a rate of 0.001.
"""

from keras import Model

from colorizer.models import extractors
from colorizer.models.info import ModelInfo, Network
from colorizer.models.networks.koalarization import build_fusion
from colorizer.models.recipe import Recipe

INFO = ModelInfo(
    title="Inception fusion",
    description=(
        "The network of Baldassarre and others as two groups of students rebuilt it: one layer deeper, and trained on "
        "zoomed, mirrored and sheared photographs."
    ),
    source="Ain Shams University 2021, second model; IIIT Vadodara (student reports), after arXiv 1712.03400",
    departures=(
        "The classifier is MobileNetV2, adapted to grey pictures, in place of Inception-ResNet-v2, which "
        "`--set extractor=inception_resnet_v2` brings back for those who can download it."
    ),
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=256,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=20,
        crop_size=256,
        crop_scale=(0.7, 1.0),
        shear=15.0,
        degraded=0.0,
    ),
    training="--encoder imagenet",
)


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
