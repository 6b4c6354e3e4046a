"""Baseline without colour: shows how well a photograph that stays grey scores; some measures rate it highly."""

from keras import Input, Model, layers

from colorizer.models.facts.grayscale import INFO
from colorizer.models.info import Network


def build() -> Model:
    """Build the model, which has no weights.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        zeros, `(batch_size, height / 8, width / 8, 2)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    x = layers.AveragePooling2D(8, name="pool")(lightness)
    x = layers.Concatenate(name="two_channels")([x, x])
    return Model(lightness, layers.Rescaling(0.0, dtype="float32", name="ab")(x), name="grayscale")


NETWORK = Network(INFO, build)
