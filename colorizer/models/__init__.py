"""The registry of networks: one file a network, the file's name the model's name.

A model file defines

- `build(**hyperparameters) -> keras.Model`, from L* `(N, H, W, 1)`, 0..100, to its output (see `ModelInfo.output`);
- `INFO`, a `ModelInfo`: what it is and where it comes from.

Keras (and its backend) is imported when a model file is, so listing names stays instant.
"""

import importlib
import os
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from colorizer.recipe import Recipe

if TYPE_CHECKING:
    import keras

DEFAULT_MODEL = "resnet50_unet"


class UnknownModelError(ValueError):
    """No model of that name is registered."""


class EncoderError(ValueError):
    """Encoder weights do not fit the model."""


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
    recipe: Recipe = field(default_factory=Recipe)
    """How it is trained unless told otherwise."""


def list_models() -> list[str]:
    """Names of the registered models, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def model_info(name: str) -> ModelInfo:
    """What is known of a model; see `ModelInfo`.

    Raises:
        UnknownModelError: no such model.
    """
    return _module(name).INFO


def create_model(name: str, **hyperparameters) -> "keras.Model":
    """Build a model with random weights.

    Raises:
        UnknownModelError: no such model.
    """
    return _module(name).build(**hyperparameters)


def load_encoder(name: str, model: "keras.Model", path: os.PathLike, frozen_stages: int = -1) -> None:
    """Start a model's encoder from an archive of ImageNet weights, and freeze its first stages.

    Args:
        frozen_stages: stages after the stem that will not be trained; 0 freezes the stem alone, -1 nothing.

    Raises:
        EncoderError: the model has no pretrained encoder, or the archive is not of this encoder.
    """
    module = _module(name)
    if not hasattr(module, "load_encoder"):
        raise EncoderError(f"{name} has no pretrained encoder to load. Received {os.fspath(path)!r}.")
    module.load_encoder(model, path)
    if frozen_stages >= 0:
        for layer in module.encoder_layers(model, frozen_stages):
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
