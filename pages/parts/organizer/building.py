"""Builds studies from orders in the background; a build goes on when the page is closed."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from colorizer import __version__
from colorizer.gallery.samples import read_color_samples
from colorizer.inference.colorizer import Colorizer
from pages.parts.background import Task, get_tasks
from pages.parts.network import get_model, turn_of
from pages.parts.organizer.order import Order, delete_order
from pages.parts.sign_in import who
from pages.parts.studies import PIPELINE, in_turn
from storage import StorageError
from storage.files import BusyError
from study import StudyError
from study.creating import create_study
from study.pool.building import BuildCancelledError
from study.pool.conditions import make_condition
from study.pool.photos import open_photos
from study.trail.event import acting


class BeingBuiltError(StudyError):
    """Another server process is building the same study."""


def start(folder: Path, order: Order) -> Task:
    """Start or resume building the study of an order; if a build is running already, return its task.

    Raises:
        WeightsError: a model cannot be loaded.
    """
    organizer = who()
    models = {name: get_model(name) for name in order.models}  # a thread cannot show the loading message
    expected = (StorageError, StudyError, OSError)
    return get_tasks().start(_task_name(folder), lambda task: build(task, folder, order, models, organizer), expected)


def build(task: Task, folder: Path, order: Order, models: Mapping[str, Colorizer], organizer: str) -> None:
    """Build a study for `organizer`; each photograph waits for its turn at the network that all visitors share.

    Raises:
        BeingBuiltError: another server process is building it.
        StorageError, StudyError, OSError: it could not be built. What is done is kept.
    """
    turn = partial(turn_of, task, BuildCancelledError)
    conditions = [make_condition(item, PIPELINE, models.__getitem__) for item in order.conditions]
    try:
        with acting(organizer):
            create_study(
                folder,
                open_photos(order.real, read_color_samples),
                [in_turn(condition, turn) for condition in conditions],
                PIPELINE,
                order.protocol,
                __version__,
                title=order.title,
                consent=order.consent,
                size=order.size,
                progress=task.progress,
                cancel=task.stopped,
            )
    except BusyError as error:
        raise BeingBuiltError("Another server process is building this study already.") from error
    delete_order(folder)


def find_build(folder: Path) -> Task | None:
    return get_tasks().find(_task_name(folder))


def is_running(folder: Path) -> bool:
    return get_tasks().is_running(_task_name(folder))


def discard(folder: Path) -> None:
    """Delete an unfinished study and everything uploaded for it."""
    get_tasks().end(_task_name(folder))
    delete_order(folder)


def _task_name(folder: Path) -> str:
    return f"study {folder.name}"
