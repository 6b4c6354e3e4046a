"""Who has left takes no memory for long, also when nobody comes afterwards."""

import subprocess
import sys
import weakref

import pytest
from streamlit.runtime.session_manager import SessionInfo

from colorizer.inference.album import Photograph
from pages.routes.guards import leaving
from pages.routes.guards.leaving import LeftSessions, give_memory_back
from tests.conftest import ROOT


class Session:
    """What a storage sees of a session."""

    def __init__(self, id: str, photographs: int = 0):
        self.id, self._scriptrunner = id, None
        shelf = {str(n): Photograph("a.jpg", b"...", predictions={"tiny": ...}) for n in range(photographs)}
        self.session_state = {"colorize_photographs": shelf, "colorize_pictures": {"comparison": ...}}

    @property
    def is_whole(self) -> bool:
        pictures = bool(self.session_state["colorize_pictures"])
        assert all(bool(p.predictions) == pictures for p in self.session_state["colorize_photographs"].values())
        return pictures


def leave(storage: LeftSessions, name: str) -> weakref.ref:
    session = Session(name)
    storage.save(SessionInfo(client=None, session=session))
    return weakref.ref(session)


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """The time in seconds, which a test may set."""
    time = [0.0]
    monkeypatch.setattr(leaving.time, "monotonic", lambda: time[0])
    return time


def leave_one_by_one(storage: LeftSessions, now: list[float], photographs: list[int]) -> list[Session]:
    """They leave so long after one another that each is gone for more than a moment when the next one leaves."""
    sessions = [Session(str(number), count) for number, count in enumerate(photographs)]
    for session in sessions:
        now[0] += leaving.WHOLE_SECONDS + 1
        storage.save(SessionInfo(client=None, session=session))
    return sessions


def test_a_session_that_is_over_is_freed_though_nobody_else_leaves():
    storage = LeftSessions(seconds=0)
    session = leave(storage, "anna")
    assert session() is not None
    storage.end_old()
    assert session() is None


def test_a_lost_connection_can_be_taken_up_again():
    storage = LeftSessions(seconds=120)
    session = leave(storage, "anna")
    storage.end_old()
    assert storage.get("anna").session is session()


def test_few_sessions_are_kept_the_oldest_go_first(monkeypatch):
    monkeypatch.setattr(leaving, "MOST_LEFT", 2)
    storage = LeftSessions(seconds=120)
    sessions = [leave(storage, name) for name in ("anna", "ben", "clara")]
    assert [session() is None for session in sessions] == [True, False, False]


def test_of_many_who_left_the_last_few_photographs_are_kept_whole(monkeypatch, now):
    monkeypatch.setattr(leaving, "WHOLE_PHOTOGRAPHS", 3)
    sessions = leave_one_by_one(LeftSessions(120), now, [1] * 10)
    assert [session.is_whole for session in sessions] == [False] * 7 + [True] * 3
    assert all(p.data for session in sessions for p in session.session_state["colorize_photographs"].values())


def test_who_left_last_is_kept_whole_however_many_photographs_there_are(now):
    sessions = leave_one_by_one(LeftSessions(120), now, [2, 30])
    assert [session.is_whole for session in sessions] == [False, True]


def test_nobody_waits_after_a_short_loss_of_the_connection(now):
    storage = LeftSessions(120)
    sessions = [Session(str(number), 5) for number in range(4)]
    for session in sessions:
        storage.save(SessionInfo(client=None, session=session))
    assert all(session.is_whole for session in sessions)
    now[0] += leaving.WHOLE_SECONDS + 1
    storage.lighten()
    assert [session.is_whole for session in sessions] == [False] * 3 + [True]


def test_a_page_that_still_runs_is_let_alone_until_it_has_ended(now):
    storage = LeftSessions(120)
    running = Session("running", 9)
    running._scriptrunner = object()
    storage.save(SessionInfo(client=None, session=running))
    leave_one_by_one(storage, now, [9])
    assert running.is_whole
    running._scriptrunner = None
    storage.lighten()
    assert not running.is_whole


ARENAS_OF_A_SERVER = """
import ctypes, sys, threading
import app
import numpy
barrier = threading.Barrier(12)
def allocate():
    kept = [b"a" * 5000 for _ in range(100)]
    barrier.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(library.fopen(sys.argv[1].encode(), b"w"))
library.malloc_info(0, file)
library.fclose(file)
"""


@pytest.mark.skipif(leaving._glibc() is None, reason="needs glibc")
def test_the_threads_of_a_server_share_their_memory(tmp_path):
    command = [sys.executable, "-c", ARENAS_OF_A_SERVER, str(tmp_path / "heaps.xml")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "heaps.xml").read_text().count("<heap nr=") == leaving.ARENAS


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_memory_is_given_back():
    from tests.load.many_uploads import megabytes

    kept = [bytes(1000) for _ in range(100_000)]
    blocks = kept[::100]
    full = megabytes("self")
    kept.clear()
    give_memory_back()
    assert megabytes("self") <= full and len(blocks) == 1000
