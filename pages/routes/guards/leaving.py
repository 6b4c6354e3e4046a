"""Frees the memory of visitors who have left, also when nobody comes after them.

Streamlit keeps the session of a lost connection for `server.disconnectedSessionTTL` (two minutes), so that it can be
taken up again. It looks which of them are over only when the next visitor leaves: until then their uploads would take
a place in `bodies.BodyLimits`. It keeps up to 128 of them, each of which has 8 MB or more after one photograph: almost
all of that can be made anew of the file, in less than a second.
And what a program frees, glibc keeps for later, until it is asked to give it back: in up to eight places ("arenas") for
each core, to which the threads are spread. Each run of a page is a new thread, so what one visitor's run has freed was
of no use to the next, and small blocks that stay kept the large ones around them. With two places memory stays as it
is, and colouring takes no longer.
"""

import asyncio
import ctypes
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo

SECONDS = 10
"""So often it is looked who has left."""
MOST_LEFT = 32
"""So many sessions whose connection is lost are kept at most; the oldest go first."""
WHOLE_SECONDS = 5
"""So long a session is kept whole, with what can be made anew: after a short loss of the connection nobody waits."""
WHOLE_PHOTOGRAPHS = 8
"""After that, those are kept whole that left last, as long as they have so many photographs together: about 64 MB. The
very last one is, however many it has."""


_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""
ARENAS = 2


class LeftSessions(MemorySessionStorage):
    """Streamlit's storage of sessions whose connection is lost."""

    def __init__(self, seconds: float):
        super().__init__(MOST_LEFT, seconds)
        self._left_at: WeakKeyDictionary[AppSession, float] = WeakKeyDictionary()

    def save(self, session_info: SessionInfo) -> None:
        """Keep the session of somebody who leaves now."""
        super().save(session_info)
        self._left_at[session_info.session] = time.monotonic()
        self.lighten()

    def end_old(self) -> None:
        """End those that were left too long ago."""
        self._cache.expire()

    def lighten(self) -> None:
        """Drop what can be made anew of those who have left, but for the last of them."""
        from pages.parts.forgetting import count_developed, forget  # known to a server that somebody has left

        sessions = [info.session for info in reversed(self.list())]  # the last one first
        before, kept = time.monotonic() - WHOLE_SECONDS, 0
        for session in sessions:
            count = count_developed(session.session_state)
            is_whole = session is sessions[0] or kept + count <= WHOLE_PHOTOGRAPHS
            if is_whole or self._left_at[session] > before:
                kept += count
            elif session._scriptrunner is None:  # while a page still runs, it is let alone until the next time
                forget(session.session_state)


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
        sessions.lighten()
        await asyncio.to_thread(give_memory_back)


def let_threads_share_memory() -> None:
    """Let all threads allocate in `ARENAS` places, where glibc is the C library; to be called before they begin."""
    if (library := _glibc()) is not None:
        library.mallopt(_ARENA_MAX, ARENAS)


def give_memory_back() -> None:
    """Return the freed memory to the operating system where glibc is the C library: elsewhere there is no need."""
    if (library := _glibc()) is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """The C library of this process, if it is glibc."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None
