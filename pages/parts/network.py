"""The networks, shared by all visitors: each is loaded once, and one photograph is coloured at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import streamlit as st

import colorizer
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.queue import InferenceQueue, QueueFullError, QueueTimeoutError
from pages.parts import collector
from pages.parts.background import Task

BUSY = (QueueFullError, QueueTimeoutError)
"""Errors that say that too many are waiting; their messages may be shown to visitors."""

_RETRY_SECONDS = 1

get_queue = st.cache_resource(InferenceQueue, show_spinner=False)


@st.cache_resource(show_spinner=False)
def load_silently(name: str) -> Colorizer:
    """Return a model, loaded once for all visitors; for pages that show their own message while it loads.

    Raises:
        WeightsError: the model cannot be loaded.
    """
    model = colorizer.load_model(name)
    collector.spare_collector()
    return model


@st.cache_resource(show_spinner="Getting the colours ready. This happens once.")
def get_model(name: str) -> Colorizer:
    """Return the same model as `load_silently`, with a message on the page while it loads.

    Raises:
        WeightsError: the model cannot be loaded.
    """
    return load_silently(name)


@contextmanager
def turn(on_position: Callable[[int], None] = lambda ahead: None) -> Iterator[None]:
    """Wait for a turn at the network and hold it; `on_position` is called with the number of those ahead.

    Raises:
        QueueFullError, QueueTimeoutError: too many are waiting.
    """
    with get_queue().ticket() as ticket:
        ticket.wait(on_position)
        yield


@contextmanager
def turn_shown(bar, share: float, text: str) -> Iterator[None]:
    """Wait for a turn and hold it, while a progress bar at `share` (0 to 1) shows `text` and how many are ahead.

    Raises:
        QueueFullError, QueueTimeoutError: too many are waiting.
    """
    with turn(lambda ahead: bar.progress(share, f"{text}. Waiting for {ahead} ahead of you.")):
        bar.progress(share, text)
        yield


@contextmanager
def turn_of(task: Task, stopped: type[Exception]) -> Iterator[None]:
    """Wait for a turn for a background task and hold it; while too many are waiting, it tries again.

    Args:
        stopped: the error to raise if the task is asked to stop before its turn has come.
    """
    while not task.stopped():
        with suppress(*BUSY), turn():
            yield
            return
        task.wait(_RETRY_SECONDS)
    raise stopped("Stopped.")
