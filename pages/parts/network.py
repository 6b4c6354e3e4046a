"""The networks as all visitors share them: each is loaded once, and one photograph is coloured at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import streamlit as st

import colorizer
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.queue import InferenceQueue, QueueFullError, QueueTimeoutError
from pages.parts.background import Task

BUSY = (QueueFullError, QueueTimeoutError)
"""Too many are waiting; the message is fit for a visitor."""

_RETRY_SECONDS = 1

get_queue = st.cache_resource(InferenceQueue, show_spinner=False)


@st.cache_resource(show_spinner=False)
def load_silently(name: str) -> Colorizer:
    """A model, loaded once for all visitors. For pages that say in words of their own that it takes a while.

    Raises:
        WeightsError: the model cannot be had.
    """
    return colorizer.load_model(name)


@st.cache_resource(show_spinner="Getting the colours ready. This happens once.")
def get_model(name: str) -> Colorizer:
    """The same model, with a note on the page while it is being loaded.

    Raises:
        WeightsError: the model cannot be had.
    """
    return load_silently(name)


@contextmanager
def turn(on_position: Callable[[int], None] = lambda ahead: None) -> Iterator[None]:
    """Our turn at the network; `on_position` is told how many are ahead.

    Raises:
        QueueFullError, QueueTimeoutError: there are too many.
    """
    with get_queue().ticket() as ticket:
        ticket.wait(on_position)
        yield


@contextmanager
def turn_shown(bar, share: float, text: str) -> Iterator[None]:
    """Our turn, with what is being done on a progress bar at `share` (0 to 1), and how many are ahead.

    Raises:
        QueueFullError, QueueTimeoutError: there are too many.
    """
    with turn(lambda ahead: bar.progress(share, f"{text}. Waiting for {ahead} ahead of you.")):
        bar.progress(share, text)
        yield


@contextmanager
def turn_of(task: Task, stopped: type[Exception]) -> Iterator[None]:
    """The turn of work in the background, which has time: however many are ahead, it tries again.

    Args:
        stopped: the error to raise when the task is to stop before its turn has come.
    """
    while not task.stopped():
        with suppress(*BUSY), turn():
            yield
            return
        task.wait(_RETRY_SECONDS)
    raise stopped("Stopped.")
