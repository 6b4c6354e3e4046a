"""Studies as pages find them: opened once and shared by all visitors, and the built-in demonstration."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import streamlit as st

from colorizer import DEFAULT_MODEL, __version__, images, load_model
from colorizer.color import lab
from colorizer.gallery.samples import read_color_samples
from pages.parts.colorize.worklist import get_queue
from study.folder import Study, create_study, find_study, list_studies, studies_folder
from study.pool.conditions import Condition, model_condition
from study.pool.photos import SAMPLES, open_photos
from study.pool.pipeline import Pipeline
from study.protocol import preset

DEMONSTRATION = "demonstration"
PIPELINE = Pipeline.from_modules(images, lab)

get_model = st.cache_resource(load_model, show_spinner="Getting the colours ready. This happens once.")


def open_study(study: str) -> Study:
    """The study of this id, the same object for all who ask: its pool and its votes file are opened once.

    Raises:
        MissingStudyError, BadVoteError: there is none, or this cannot be an id.
    """
    folder = find_study(study).folder
    pool = folder / "pool.json"
    return _open(folder, pool.stat().st_mtime_ns if pool.exists() else 0)


@lru_cache(maxsize=64)
def _open(folder: Path, changed: int) -> Study:
    """`changed` tells a study from another that is built later under the same name."""
    return Study(folder)


def running_studies() -> list[Study]:
    """The studies that take votes now."""
    return [study for study in list_studies(studies_folder()) if study.config.state == "open"]


def condition_in_turn(name: str) -> Condition:
    """One of our models as a condition of a study; every photograph waits its turn at the network.

    Raises:
        WeightsError: it is not trained, or its file is damaged.
    """
    condition, queue = model_condition(get_model(name)), get_queue()

    def recolor(photo: str, gray):
        with queue.ticket() as ticket:
            ticket.wait()
            return condition.recolor(photo, gray)

    return replace(condition, recolor=recolor)


def build_demonstration(progress: Callable[[int, int, str], None]) -> Study:
    """A small open study of the colour photographs that come with Huestory, made by the first who asks for it.

    Raises:
        WeightsError: there is no model to recolour with.
        StudyError: of `create_study`.
    """
    return create_study(
        studies_folder() / DEMONSTRATION,
        open_photos(SAMPLES, read_color_samples),
        [condition_in_turn(DEFAULT_MODEL)],
        PIPELINE,
        preset("balanced"),
        __version__,
        title="Demonstration: real or recoloured?",
        state="open",
        progress=progress,
    )
