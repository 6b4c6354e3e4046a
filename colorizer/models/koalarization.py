"""Deep Koalarization: an encoder and a decoder that are told what the photograph shows.

- Baldassarre, González Morín, Rodés-Guirao 2017, *Deep Koalarization*, arXiv 1712.03400
- Lee 2021, *Deep Koalarization* (Columbia, student report), whose table of layers is followed

The paper's decoder has one convolution more; the report's table gives 6,541,202 trainable parameters and is what the
other reports built. The text of the report counts 1,257 maps after the fusion, its table 1,256 (256 and 1,000): the
table is right. Silent are the reports on the batch: 32 here. The embedding is the classifier's output before its
softmax, as the paper has it. Of a training crop the encoder sees the crop and the extractor the whole photograph.
"""

from keras import Input, Model, layers, ops

from colorizer.models import ModelInfo
from colorizer.models._extractors import encoder_layers, encoder_name, load_encoder, width_of, with_extractor
from colorizer.models._layers import conv, decoder, encoder, normalized
from colorizer.models.recipe import Recipe

__all__ = ["INFO", "build", "encoder_layers", "encoder_name", "load_encoder"]

INFO = ModelInfo(
    title="Deep Koalarization",
    description=(
        "The network of Baldassarre and others (2017). A classifier looks at the whole photograph and tells the "
        "network, for every spot alike, what it shows."
    ),
    source="Baldassarre, González Morín, Rodés-Guirao 2017 (arXiv 1712.03400)",
    departures=(
        "The classifier is MobileNetV2, adapted to grey pictures, in place of Inception-ResNet-v2, which "
        "`--set extractor=inception_resnet_v2` brings back for those who can download it."
    ),
    output="ab",
    output_stride=1,
    size_multiple=8,
    working_size=224,
    recipe=Recipe(
        loss="mse",
        optimizer="adam",
        schedule="constant",
        learning_rate=1e-3,
        warmup_steps=1,
        batch_size=32,
        crop_size=224,
        crop_scale=(1.0, 1.0),
        aged=0.0,
    ),
    training="--encoder imagenet",
)


def build(
    extractor: str = "mobilenet_v2",
    kernel_size: int = 3,
    padding: str = "same",
    activation: str = "tanh",
    output: str = "ab",
) -> Model:
    """Build the network with random weights.

    Args:
        extractor: mobilenet_v2, inception_resnet_v2 or vgg16; see `_extractors`.
        kernel_size, padding, activation, output: see `landscape_autoencoder`.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        ab, `(batch_size, height, width, 2)`; or logits, `(batch_size, height / 2, width / 2, 261)`.
    """
    network = build_fusion(width_of(extractor), kernel_size, padding, activation, output)
    return with_extractor(network, extractor, "koalarization")


def build_fusion(
    embedding_size: int,
    kernel_size: int = 3,
    padding: str = "same",
    activation: str = "tanh",
    output: str = "ab",
    extra_convolutions: int = 0,
) -> Model:
    """The trained part: of L* and of the embedding `(batch_size, embedding_size)` of the whole photograph."""
    lightness = Input((None, None, 1), name="lightness")
    embedding = Input((embedding_size,), name="embedding")
    x = encoder(normalized(lightness, low=-1.0), kernel_size, padding)
    x = layers.Concatenate(name="fusion_concat")([x, RepeatOver(name="fusion_repeat")([embedding, x])])
    x = conv(x, 256, 1, "fusion_conv")
    for i in range(1, extra_convolutions + 1):
        x = conv(x, 256, kernel_size, f"deeper_conv{i}")
    x = decoder(x, lightness, output, activation, kernel_size, padding)
    return Model([lightness, embedding], x, name="network")


class RepeatOver(layers.Layer):
    """Repeat a vector `(batch_size, n)` at every place of maps `(batch_size, h, w, c)`: `(batch_size, h, w, n)`."""

    def call(self, inputs):
        vector, maps = inputs
        return ops.broadcast_to(vector[:, None, None, :], (*ops.shape(maps)[:3], ops.shape(vector)[-1]))

    def compute_output_shape(self, input_shape):
        (_, numbers), maps = input_shape
        return *maps[:3], numbers
