"""Work that is divided among all cores, unless its thread is one of many that work already.

A batch has a thread for each core. If each of them started further ones for every step of a photograph, they would only
wait for each other.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

from storage.settings import cores

Item, Result = TypeVar("Item"), TypeVar("Result")

_here = threading.local()


def each(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What a function gives for each item, in their order. It must let go of Python's lock to gain by this.

    The caller works, too, so that nothing is waited for where other threads are busy or slow to start.
    """
    items = list(items)
    helpers = min(cores(), len(items)) - 1
    if helpers < 1 or getattr(_here, "is_one_of_many", False):
        return [function(item) for item in items]
    results, left = [None] * len(items), iter(range(len(items)))

    def work() -> None:
        try:
            for i in left:  # each thread takes the next one that none has taken
                results[i] = function(items[i])
        except BaseException:
            deque(left, maxlen=0)  # what is left is not begun
            raise

    others = [_pool(cores() - 1).submit(work) for _ in range(helpers)]
    try:
        _alone(work)
    finally:
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    for other in begun:
        other.result()
    return results


def _alone(work: Callable[[], None]) -> None:
    """Run it in a thread that does alone what it divides further."""
    _here.is_one_of_many = True
    try:
        work()
    finally:
        _here.is_one_of_many = False


def together(*functions: Callable[[], Result]) -> list[Result]:
    """What functions without arguments give, in their order; see `each`."""
    return each(lambda function: function(), functions)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """The threads that all calls share: to start new ones for each call would take 3 ms of a photograph's 80."""
    return ThreadPoolExecutor(threads, "each", initializer=be_one_of_many)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child process has none of them


def be_one_of_many() -> None:
    """From now on, this thread does alone what it does; an initializer for pools."""
    _here.is_one_of_many = True
