"""Limit BLAS to one thread while at least one caller needs it.

The number of BLAS threads is one setting of the whole process. If two callers overlap, and each sets it to one and then
restores what it found, it stays at one for good, because the second finds what the first has set. So callers are
counted: the first sets the limit, the last one lifts it, and no caller waits for another.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import OpenBLASController, get_cached_controller


class CountedLimit:
    """Limits BLAS to one thread while at least one caller is inside."""

    def __init__(self):
        self._lock = threading.Lock()
        self._inside = 0
        self._limit = None

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Inside the block, matrix products run on the caller's own thread; several callers may be inside at once."""
        with self._lock:
            if self._inside == 0:
                self._limit = get_cached_controller().limit(limits=1, user_api="blas")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._lift()

    def _lift(self) -> None:
        # threadpoolctl lets only the thread that set a limit change it, and that thread may have left earlier.
        OpenBLASController.clear_controlling_thread(force=True)
        self._limit.restore_original_limits()
        OpenBLASController.clear_controlling_thread()


one_blas_thread = CountedLimit().hold
