"""Calls that many threads make at the same moment, carried out as one.

To append to a journal takes its lock and waits for the disk. On a busy machine a hundred participants who do that one
after another wait a second for their turns, although the disk takes as long for a hundred lines as for one. Databases
call this group commit: the first to come does the work of all who are waiting, then the next one does.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item, Result = TypeVar("Item"), TypeVar("Result")


class Together(Generic[Item, Result]):
    """Does `work` for items of any number of threads, and of all that wait at a time together.

    Args:
        work: takes a list of items and gives the result of each; never called by two threads at a time. If it raises
            an error, each of the calls that it was made for raises it.
    """

    def __init__(self, work: Callable[[list[Item]], list[Result]]):
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[_Call] = []
        self._someone_leads = False

    def __call__(self, item: Item) -> Result:
        """The result for this item."""
        mine = _Call(item)
        with self._lock:
            self._waiting.append(mine)
            leads, self._someone_leads = not self._someone_leads, True
        if not leads:
            mine.woken.wait()  # it is done, or it leads from now on
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.result

    def _lead(self) -> None:
        """Do the work of all that wait, then let the first of those who came meanwhile lead."""
        with self._lock:
            calls, self._waiting = self._waiting, []
        try:
            for call, result in zip(calls, self._work([call.item for call in calls]), strict=True):
                call.result = result
        except BaseException as error:
            for call in calls:
                call.error = error
        for call in calls:
            call.is_done = True
        with self._lock:
            next_leader = self._waiting[0] if self._waiting else None
            self._someone_leads = next_leader is not None
        for call in [next_leader, *calls] if next_leader else calls:
            call.woken.set()


class _Call:
    """What one thread waits for."""

    def __init__(self, item):
        self.item, self.result = item, None
        self.error: BaseException | None = None
        self.is_done, self.woken = False, threading.Event()
