"""Deep Koalarization: an encoder and a decoder, joined with a vector that says what the photograph shows.

- Baldassarre, González Morín, Rodés-Guirao 2017, *Deep Koalarization*, arXiv 1712.03400
- Lee 2021, *Deep Koalarization* (Columbia, student report), whose table of layers is followed

The decoder has as many convolutions as the paper's, five, but the report's widths: 128, 64, 32, 16 and 2 maps, where
the paper has 128, 64, 64, 32 and 2. The report's table gives 6,541,202 trainable parameters and is what the other
reports built. The text of the report counts 1,257 maps after the fusion, its table 1,256 (256 and 1,000); the table is
right. The reports do not give the batch size; it is 32 here. The vector ("embedding") is the classifier's output before
its softmax, as in the paper. In training, the encoder sees a crop and the extractor the whole photograph; in use, each
sees a copy of the whole.
"""

from keras import Input, Model, layers

from colorizer.models import extractors
from colorizer.models.facts.koalarization import INFO
from colorizer.models.info import Network
from colorizer.models.layers import conv, decoder, encoder, normalized


def build(
    extractor: str = "mobilenet_v2",
    kernel_size: int = 3,
    padding: str = "same",
    activation: str = "tanh",
    output: str = "ab",
) -> Model:
    """Build the network with random weights.

    Args:
        extractor: mobilenet_v2, inception_resnet_v2 or vgg16; see `extractors`.
        kernel_size, padding, activation, output: see `landscape_autoencoder`.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        ab, `(batch_size, height, width, 2)`; or logits, `(batch_size, height / 2, width / 2, 261)`.
    """
    fusion = build_fusion(extractors.width_of(extractor), kernel_size, padding, activation, output)
    return extractors.join(extractors.build(extractor), fusion, "koalarization")


NETWORK = Network(INFO, build, encoder=extractors.ENCODER)


def build_fusion(
    vector_size: int,
    kernel_size: int = 3,
    padding: str = "same",
    activation: str = "tanh",
    output: str = "ab",
    extra_convolutions: int = 0,
) -> Model:
    """The trained part; its inputs are L* and the extractor's vector `(batch_size, vector_size)` of the photograph."""
    lightness = Input((None, None, 1), name="lightness")
    vector = Input((vector_size,), name="vector")
    x = encoder(normalized(lightness, low=-1.0), kernel_size, padding)
    x = layers.Concatenate(name="fusion_concat")([x, extractors.RepeatOver(name="fusion_repeat")([vector, x])])
    x = conv(x, 256, 1, "fusion_conv")
    for i in range(1, extra_convolutions + 1):
        x = conv(x, 256, kernel_size, f"deeper_conv{i}")
    x = decoder(x, lightness, output, activation, kernel_size, padding)
    return Model([lightness, vector], x, name="network")
