"""Finds a network by its name: every file in `networks/` is one, and its name is the model's name.

A file of the same name in `facts/` holds its facts. Keras and its backend are imported only together with the file in
`networks/`, when a network is built: listing models, and colouring with an export of one, need the facts alone.
"""

import importlib
import inspect
import os
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer.models.errors import EncoderError, HyperparameterError, UnknownModelError
from colorizer.models.info import ModelInfo, Network

if TYPE_CHECKING:
    import keras

    from colorizer.models.extractors import Parts

DEFAULT_MODEL = "resnet50_unet"

_NETWORKS = Path(__file__).with_name("networks")


def list_models() -> list[str]:
    """Names of the registered models, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules([str(_NETWORKS)]))


def network(name: str) -> Network:
    """What a network's file declares.

    Raises:
        UnknownModelError: no such model.
    """
    _check_name(name)
    return importlib.import_module(f"colorizer.models.networks.{name}").NETWORK


def model_info(name: str) -> ModelInfo:
    """Facts about a model; see `ModelInfo`.

    Raises:
        UnknownModelError: no such model.
    """
    _check_name(name)
    return importlib.import_module(f"colorizer.models.facts.{name}").INFO


def _check_name(name: str) -> None:
    if name not in list_models():
        raise UnknownModelError(f"model must be one of {', '.join(list_models())}. Received {name!r}.")


def full_hyperparameters(name: str, given: dict) -> dict:
    """The hyper-parameters given, and the defaults of the others.

    Raises:
        UnknownModelError, HyperparameterError: no such model, or none with such hyper-parameters.
    """
    accepted = inspect.signature(network(name).build).parameters
    for key in given.keys() - accepted.keys():
        known = ", ".join(f"{p.name}={p.default!r}" for p in accepted.values()) or "none"
        raise HyperparameterError(f"{name} has the hyper-parameters {known}. Received {key}={given[key]!r}.")
    return {p.name: p.default for p in accepted.values()} | given


def create_model(name: str, space: str = "lab", **hyperparameters) -> "keras.Model":
    """Build a model with random weights.

    Args:
        space: colour space that its two channels were trained in, see `color.spaces`; the model gives ab in any case.
        hyperparameters: arguments of the model's `build`.

    Raises:
        UnknownModelError, HyperparameterError: no such model, or none with such hyper-parameters.
    """
    full = full_hyperparameters(name, hyperparameters)
    try:
        model = network(name).build(**full)
    except (TypeError, ValueError) as error:
        if not hyperparameters:
            raise
        raise HyperparameterError(f"{name} cannot be built with {hyperparameters}: {error}") from error
    if space == "lab":
        return model
    from colorizer.models import color_space_head

    return color_space_head.with_ab(model, space)


def parts_of(model: "keras.Model") -> "Parts":
    """A model's frozen extractor, or None, and the part that is trained; see `extractors.join`."""
    from colorizer.models import extractors

    return extractors.parts_of(model)


def layer_table(model: "keras.Model") -> list[dict]:
    """The layers of a model, one per row: name, kind, output shape, parameters; an extractor is one row."""
    trained = parts_of(model).trained
    layers = [layer for layer in model.layers if layer is not trained] if trained is not model else []
    return [
        {
            "layer": layer.name,
            "kind": type(layer).__name__,
            "output": " x ".join(str(side or "?") for side in layer.output.shape[1:]),
            "parameters": layer.count_params(),
        }
        for layer in (*layers, *trained.layers)
        if type(layer).__name__ != "InputLayer"
    ]


def load_encoder(name: str, model: "keras.Model", *paths: os.PathLike, frozen_stages: int = -1) -> None:
    """Start a model's encoder from files of ImageNet weights (see `encoders.load`), and freeze its first stages.

    Args:
        paths: one file, or two for a model that has two encoders.
        frozen_stages: stages after the stem that will not be trained; 0 freezes the stem alone, -1 nothing.

    Raises:
        EncoderError: the model has no pretrained encoder, or a file is not of this encoder.
    """
    from colorizer.models import encoders

    encoder = network(name).encoder
    if encoder is None:
        raise EncoderError(f"{name} has no pretrained encoder to load. Received {os.fspath(paths[0])!r}.")
    if len(paths) > encoder.files:
        raise EncoderError(
            f"{name} starts from {encoder.files} file of ImageNet weights at most. Received {len(paths)}."
        )
    encoders.load(encoder, model, [Path(path) for path in paths])
    freeze_stages(name, model, frozen_stages)


def train_classifier(name: str, model: "keras.Model") -> None:
    """Let the classifier of a network be trained; its batch normalisation stays as it is.

    Raises:
        EncoderError: the network has no classifier that is kept frozen.
    """
    encoder = network(name).encoder
    layers = encoder.classifier(model) if encoder is not None and encoder.classifier is not None else ()
    if not layers:
        raise EncoderError(
            f"Only a network with a frozen classifier can have it trained. Received {name!r}: it has none."
        )
    import keras

    for layer in layers:
        layer.trainable = True
        for part in layer.layers:
            part.trainable = not isinstance(part, keras.layers.BatchNormalization)


def freeze_stages(name: str, model: "keras.Model", stages: int) -> None:
    """Freeze the stem and first stages of a trained encoder; a model without an encoder is not changed.

    Args:
        stages: stages after the stem; 0 freezes the stem alone, -1 nothing.
    """
    encoder = network(name).encoder
    if encoder is not None and stages >= 0:
        for layer in encoder.frozen(model, stages):
            layer.trainable = False
