"""Frees the memory of visitors who have left, also when nobody comes after them.

Streamlit keeps the session of a lost connection for `server.disconnectedSessionTTL` (two minutes), so that it can be
taken up again. It looks which of them are over only when the next visitor leaves: until then their uploads would take
a place in `bodies.BodyLimits`. It keeps up to 128 of them, each of which has 8 MB or more after one photograph.
And what a program frees, glibc keeps for later, until it is asked to give it back.
"""

import asyncio
import ctypes
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.memory_session_storage import MemorySessionStorage

SECONDS = 10
"""So often it is looked who has left."""
MOST_LEFT = 32
"""So many sessions whose connection is lost are kept at most; the oldest go first."""


class LeftSessions(MemorySessionStorage):
    """Streamlit's storage of sessions whose connection is lost."""

    def __init__(self, seconds: float):
        super().__init__(MOST_LEFT, seconds)

    def end_old(self) -> None:
        """End those that were left too long ago."""
        self._cache.expire()


@asynccontextmanager
async def free_what_visitors_leave(app: st.App) -> AsyncIterator[None]:
    """The `lifespan` for `st.App`."""
    sessions = LeftSessions(st.get_option("server.disconnectedSessionTTL"))
    st.runtime.get_instance()._session_mgr._session_storage = sessions  # `st.App` takes no storage from us
    task = asyncio.create_task(_free_again_and_again(sessions))
    try:
        yield
    finally:
        task.cancel()


async def _free_again_and_again(sessions: LeftSessions) -> None:
    while True:
        await asyncio.sleep(SECONDS)
        sessions.end_old()  # in the thread of Streamlit's event loop, like all that changes them
        await asyncio.to_thread(give_memory_back)


def give_memory_back() -> None:
    """Return the freed memory to the operating system where glibc is the C library: elsewhere there is no need."""
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)
