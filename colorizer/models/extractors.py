"""Extractors: pretrained classifiers that compute one vector for a whole photograph, which says what it shows.

- Szegedy et al. 2016, *Inception-v4, Inception-ResNet*, arXiv 1602.07261
- Sandler et al. 2018, *MobileNetV2*, arXiv 1801.04381
- Simonyan & Zisserman 2014, *VGG16*, arXiv 1409.1556

A network with an extractor has two parts: the extractor is frozen and sees each photograph once, as a small square
copy; the other part is trained on L* and on the vector.
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import Input, Model, layers, ops

from colorizer.models.errors import HyperparameterError
from colorizer.models.info import Encoder

SIDE = 299
"""Side of the square copy that an extractor sees, in pixels."""

DISTILLED = "extractor.weights.h5"
"""File name under which a training saves its extractor."""

WIDTHS = {"inception_resnet_v2": 1000, "mobilenet_v2": 1000, "vgg16": 512}
"""Length of the vector: logits of the 1,000 ImageNet classes, or VGG16's last maps averaged over the picture."""


class Parts(NamedTuple):
    """The two parts of a model, for training, or for calling them one by one."""

    extractor: Model | None
    """From L* of the square copy, `(N, side, side, 1)` with the side in its `input_shape`, to vectors; frozen."""
    trained: Model
    """From L* and vectors, or from L* alone where there is no extractor, to the model's output."""


class ModelWithExtractor(Model):
    """A model whose only input is L*; its extractor gets a square copy of it. Made by `join`.

    The copy is made from the L* that the model is given. Where the whole photograph is available, a copy of that is
    better, and is what the training used: call the two parts one after the other, as `inference` does.

    Args:
        parts: returns the extractor and the trained part. It is a function, because Keras would save the weights of
            models that are attributes a second time.
    """

    def __init__(self, inputs, outputs, parts: Callable[[], Parts], name: str):
        super().__init__(inputs, outputs, name=name)
        self.parts = parts


def join(extractor: Model, trained: Model, name: str) -> ModelWithExtractor:
    """Join an extractor and a network of `[L*, vector]` to one model whose only input is L*.

    Args:
        extractor: from L* of a square `(N, side, side, 1)` to vectors `(N, n)`; it is frozen here.
        trained: from `[(N, H, W, 1), (N, n)]` to colours.
    """
    extractor.trainable = False
    side = extractor.input_shape[1]
    lightness = Input((None, None, 1), name="lightness")
    copy = layers.Resizing(side, side, dtype="float32", name="copy")(lightness)
    colors = trained([lightness, extractor(copy)])
    return ModelWithExtractor(lightness, colors, lambda: Parts(extractor, trained), name)


def parts_of(model: Model) -> Parts:
    """The extractor and the trained part of a model; a model without an extractor is trained as a whole."""
    return model.parts() if isinstance(model, ModelWithExtractor) else Parts(None, model)


def width_of(extractor: str) -> int:
    """Length of an extractor's vector.

    Raises:
        HyperparameterError: no such extractor.
    """
    if extractor not in WIDTHS:
        raise HyperparameterError(f"extractor must be one of {', '.join(WIDTHS)}. Received {extractor!r}.")
    return WIDTHS[extractor]


def build(name: str) -> Model:
    """An extractor with random weights.

    Input shape:
        L*, 0..100, `(batch_size, SIDE, SIDE, 1)`.

    Output shape:
        float32 `(batch_size, width_of(name))`

    Raises:
        HyperparameterError: no such extractor.
    """
    lightness = Input((SIDE, SIDE, 1), name="lightness")
    x = layers.Concatenate(dtype="float32", name="gray_to_rgb")([lightness] * 3)
    if name == "vgg16":  # minus ImageNet's mean blue, green and red: Caffe's order
        x = layers.Rescaling(2.55, [-103.939, -116.779, -123.68], dtype="float32", name="imagenet_norm")(x)
    else:
        x = layers.Rescaling(1 / 50, -1.0, dtype="float32", name="imagenet_norm")(x)
    x = layers.Activation("linear", dtype="float32", name="vector")(classifier(name)(x))
    return Model(lightness, x, name="extractor")


def classifier(name: str) -> Model:
    """A network of `keras.applications` with random weights, from three channels to the vector of `width_of(name)`.

    Raises:
        HyperparameterError: no such extractor.
    """
    width_of(name)
    options = {"weights": None, "input_shape": (SIDE, SIDE, 3), "name": name}
    if name == "vgg16":
        return keras.applications.VGG16(include_top=False, pooling="avg", **options)
    if name == "mobilenet_v2":
        return keras.applications.MobileNetV2(classifier_activation=None, **options)
    return keras.applications.InceptionResNetV2(classifier_activation=None, **options)


def classifier_in(extractor: Model) -> Model:
    """The network of `keras.applications` within an extractor."""
    return next(layer for layer in extractor.layers if isinstance(layer, Model))


def _application(model: Model) -> str:
    return classifier_in(parts_of(model).extractor).name


def _pretrained(model: Model) -> list[layers.Layer]:
    return classifier_in(parts_of(model).extractor).layers


def _frozen(model: Model, stages: int) -> list[layers.Layer]:
    """All of the extractor, whatever the number of stages."""
    return [parts_of(model).extractor]


ENCODER = Encoder(pretrained=_pretrained, frozen=_frozen, application=_application)
"""Value of `Network.encoder` for every network with an extractor."""


class RepeatOver(layers.Layer):
    """Repeat a vector `(batch_size, n)` at every place of maps `(batch_size, h, w, c)`: `(batch_size, h, w, n)`."""

    def call(self, inputs):
        vector, maps = inputs
        return ops.broadcast_to(vector[:, None, None, :], (*ops.shape(maps)[:3], ops.shape(vector)[-1]))

    def compute_output_shape(self, input_shape):
        (_, numbers), maps = input_shape
        return *maps[:3], numbers
