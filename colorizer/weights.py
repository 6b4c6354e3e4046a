"""Which file of weights belongs to which model: names, checksums, download, loading.

Files ship in `weights/` beside this package; others are looked for in `$HUESTORY_DATA/weights`.
"""

import hashlib
import os
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from colorizer import models

if TYPE_CHECKING:
    import keras

FOLDER = Path(__file__).resolve().parent.parent / "weights"

FILES = {
    "resnet50_unet": "resnet50_unet_photos.weights.h5",
}
"""Weights file of each model that has one: `<model>_<dataset>.weights.h5`."""


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
    models.model_info(name)
    if name not in FILES:
        raise MissingWeightsError(f"{name} has no trained weights yet: train it with `python -m colorizer train`.")
    path = FOLDER / FILES[name]
    if not path.is_file():
        raise MissingWeightsError(f"The weights of {name} are missing. Expected them at {path}.")
    return path


def has_weights(name: str) -> bool:
    """Whether a model can be used."""
    return name in FILES and (FOLDER / FILES[name]).is_file()


@lru_cache
def sha256(path: Path) -> str:
    """Checksum of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_weights(model: "keras.Model", path: Path) -> None:
    """Write a model's weights with kernels in half precision: half the size, for no visible difference.

    Vectors (normalisation statistics, biases) stay float32. The file appears whole or not at all.
    """
    path = Path(path)
    full, half = (path.with_name(f".{path.stem}.{kind}.weights.h5") for kind in ("full", "half"))
    try:
        model.save_weights(full)
        with h5py.File(full) as source, h5py.File(half, "w") as target:
            _copy_layers(source, target)
        os.replace(half, path)
    finally:
        full.unlink(missing_ok=True)
        half.unlink(missing_ok=True)


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
