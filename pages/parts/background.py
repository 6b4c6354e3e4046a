"""Background tasks: each runs in its own thread, also when no page is open, and at most once under each name."""

import threading
from collections.abc import Callable
from logging import getLogger

import streamlit as st


class Task:
    """A function that runs in its own thread. Its fields may be read at any time: the progress (`done`, `total`,
    `item`), why it ended early (`failure` as text, `error`), and what the function returned (`result`).

    Args:
        work: is called with this task, reports to `progress`, and returns soon once `stopped` is true.
        expected: errors whose text may be shown to the user.
    """

    def __init__(self, name: str, work: Callable[["Task"], object], expected: tuple[type[Exception], ...]):
        self.done, self.total, self.item = 0, 0, ""
        self.failure, self.error, self.result = "", None, None
        self._name, self._work, self._expected, self._stop = name, work, expected, threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def share(self) -> float:
        """The part that is done, from 0 to 1."""
        return self.done / self.total if self.total else 0.0

    def progress(self, done: int, total: int, item: str) -> None:
        self.done, self.total, self.item = done, total, item

    def stop(self) -> None:
        """Ask the task to end after its current item."""
        self._stop.set()

    def stopped(self) -> bool:
        return self._stop.is_set()

    def wait(self, seconds: float) -> None:
        """Wait this long, or until the task is asked to stop."""
        self._stop.wait(seconds)

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except self._expected as error:
            self.error, self.failure = error, "" if self.stopped() else str(error)
        except Exception:
            getLogger(__name__).exception(self._name)
            self.failure = "Something went wrong on our side; the server's log says what. What is done is kept."


class Tasks:
    """The tasks of this server process, by name."""

    def __init__(self):
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}

    def start(self, name: str, work: Callable[[Task], object], expected: tuple[type[Exception], ...]) -> Task:
        """Start a task; if one of this name is already running, return that one instead."""
        with self._lock:
            found = self._tasks.get(name)
            if found is None or not found.running:
                found = self._tasks[name] = Task(name, work, expected)
            return found

    def find(self, name: str) -> Task | None:
        return self._tasks.get(name)

    def is_running(self, name: str) -> bool:
        task = self.find(name)
        return task is not None and task.running

    def end(self, name: str) -> None:
        """Ask a task to stop, wait up to 30 seconds for it, and remove it."""
        task = self.find(name)
        if task is not None:
            task.stop()
            task.join(30)
        with self._lock:
            self._tasks.pop(name, None)


get_tasks = st.cache_resource(Tasks, show_spinner=False)
