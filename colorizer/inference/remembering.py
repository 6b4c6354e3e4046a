"""Keep the last results of a function of arrays, so that what is asked again takes no time.

Who gives hints changes nothing that the networks compute, yet each touch draws the whole picture again.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache

import numpy as np


class _Call:
    """The arrays of a call; two are equal if their contents are."""

    def __init__(self, arrays: tuple[np.ndarray, ...]):
        self.arrays = arrays
        contents = (array.dtype.str.encode() + str(array.shape).encode() + array.tobytes() for array in arrays)
        self.digest = hashlib.sha256(b"".join(contents)).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Call) and self.digest == other.digest


def remembered(function: Callable[..., np.ndarray], count: int) -> Callable[..., np.ndarray]:
    """The same function of arrays, which keeps its last `count` results; they are read-only."""

    @lru_cache(maxsize=count)
    def call(arguments: _Call) -> np.ndarray:
        result = function(*arguments.arrays)
        arguments.arrays = ()  # the digest is enough to know them again
        result.flags.writeable = False
        return result

    return lambda *arrays: call(_Call(arrays))
