"""Pretrained classifiers that tell a network what a photograph shows: one vector for the whole of it.

- Szegedy et al. 2016, *Inception-v4, Inception-ResNet*, arXiv 1602.07261
- Sandler et al. 2018, *MobileNetV2*, arXiv 1801.04381
- Simonyan & Zisserman 2014, *VGG16*, arXiv 1409.1556

A network with such an extractor is two models in one, `extractor` and `network`: the first is frozen and sees each
photograph once, the second is trained on what the first said.
"""

from collections import ChainMap
from contextlib import ExitStack
from pathlib import Path

import keras
import numpy as np
from keras import Input, Model, layers

from colorizer.models import EncoderError, HyperparameterError

SIDE = 299
"""Side of the square copy that an extractor sees, in pixels."""

ADAPTED = "extractor.weights.h5"
"""Name under which a training keeps its extractor."""

WIDTHS = {"inception_resnet_v2": 1000, "mobilenet_v2": 1000, "vgg16": 512}
"""Numbers in the vector: logits of the 1,000 ImageNet classes, or VGG16's last maps averaged over the picture."""


def width_of(extractor: str) -> int:
    """Numbers in an extractor's vector.

    Raises:
        HyperparameterError: no such extractor.
    """
    if extractor not in WIDTHS:
        raise HyperparameterError(f"extractor must be one of {', '.join(WIDTHS)}. Received {extractor!r}.")
    return WIDTHS[extractor]


def with_extractor(network: Model, extractor: str, name: str) -> Model:
    """One model of L* alone, out of a network of L* and a vector, and the extractor that makes the vector."""
    lightness = Input((None, None, 1), name="lightness")
    vector = build_extractor(extractor)(lightness)
    return Model(lightness, network([lightness, vector]), name=name)


def build_extractor(extractor: str) -> Model:
    """An extractor with random weights, frozen.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`.

    Output shape:
        float32 `(batch_size, width_of(extractor))`
    """
    lightness = Input((None, None, 1), name="lightness")
    x = layers.Resizing(SIDE, SIDE, dtype="float32", name="copy")(lightness)
    x = layers.Concatenate(dtype="float32", name="gray_to_rgb")([x] * 3)
    if extractor == "vgg16":  # less the mean of ImageNet's blue, green, red: Caffe's order
        x = layers.Rescaling(2.55, [-103.939, -116.779, -123.68], dtype="float32", name="imagenet_norm")(x)
    else:
        x = layers.Rescaling(1 / 50, -1.0, dtype="float32", name="imagenet_norm")(x)
    x = layers.Activation("linear", dtype="float32", name="vector")(_classifier(extractor)(x))
    model = Model(lightness, x, name="extractor")
    model.trainable = False
    return model


def encoder_name(model: Model) -> str:
    """Which extractor a model has."""
    return next(layer.name for layer in model.get_layer("extractor").layers if layer.name in WIDTHS)


def load_encoder(model: Model, path) -> None:
    """Give a model's extractor its ImageNet weights: a file of `keras.applications`, or arrays `layer/variable`; or
    the weights of an extractor that another training made at home with grey pictures, `extractor.weights.h5`.

    A classifier with a background class before the thousand others loses it.

    Raises:
        EncoderError: the file belongs to another network.
    """
    name = encoder_name(model)
    extractor = model.get_layer("extractor")
    classifier = extractor.get_layer(name)
    if Path(path).suffix == ".npz":
        read_archives(classifier.layers, path)
        return
    try:
        (extractor if Path(path).name == ADAPTED else classifier).load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"The file must hold the ImageNet weights of {name}. Received {path}: {error}") from error


def encoder_layers(model: Model, stages: int) -> list[layers.Layer]:
    """What stays frozen: all of the extractor, whatever the number of stages."""
    return [model.get_layer("extractor")]


def read_archives(of_layers: list[layers.Layer], *paths) -> None:
    """Fill layers from archives of `layer/variable` arrays.

    Raises:
        EncoderError: a layer is in none of them, or has another shape there.
    """
    with ExitStack() as files:
        arrays = ChainMap(*(files.enter_context(np.load(path)) for path in paths))
        named = " and ".join(str(path) for path in paths)
        for layer in of_layers:
            names = [f"{layer.name}/{weight.name}" for weight in layer.weights]
            missing = [name for name in names if name not in arrays]
            if missing:
                raise EncoderError(f"The archive must hold every encoder layer. {named} lacks {missing[0]}.")
            values = [arrays[name].astype(np.float32) for name in names]
            if layer.name == "predictions" and values[0].shape[-1] == layer.units + 1:
                values = [value[..., 1:] for value in values]  # the background class comes first
            try:
                layer.set_weights(values)
            except ValueError as error:
                raise EncoderError(f"The archive belongs to another network. {named}: {error}") from error


def _classifier(extractor: str) -> Model:
    width_of(extractor)
    options = {"weights": None, "input_shape": (SIDE, SIDE, 3), "name": extractor}
    if extractor == "vgg16":
        return keras.applications.VGG16(include_top=False, pooling="avg", **options)
    if extractor == "mobilenet_v2":
        return keras.applications.MobileNetV2(classifier_activation=None, **options)
    return keras.applications.InceptionResNetV2(classifier_activation=None, **options)
