"""VGG16 as an encoder, six convolutions as a decoder: 19 layers with weights.

- Ain Shams University 2021, *Automatic Colorization Using Convolution Neural Networks* (student report), first model
- Simonyan & Zisserman 2014, *VGG16*, arXiv 1409.1556

The report counts 19 layers; its figure of them is lost. VGG16 without its classifier has 13 convolutions, so the
decoder has six: 256, 128, 64, 32, 16 and 2 maps. There are five upsamplings, as many as poolings: four between the
first five convolutions, and one of ab after the last. The report mentions a cross-entropy, and skip connections in work
it was inspired by, but measured the squared error of a plain encoder and decoder. Its batches were of 100; here they
are of 20, to fit into memory at 224 pixels. It does not give the rate; here it is 1e-4, since pretrained layers are
tuned.
"""

from keras import Input, Model, layers

from colorizer.models.facts.vgg16_autoencoder import INFO
from colorizer.models.info import Encoder, Network
from colorizer.models.layers import colors, conv

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
DECODER = (256, 128, 64, 32, 16)


def build(width: float = 1.0, kernel_size: int = 3, activation: str = "tanh", output: str = "ab") -> Model:
    """Build the network with random weights.

    Args:
        width: factor on the filters of every layer; 1 is VGG16.
        kernel_size: side of the decoder's convolution windows.
        activation: of the last layer: tanh, sigmoid, softsign or linear.
        output: ab, or bins for classification.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 32.

    Output shape:
        ab, `(batch_size, height, width, 2)`; or logits, `(batch_size, height / 2, width / 2, 261)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    x = layers.Concatenate(dtype="float32", name="gray_to_rgb")([lightness] * 3)
    # minus ImageNet's mean blue, green and red, in Caffe's order, as VGG16 was trained
    x = layers.Rescaling(2.55, [-103.939, -116.779, -123.68], dtype="float32", name="imagenet_norm")(x)
    for block, (filters, convolutions) in enumerate(BLOCKS, start=1):
        for i in range(1, convolutions + 1):
            x = conv(x, round(width * filters), 3, f"block{block}_conv{i}")
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)

    for i, filters in enumerate(DECODER, start=1):
        x = conv(x, round(width * filters), kernel_size, f"decoder_conv{i}")
        if i < len(DECODER):
            x = layers.UpSampling2D(name=f"decoder_up{i}")(x)
    x = colors(x, output, activation, kernel_size)
    if output == "ab":
        x = layers.UpSampling2D(name="decoder_up5")(x)
    return Model(lightness, x, name="vgg16_autoencoder")


def _convolutions(model: Model, blocks: int = len(BLOCKS)) -> list[layers.Layer]:
    """The convolutions of VGG16's first `blocks` blocks."""
    prefixes = tuple(f"block{block}_conv" for block in range(1, blocks + 1))
    return [layer for layer in model.layers if layer.name.startswith(prefixes)] if prefixes else []


NETWORK = Network(
    INFO,
    build,
    encoder=Encoder(pretrained=_convolutions, frozen=_convolutions, application=lambda model: "vgg16"),
)
