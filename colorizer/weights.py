"""Which file of weights belongs to which model: names, checksums, download, loading.

Files ship in `weights/` beside this package; others are looked for in `$HUESTORY_DATA/weights`.
"""

import hashlib
import json
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from colorizer import models
from storage.files import replacing
from storage.settings import data_folder

if TYPE_CHECKING:
    import keras

FOLDER = Path(__file__).resolve().parent.parent / "weights"

FILES = {
    "global_local": "global_local_photos.weights.h5",
    "grayscale": "grayscale_none.weights.h5",
    "inception_fusion": "inception_fusion_photos.weights.h5",
    "koalarization": "koalarization_photos.weights.h5",
    "landscape_autoencoder": "landscape_autoencoder_photos.weights.h5",
    "nearest_palette": "nearest_palette_photos.weights.h5",
    "resnet50_unet": "resnet50_unet_photos.weights.h5",
    "two_layer": "two_layer_photos.weights.h5",
}
"""Weights file of each model that ships with one: `<model>_<dataset>.weights.h5`."""

HYPERPARAMETERS = "huestory_hyperparameters"
"""Attribute of a weights file: how its model was built, as JSON."""


class WeightsError(RuntimeError):
    """A model cannot be given its weights."""


class MissingWeightsError(WeightsError):
    """The file is not there."""


class CorruptWeightsError(WeightsError):
    """The file's content is not what its checksum or its model says."""


def weights_path(name: str) -> Path:
    """Where the weights of a model lie.

    Raises:
        UnknownModelError: no such model.
        MissingWeightsError: the model has no weights, or their file is missing.
    """
    if name not in models.list_models():
        models.model_info(name)  # raises
    for path in _places(name):
        if path.is_file():
            return path
    if name in FILES:
        raise MissingWeightsError(f"The weights of {name} are missing. Expected them at {_places(name)[0]}.")
    raise MissingWeightsError(f"{name} has no trained weights yet. Train it: {training_command(name)}")


def has_weights(name: str) -> bool:
    """Whether a model can be chosen to colour photographs: it has learnt something, and its weights are here."""
    return any(path.is_file() for path in _places(name)) and models.model_info(name).training is not None


def usable_models() -> list[str]:
    """The models that can be chosen to colour photographs, the default first."""
    return sorted(filter(has_weights, models.list_models()), key=lambda name: name != models.DEFAULT_MODEL)


def user_path(name: str) -> Path:
    """Where the weights of a model are looked for that somebody has trained: in `$HUESTORY_DATA/weights`."""
    folder = data_folder() / "weights"
    return folder / f"{name}.weights.h5"


def history_path(name: str) -> Path:
    """Where the losses of a model's training stand, epoch by epoch, if they are known: beside its weights."""
    path = weights_path(name)
    return path.with_name(path.name.removesuffix(".weights.h5") + ".history.csv")


def training_command(name: str) -> str:
    """The command after which a model can be used."""
    options = f"{models.model_info(name).training} " if models.model_info(name).training else ""
    return f"python -m colorizer train --data DIR --model {name} {options}--minutes 60 --output {user_path(name)}"


def _places(name: str) -> list[Path]:
    return [*([FOLDER / FILES[name]] if name in FILES else []), user_path(name)]


@lru_cache
def sha256(path: Path) -> str:
    """Checksum of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_weights(model: "keras.Model", path: Path, hyperparameters: dict | None = None) -> None:
    """Write a model's weights with kernels in half precision: half the size, for no visible difference.

    Vectors (normalisation statistics, biases) stay float32. The file appears whole or not at all.

    Args:
        hyperparameters: how the model was built, where not by default; kept in the file, see `read_hyperparameters`.
    """
    path = Path(path)
    full, half = (path.with_name(f".{path.stem}.{kind}.weights.h5") for kind in ("full", "half"))
    try:
        model.save_weights(full)
        with replacing(path, half), h5py.File(full) as source, h5py.File(half, "w") as target:
            _copy_layers(source, target)
            if hyperparameters:
                target.attrs[HYPERPARAMETERS] = json.dumps(hyperparameters)
    finally:
        full.unlink(missing_ok=True)


def read_hyperparameters(path: Path) -> dict:
    """How the model was built whose weights a file holds: arguments of `models.create_model`.

    Raises:
        CorruptWeightsError: the file is damaged.
    """
    try:
        with h5py.File(path) as file:
            return json.loads(file.attrs.get(HYPERPARAMETERS, "{}"))
    except (OSError, ValueError) as error:
        raise CorruptWeightsError(f"{path} must hold weights that `train` wrote. It cannot be read: {error}") from error


def hyperparameters_in_use(name: str) -> dict:
    """How a model is built here: as its weights were trained; or by default, if it has none."""
    return read_hyperparameters(weights_path(name)) if has_weights(name) else {}


def create_model(name: str, path: Path) -> "keras.Model":
    """Build a model as its weights file says, and load it.

    Raises:
        CorruptWeightsError: the file is damaged or belongs to another model.
    """
    try:
        model = models.create_model(name, **read_hyperparameters(path))
    except models.HyperparameterError as error:
        raise CorruptWeightsError(f"{path} must hold the weights of {name}. {error}") from error
    read_weights(model, path)
    return model


def read_weights(model: "keras.Model", path: Path) -> None:
    """Load a file written by `write_weights`, or by Keras itself.

    Raises:
        CorruptWeightsError: the file is damaged or belongs to another model.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Keras only warns of layers that the file does not have
            model.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        raise CorruptWeightsError(f"{path} must hold the weights of {model.name}. Keras says: {error}") from error


def _copy_layers(source: h5py.Group, target: h5py.Group) -> None:
    for key, value in source.attrs.items():
        target.attrs[key] = value
    for name, item in source.items():
        if name == "optimizer":
            continue
        if isinstance(item, h5py.Group):
            _copy_layers(item, target.create_group(name, track_order=True))
        else:
            array = item[()]
            half = array.dtype == np.float32 and array.ndim > 1
            target.create_dataset(name, data=array.astype(np.float16) if half else array)
