"""The weights files of the models: names, facts, checksums, loading.

Files ship in `weights/` beside this package; others are looked for in `$HUESTORY_DATA/weights`. Beside a file
`NAME.weights.h5` is `NAME.weights.json` with its facts (`Facts`), among them its checksum. A file that does not
match its facts is refused.
"""

import hashlib
import json
import math
import warnings
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from colorizer import models
from storage.files import replacing, write_file
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

UPSAMPLER = "upsampler_photos.weights.h5"
"""Weights file of the learned upsampler, which is part of no model."""

UPSAMPLER_NAME = "upsampler"
"""Its name in the facts of its weights."""

LEVELS = 64
"""Large kernels are stored as multiples of a step: at least so many to their standard deviation. In the default network
this changes colours by 0.2 units of ab on average, and needs three quarters of the room of half precision."""

LARGE = 4096
"""Numbers in a large kernel; smaller ones are stored in half precision."""

HYPERPARAMETERS = "huestory_hyperparameters"
"""Attribute of a weights file: the hyper-parameters of its model, as JSON."""


class WeightsError(RuntimeError):
    """The weights of a model cannot be loaded."""


class MissingWeightsError(WeightsError):
    """The file does not exist."""


class CorruptWeightsError(WeightsError):
    """The file is damaged, or its content does not fit the model."""


class AlteredWeightsError(CorruptWeightsError):
    """The file is not the one that its facts were written for, or its facts are missing."""


@dataclass(frozen=True)
class Facts:
    """Facts about a weights file, stored as JSON beside it. None means unknown."""

    model: str
    """Name of the model."""
    sha256: str
    """Checksum of the file, as hexadecimal digits."""
    hyperparameters: dict = field(default_factory=dict)
    """Hyper-parameters of the model that are not the default."""
    recipe: dict | None = None
    """Hyper-parameters of the training: the fields of `Recipe`."""
    seed: int | None = None
    """For order, crops and initial weights."""
    data: dict | None = None
    """Training data: folders or a description, pattern of the names, number of photographs, how many were held back."""
    figures: dict | None = None
    """Results of the training: steps, seconds, pictures seen, loss on `val`."""
    note: str | None = None
    """Anything else that a reader must know."""


def weights_path(name: str) -> Path:
    """The path of a model's weights.

    Raises:
        UnknownModelError: there is no such model.
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
    """Whether a model can be chosen to colour photographs: it can be trained, and its weights exist."""
    return any(path.is_file() for path in _places(name)) and models.model_info(name).training is not None


def usable_models() -> list[str]:
    """The models that can be chosen to colour photographs, the default first."""
    return sorted(filter(has_weights, models.list_models()), key=lambda name: name != models.DEFAULT_MODEL)


def user_path(name: str) -> Path:
    """The path for weights that a user has trained, in `$HUESTORY_DATA/weights`."""
    folder = data_folder() / "weights"
    return folder / f"{name}.weights.h5"


def history_path(name: str) -> Path:
    """The path of the CSV file with the losses of each epoch, beside a model's weights. It may not exist."""
    path = weights_path(name)
    return path.with_name(path.name.removesuffix(".weights.h5") + ".history.csv")


def training_command(name: str) -> str:
    """The command that trains a model and writes its weights to `user_path`."""
    options = f"{models.model_info(name).training} " if models.model_info(name).training else ""
    return f"python -m colorizer train --data DIR --model {name} {options}--minutes 60 --output {user_path(name)}"


def _places(name: str) -> list[Path]:
    return [*([FOLDER / FILES[name]] if name in FILES else []), user_path(name)]


def sha256(path: Path) -> str:
    """Checksum of a file, as hexadecimal digits; cached until its size or time of change differs."""
    status = Path(path).stat()
    return _sha256(str(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _sha256(path: str, modified_ns: int, size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def facts_path(path: Path) -> Path:
    """The path of the facts of a weights file, beside it."""
    return path.with_name(path.name.removesuffix(".h5") + ".json")


def read_facts(path: Path) -> Facts | None:
    """The facts of a weights file; None if there are none beside it, as after an older training.

    Raises:
        AlteredWeightsError: the facts are damaged, or those of a file that ships are missing.
    """
    path = Path(path)
    place = facts_path(path)
    try:
        known = json.loads(place.read_text(encoding="utf-8"))
        return Facts(**{name: known[name] for name in (field.name for field in fields(Facts)) if name in known})
    except FileNotFoundError as error:
        if not _ships(path):
            return None
        raise AlteredWeightsError(f"{place} must stand beside the weights. It is missing. {_mend(place)}") from error
    except (OSError, ValueError, TypeError) as error:
        raise AlteredWeightsError(
            f"{place} must hold the facts of {path.name}. It says: {error}. {_mend(place)}"
        ) from error


def check(path: Path, model: str) -> None:
    """Check a weights file against its facts; a file without facts is not checked.

    Raises:
        AlteredWeightsError: the checksum or the model is not the one in the facts, or as for `read_facts`.
    """
    path = Path(path)
    facts = read_facts(path)
    if facts is None:
        return
    if facts.model != model:
        raise AlteredWeightsError(
            f"{path} must hold the weights of {model}. {facts_path(path).name} says {facts.model}."
        )
    if facts.sha256 != sha256(path):
        raise AlteredWeightsError(
            f"{path} must have the SHA-256 {facts.sha256}. It has {sha256(path)}: it was altered. {_mend(path)}"
        )


def _ships(path: Path) -> bool:
    """Whether a file of weights or facts ships with Huestory."""
    return path.resolve().parent == FOLDER.resolve() and path.with_suffix(".h5").name in (*FILES.values(), UPSAMPLER)


def _mend(path: Path) -> str:
    if _ships(path):
        return f"Bring it back: git checkout -- weights/{path.name}"
    return "Train it again, or bring back both files, .h5 and .json, of one training."


def write_weights(
    model: "keras.Model", path: Path, hyperparameters: dict | None = None, facts: dict | None = None
) -> None:
    """Write a model's weights with kernels rounded (`LEVELS`): a third of the size, without a visible difference.

    Vectors (normalisation statistics, biases) stay float32. The file is written completely or not at all, and is never
    beside the facts of another file.

    Args:
        hyperparameters: those of the model that are not the default; stored in the file, see `read_hyperparameters`.
        facts: fields of `Facts` without the checksum and the hyper-parameters; None writes no facts.
    """
    path = Path(path)
    full, half = (path.with_name(f".{path.stem}.{kind}.weights.h5") for kind in ("full", "half"))
    try:
        model.save_weights(full)
        with replacing(path, half):
            with h5py.File(full) as source, h5py.File(half, "w") as target:
                _copy_layers(source, target)
                if hyperparameters:
                    target.attrs[HYPERPARAMETERS] = json.dumps(hyperparameters)
            checksum = sha256(half)
            facts_path(path).unlink(missing_ok=True)  # a file without facts loads, one with wrong facts does not
    finally:
        full.unlink(missing_ok=True)
    if facts is not None:
        known = Facts(sha256=checksum, hyperparameters=hyperparameters or {}, **facts)
        write_file(facts_path(path), (json.dumps(asdict(known), indent=2) + "\n").encode())


def read_hyperparameters(path: Path) -> dict:
    """The hyper-parameters in a weights file: arguments of `models.create_model`.

    Raises:
        CorruptWeightsError: the file is damaged.
    """
    try:
        with h5py.File(path) as file:
            return json.loads(file.attrs.get(HYPERPARAMETERS, "{}"))
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise CorruptWeightsError(f"{path} must hold weights that `train` wrote. It cannot be read: {error}") from error


def hyperparameters_in_use(name: str) -> dict:
    """The hyper-parameters stored in a model's weights; without usable weights none, which means the defaults."""
    return read_hyperparameters(weights_path(name)) if has_weights(name) else {}


def create_model(name: str, path: Path) -> "keras.Model":
    """Build a model with the hyper-parameters in its weights file, and load the weights.

    Raises:
        CorruptWeightsError, AlteredWeightsError: the file is damaged, altered or belongs to another model.
    """
    check(path, name)
    try:
        model = models.create_model(name, **read_hyperparameters(path))
    except (models.HyperparameterError, TypeError) as error:
        raise CorruptWeightsError(f"{path} must hold the weights of {name}. {error}") from error
    read_weights(model, path)
    return model


def upsampler_path() -> Path:
    """The path of the learned upsampler's weights, which ship.

    Raises:
        MissingWeightsError: the file is missing.
    """
    path = FOLDER / UPSAMPLER
    if not path.is_file():
        raise MissingWeightsError(f"The weights of the upsampler are missing. {_mend(path)}")
    return path


def create_upsampler(path: Path | None = None) -> "keras.Model":
    """Build the learned upsampler and load its weights, by default those that ship.

    Raises:
        MissingWeightsError, CorruptWeightsError, AlteredWeightsError: the file is missing, damaged or altered.
    """
    from colorizer.models import upsampler

    path = path or upsampler_path()
    check(path, UPSAMPLER_NAME)
    model = upsampler.build()
    read_weights(model, path)
    return model


def create(name: str, path: Path) -> "keras.Model":
    """Build a model, or the upsampler, and load its weights; see `create_model`."""
    return create_upsampler(path) if name == UPSAMPLER_NAME else create_model(name, path)


def read_weights(model: "keras.Model", path: Path) -> None:
    """Load a file written by `write_weights`, or by Keras itself.

    Raises:
        CorruptWeightsError: the file is damaged, belongs to another model, or has numbers that are not finite.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Keras only warns about layers that are missing in the file
            model.load_weights(path)
    except Exception as error:  # for a damaged file h5py and Keras raise many kinds of exceptions
        raise CorruptWeightsError(f"{path} must hold the weights of {model.name}. Keras says: {error}") from error
    for weight in model.weights:
        if not np.isfinite(weight.numpy().astype(np.float32)).all():
            raise CorruptWeightsError(f"{path} must hold finite numbers. Those of {weight.path} are not.")


def _copy_layers(source: h5py.Group, target: h5py.Group) -> None:
    for key, value in source.attrs.items():
        target.attrs[key] = value
    for name, item in source.items():
        if name == "optimizer":
            continue
        if isinstance(item, h5py.Group):
            _copy_layers(item, target.create_group(name, track_order=True))
        else:
            _copy_array(item[()], target, name)


def _copy_array(array: np.ndarray, target: h5py.Group, name: str) -> None:
    if array.dtype != np.float32 or array.ndim == 1:
        target.create_dataset(name, data=array)
    elif array.size < LARGE or not 0 < array.std() < np.inf:
        target.create_dataset(name, data=array.astype(np.float16))
    else:  # filters of HDF5, which undoes them when the file is read
        digits = math.ceil(math.log10(LEVELS / array.std()))
        target.create_dataset(name, data=array, chunks=array.shape, scaleoffset=digits, compression="gzip")
