"""Work that is divided among all cores, unless its thread is one of many that work already.

A batch has a thread for each core. If each of them started further ones for every step of a photograph, they would only
wait for each other.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from storage.settings import cores

Item, Result = TypeVar("Item"), TypeVar("Result")

_here = threading.local()


def each(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What a function gives for each item, in their order. It must let go of Python's lock to gain by this."""
    if getattr(_here, "is_one_of_many", False):
        return [function(item) for item in items]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(function, items))


def be_one_of_many() -> None:
    """From now on, this thread does alone what it does; an initializer for pools."""
    _here.is_one_of_many = True
