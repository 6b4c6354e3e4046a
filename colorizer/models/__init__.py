"""The registry of networks: one file a network, the file's name the model's name.

A model file defines

- `build(**hyperparameters) -> keras.Model`, from L* `(N, H, W, 1)`, 0..100, to its output (see `ModelInfo.output`);
- `INFO`, a `ModelInfo`: what it is and where it comes from.

Keras (and its backend) is imported when a model file is, so listing names stays instant.
"""

import importlib
import inspect
import os
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from colorizer.models.recipe import Recipe

if TYPE_CHECKING:
    import keras

DEFAULT_MODEL = "resnet50_unet"


class UnknownModelError(ValueError):
    """No model of that name is registered."""


class EncoderError(ValueError):
    """Encoder weights are missing, or do not fit the model."""


class HyperparameterError(ValueError):
    """A model has no such hyper-parameter, or not with that value."""


class MissingExtraError(RuntimeError):
    """A model needs a library that is not part of the installation."""


@dataclass(frozen=True)
class ModelInfo:
    """What there is to know of a network before it is built."""

    title: str
    """Name for people."""
    description: str
    """One or two sentences for a visitor."""
    source: str
    """Paper, report or link."""
    output: Literal["bins", "ab"]
    """`bins`: logits over `lab.bins_of(bins)`, `(N, h, w, bins)`; `ab`: ab itself, `(N, h, w, 2)`."""
    output_stride: int
    """Pixels of input for one of output, along a side."""
    size_multiple: int
    """Input sides must be multiples of this."""
    working_size: int
    """Side, in pixels, of the square of which the network sees the area when it is used."""
    bins: int = 261
    """How many ab bins there are; see `lab.bins_of`."""
    departures: str = ""
    """How it differs from what its source describes, in a sentence or two; Markdown."""
    temperature: float = 0.6
    """At which a distribution over bins is decoded; see `decoding.annealed_mean`."""
    contrast: float = 1.0
    """How far the decoded colours are moved away from their mean; see `decoding.contrast`."""
    smoothing: bool = False
    """Whether its logits are smoothed first, place by place; see `decoding.smooth_logits`."""
    recipe: Recipe = field(default_factory=Recipe)
    """How it is trained unless told otherwise."""
    training: str | None = ""
    """Options of `train` that it needs beside the usual ones; None where there is nothing to train."""


def list_models() -> list[str]:
    """Names of the registered models, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in modules if not name.startswith("_") and name != "recipe")


def model_info(name: str) -> ModelInfo:
    """What is known of a model; see `ModelInfo`.

    Raises:
        UnknownModelError: no such model.
    """
    return _module(name).INFO


def create_model(name: str, space: str = "lab", **hyperparameters) -> "keras.Model":
    """Build a model with random weights.

    Args:
        space: colour space that its two channels were trained in, see `spaces`; the model gives ab in any case.
        hyperparameters: arguments of the model's `build`.

    Raises:
        UnknownModelError, HyperparameterError: no such model, or none with such hyper-parameters.
    """
    module = _module(name)
    accepted = inspect.signature(module.build).parameters
    for key in hyperparameters.keys() - accepted.keys():
        known = ", ".join(f"{p.name}={p.default!r}" for p in accepted.values()) or "none"
        raise HyperparameterError(f"{name} has the hyper-parameters {known}. Received {key}={hyperparameters[key]!r}.")
    try:
        model = module.build(**hyperparameters)
    except (TypeError, ValueError) as error:
        if not hyperparameters:
            raise
        raise HyperparameterError(f"{name} cannot be built with {hyperparameters}: {error}") from error
    if space == "lab":
        return model
    from colorizer.color import spaces

    return spaces.with_ab(model, space)


def trained_parts(model: "keras.Model") -> tuple["keras.Model | None", "keras.Model"]:
    """A frozen extractor that sees each photograph once, or None; and what is trained. See `_extractors`."""
    names = {layer.name for layer in model.layers}
    if {"extractor", "network"} <= names:
        return model.get_layer("extractor"), model.get_layer("network")
    return None, model


def layer_table(model: "keras.Model") -> list[dict]:
    """What a model is made of, layer by layer: name, kind, output shape, parameters; an extractor is one row."""
    _, network = trained_parts(model)
    layers = [layer for layer in model.layers if layer is not network] if network is not model else []
    return [
        {
            "layer": layer.name,
            "kind": type(layer).__name__,
            "output": " x ".join(str(side or "?") for side in _output_shape(layer)),
            "parameters": layer.count_params(),
        }
        for layer in (*layers, *network.layers)
        if type(layer).__name__ != "InputLayer"
    ]


def _output_shape(layer) -> tuple:
    return tuple(layer.output.shape[1:])


def encoder_name(name: str, model: "keras.Model") -> str:
    """Which network of `keras.applications` a model starts from.

    Raises:
        EncoderError: it starts from none.
    """
    module = _module(name)
    if not hasattr(module, "encoder_name"):
        raise EncoderError(f"{name} starts from no network that Keras has ImageNet weights of: leave --encoder out.")
    return module.encoder_name(model)


def has_frozen_part(model: "keras.Model") -> bool:
    """Whether a network within the model is never trained here: without ImageNet weights it is of no use."""
    return any(hasattr(layer, "layers") and not layer.trainable for layer in model.layers)


def fitter(name: str) -> Callable | None:
    """How a model is trained that learns without gradients: `fit(model, batches, seed, report)`; else None."""
    return getattr(_module(name), "fit", None)


def load_encoder(name: str, model: "keras.Model", *paths: os.PathLike, frozen_stages: int = -1) -> None:
    """Start a model's encoder from archives of ImageNet weights, and freeze its first stages.

    Args:
        paths: one file; two of a model that has two encoders.
        frozen_stages: stages after the stem that will not be trained; 0 freezes the stem alone, -1 nothing.

    Raises:
        EncoderError: the model has no pretrained encoder, or a file is not of this encoder.
    """
    module = _module(name)
    if not hasattr(module, "load_encoder"):
        raise EncoderError(f"{name} has no pretrained encoder to load. Received {os.fspath(paths[0])!r}.")
    files = getattr(module, "ENCODER_FILES", 1)
    if len(paths) > files:
        raise EncoderError(f"{name} starts from {files} file of ImageNet weights at most. Received {len(paths)}.")
    module.load_encoder(model, *paths)
    freeze_stages(name, model, frozen_stages)


def freeze_stages(name: str, model: "keras.Model", stages: int) -> None:
    """Keep a trained encoder's stem and first stages as they are; nothing in a model without such stages.

    Args:
        stages: stages after the stem; 0 freezes the stem alone, -1 nothing.
    """
    module = _module(name)
    if stages >= 0 and hasattr(module, "encoder_layers"):
        for layer in module.encoder_layers(model, stages):
            layer.trainable = False


def import_keras() -> None:
    """Import Keras and its backend in silence; for command lines, before anything else imports them.

    Their libraries greet on standard error, past Python and whatever they are told. A server should not do this: while
    it lasts, all threads are silent.
    """
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        importlib.import_module("keras")
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def _module(name: str):
    if name not in list_models():
        raise UnknownModelError(f"model must be one of {', '.join(list_models())}. Received {name!r}.")
    return importlib.import_module(f"{__name__}.{name}")
