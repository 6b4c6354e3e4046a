"""A bounded queue for inference, which all callers share; a waiting caller can see its position in the queue."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class QueueFullError(RuntimeError):
    """Too many photographs are waiting already."""


class QueueTimeoutError(RuntimeError):
    """A photograph has waited too long for its turn."""


class InferenceQueue:
    """First come, first served: lets `workers` callers run at a time and bounds how many wait.

    Args:
        limit: callers that may wait.
        timeout: longest wait of a caller, in seconds.
        workers: callers that run at once.
    """

    def __init__(self, limit: int = 32, timeout: float = 300.0, workers: int = 1):
        self.limit, self.timeout, self.workers = limit, timeout, workers
        self._line: deque[Ticket] = deque()
        self._moved = threading.Condition()

    @contextmanager
    def ticket(self) -> Iterator["Ticket"]:
        """Take a place in the queue; it is freed at the end of the block, also after an error.

        Raises:
            QueueFullError: `limit` callers are waiting already.
        """
        with self._moved:
            if len(self._line) >= self.limit + self.workers:
                raise QueueFullError(f"At most {self.limit} photographs may wait. Please try again in a minute.")
            ticket = Ticket(self)
            self._line.append(ticket)
        try:
            yield ticket
        finally:
            with self._moved:
                self._line.remove(ticket)
                self._moved.notify_all()


class Ticket:
    """A place in an `InferenceQueue`."""

    def __init__(self, queue: InferenceQueue):
        self._queue = queue

    @property
    def position(self) -> int:
        """Callers ahead that must end before this one may run; 0 means that it may run now."""
        with self._queue._moved:
            return self._position()

    def wait(self, on_position: Callable[[int], None] = lambda position: None) -> None:
        """Wait until this caller may run; call `on_position` with each new position.

        Raises:
            QueueTimeoutError: the wait took longer than the queue's `timeout`.
        """
        deadline, told = time.monotonic() + self._queue.timeout, None
        while True:
            with self._queue._moved:
                position = self._position()
                left = deadline - time.monotonic()
                if position and position == told:
                    self._queue._moved.wait(min(left, 1.0))
                    position = self._position()
            if position == 0:
                return
            if left <= 0:
                raise QueueTimeoutError(
                    f"A photograph waits at most {self._queue.timeout:g} seconds for its turn, and {position} are "
                    "still ahead. Please try again later."
                )
            if position != told:
                on_position(position)
                told = position

    def _position(self) -> int:
        return max(0, self._queue._line.index(self) - self._queue.workers + 1)
