"""Colouring of films in the background, in turn with the photographs of all visitors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from colorizer.film import job
from colorizer.film.errors import FilmError, StoppedError
from colorizer.film.hints.edits import FilmHint
from colorizer.film.job import Result
from colorizer.film.pace import Pace
from colorizer.film.side_by_side import write_pair
from colorizer.film.source import Part
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints.hint import HintError
from colorizer.inference.queue import InferenceQueue, QueueFullError
from pages.parts.background import Task, get_tasks
from pages.parts.film.desk import Desk, task_name
from pages.parts.network import turn_of

PREVIEW_SECONDS = 10


@st.cache_resource(show_spinner=False)
def get_film_queue() -> InferenceQueue:
    """Films wait here for each other; between two groups of its frames a film also waits for photographs."""
    return InferenceQueue(limit=8)


_EXPECTED = (FilmError, HintError, QueueFullError, OSError)


Hints = Sequence[FilmHint]


def start_preview(desk: Desk, colorizer: Colorizer, part: Part, saturation: float, hints: Hints = ()) -> Task:
    """Start colouring the first seconds of a part; it waits for no other film."""
    end = part.start + PREVIEW_SECONDS
    part = Part(part.start, end if part.end is None else min(end, part.end))

    def work(task: Task) -> Result:
        made = _color(task, desk, "preview", colorizer, part, saturation, hints)
        write_pair(desk.film, part, desk.preview, desk.pair)
        return made

    return get_tasks().start(task_name(desk, "preview"), work, _EXPECTED)


def start_film(
    desk: Desk, colorizer: Colorizer, part: Part, saturation: float, hints: Hints = (), resume: bool = False
) -> Task:
    """Start colouring a part of a film, or go on with it; it waits for the films of others."""

    def work(task: Task) -> Result:
        with _film_turn(task):
            return _color(task, desk, "film", colorizer, part, saturation, hints, resume)

    return get_tasks().start(task_name(desk, "film"), work, _EXPECTED)


def find_task(desk: Desk, kind: str) -> Task | None:
    return get_tasks().find(task_name(desk, kind))


def is_running(desk: Desk, kind: str) -> bool:
    return get_tasks().is_running(task_name(desk, kind))


def _color(
    task: Task,
    desk: Desk,
    kind: str,
    colorizer: Colorizer,
    part: Part,
    saturation: float,
    hints: Hints,
    resume: bool = False,
) -> Result:
    pace = Pace()
    task.progress(0, 0, "Following your hints through their shots." if hints else "")

    def progress(done: int, total: int | None) -> None:
        task.progress(done, max(done, total or 0), pace.in_words(done, total))

    return job.color_film(
        desk.film,
        desk.preview if kind == "preview" else desk.colored,
        colorizer,
        part,
        saturation,
        resume,
        hints=hints,
        progress=progress,
        stopped=task.stopped,
        take_turn=lambda: turn_of(task, StoppedError),
    )


@contextmanager
def _film_turn(task: Task) -> Iterator[None]:
    with get_film_queue().ticket() as ticket:
        while ahead := ticket.position:
            task.progress(0, 0, f"Waiting for {ahead} other film{'s' if ahead > 1 else ''}.")
            task.wait(1)
            if task.stopped():
                raise StoppedError("Stopped.")
        yield
