"""Studies for the pages: opened once and shared by all visitors; and the built-in demonstration."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from colorizer import DEFAULT_MODEL, __version__, images
from colorizer.color import lab
from colorizer.gallery.samples import read_color_samples
from pages.parts.network import get_model, turn
from study.creating import create_study
from study.finding import find_study, list_studies, studies_folder
from study.folder import Study
from study.languages.catalogues import languages, mark
from study.pool.conditions import Condition, model_condition
from study.pool.photos import SAMPLES, open_photos
from study.pool.pipeline import Pipeline
from study.protocol import preset
from study.trail.event import acting

DEMONSTRATION = "demonstration"
DEMONSTRATION_TITLE = mark("Demonstration: real or recoloured?")
PIPELINE = Pipeline.from_modules(images, lab)
"""The processing steps for every picture of a study."""


def open_study(study: str) -> Study:
    """Return the study with this id, the same object on every call: its pool and its votes file are opened once.

    Raises:
        MissingStudyError: there is no such study.
        BadVoteError: the text cannot be an id.
    """
    folder = find_study(study).folder
    pool = folder / "pool.json"
    return _open(folder, pool.stat().st_mtime_ns if pool.exists() else 0)


@lru_cache(maxsize=64)
def _open(folder: Path, changed: int) -> Study:
    """Open a study; `changed` makes the cache open a study again that was built later under the same name."""
    return Study(folder)


def running_studies() -> list[Study]:
    """Return the studies that take votes now."""
    return [study for study in list_studies(studies_folder()) if study.config.state == "open"]


def in_turn(condition: Condition, take_turn: Callable[[], AbstractContextManager]) -> Condition:
    """Return the same condition, but each picture waits for its turn at the network that all visitors share.

    Args:
        take_turn: context in which the network runs; an error that it raises ends the build.
    """

    def recolor(photo: str, gray: np.ndarray) -> np.ndarray:
        with take_turn():
            return condition.recolor(photo, gray)

    return replace(condition, recolor=recolor)


def build_demonstration(progress: Callable[[int, int, str], None]) -> Study:
    """Build a small open study of the colour photographs that come with Huestory, when a visitor first asks for it.

    Raises:
        WeightsError: the model cannot be loaded.
        QueueFullError, QueueTimeoutError: too many are waiting for the network.
        StudyError: raised by `create_study`.
    """
    with acting("this server, for a visitor"):
        return create_study(
            studies_folder() / DEMONSTRATION,
            open_photos(SAMPLES, read_color_samples),
            [in_turn(model_condition(get_model(DEFAULT_MODEL)), turn)],
            PIPELINE,
            preset("balanced"),
            __version__,
            title=DEMONSTRATION_TITLE,
            state="open",
            languages=languages(),
            progress=progress,
        )
