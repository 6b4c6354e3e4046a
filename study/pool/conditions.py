"""The conditions of a study: the ways to recolour that it compares, each a model or a folder of coloured pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np
from PIL import Image

from study import StudyError
from study.pool.photos import PhotoError, Photos
from study.pool.pipeline import Pipeline
from study.votes.record import CATCH_MODEL, BadVoteError, check_id

RESERVED = (CATCH_MODEL, "real")
"""Names that conditions cannot have, because results use them for something else."""

_MATCH_SIDE = 32  # side, in pixels, of the thumbnails that are compared to check that a version shows the same scene


class NoVersionError(PhotoError):
    """A folder of recoloured pictures has no matching picture for a photograph."""


class ConditionError(StudyError, ValueError):
    """The conditions of a study cannot be used together."""


class Recolorer(Protocol):
    """The interface of a model that can be a condition; `colorizer.load_model` returns such models."""

    name: str
    weights_sha256: str

    def colorize(self, image: np.ndarray) -> np.ndarray:
        """Grey uint8 `(H, W)` -> uint8 sRGB `(H, W, 3)`."""


@dataclass(frozen=True)
class Condition:
    """One way to recolour that a study tests.

    Raises:
        ConditionError: the name is not a valid id for the votes file, or is one of `RESERVED`.
    """

    name: str
    """its name in the votes"""
    source: str
    """where its pictures come from, for the manifest: a model with the checksum of its weights, or a folder"""
    recolor: Callable[[str, np.ndarray], np.ndarray]
    """name of the photograph and grey uint8 `(H, W)` -> uint8 sRGB `(H, W, 3)`; ValueError if it cannot be used"""

    def __post_init__(self) -> None:
        try:
            check_id("a condition's name", self.name)
        except BadVoteError as error:
            raise ConditionError(str(error)) from error
        if self.name in RESERVED:
            raise ConditionError(f"a condition must not be called {' or '.join(RESERVED)}. Received {self.name!r}.")


def make_condition(item: str, pipeline: Pipeline, load_model: Callable[[str], Recolorer]) -> Condition:
    """Make a condition from an organizer's text: the name of a model, or NAME=FOLDER of pictures coloured elsewhere.

    Args:
        load_model: name -> model. Its errors (unknown name, missing weights) are not caught.

    Raises:
        ConditionError: the name cannot be used.
        NoPhotosError: the folder holds no picture.
    """
    name, separator, folder = item.partition("=")
    if separator:
        return folder_condition(name, Path(folder), pipeline)
    return model_condition(load_model(name))


def model_condition(model: Recolorer) -> Condition:
    """A model as a condition; its source contains the checksum of its weights."""
    source = f"model {model.name}, weights sha256 {model.weights_sha256}"
    return Condition(model.name, source, lambda photo, gray: model.colorize(gray))


def folder_condition(name: str, folder: Path, pipeline: Pipeline) -> Condition:
    """A folder or ZIP file of pictures coloured elsewhere, as a condition.

    They are matched to the photographs by name: `a/b.jpg` to `a/b.*`, or to the only `b.*`. A name may also end in
    `_colorized`. Only their colours are used; the lightness is that of the photograph.

    Raises:
        NoPhotosError: the folder holds no picture.
        ArchiveError: the ZIP file is damaged or unsafe.
    """
    folder = Path(folder)
    pictures = Photos.from_zip(folder) if folder.is_file() else Photos.from_folder(folder)

    def recolor(photo: str, gray: np.ndarray) -> np.ndarray:
        match = _match(photo, pictures.names, folder)
        rgb = _as_rgb(pipeline.read(pictures.read(match)))
        _check_version(match, rgb, gray)
        return pipeline.resize(rgb, gray.shape)

    return Condition(name, f"folder {folder.name}", recolor)


def _match(photo: str, names: Sequence[str], folder: Path) -> str:
    wanted = _stem(photo)
    same = [name for name in names if _stem(name) == wanted]
    same = same or [name for name in names if PurePosixPath(_stem(name)).name == PurePosixPath(wanted).name]
    if len(same) != 1:
        found = f"there are {len(same)}: {', '.join(same[:3])}" if same else "there is none"
        raise NoVersionError(f"{folder} needs one picture of this name, with any ending. In it {found}.")
    return same[0]


def _stem(name: str) -> str:
    return PurePosixPath(name).with_suffix("").as_posix().casefold().removesuffix("_colorized")


def _as_rgb(pixels: np.ndarray) -> np.ndarray:
    """The picture as RGB. A version without colours is kept: leaving it out would make its condition look better."""
    if pixels.dtype == np.uint16:
        pixels = (pixels // 257).astype(np.uint8)
    return np.repeat(pixels[..., None], 3, axis=-1) if pixels.ndim == 2 else pixels


def _check_version(match: str, rgb: np.ndarray, gray: np.ndarray) -> None:
    height, width = rgb.shape[:2]
    if abs(width / height * gray.shape[0] / gray.shape[1] - 1) > 0.03:
        raise NoVersionError(
            f"its recoloured version {match} must have the same shape. It has {width} x {height} pixels, the "
            f"photograph {gray.shape[1]} x {gray.shape[0]} at this size."
        )
    side = (_MATCH_SIDE, _MATCH_SIDE)
    theirs, ours = (np.asarray(Image.fromarray(a).convert("L").resize(side), float).ravel() for a in (rgb, gray))
    if min(theirs.std(), ours.std()) > 2 and np.corrcoef(theirs, ours)[0, 1] < 0.5:
        raise NoVersionError(f"its recoloured version {match} shows something else.")
