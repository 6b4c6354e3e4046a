"""Who has left takes no memory for long, also when nobody comes afterwards."""

import sys
import weakref
from types import SimpleNamespace

import pytest
from streamlit.runtime.session_manager import SessionInfo

from pages.routes.guards import leaving
from pages.routes.guards.leaving import LeftSessions, give_memory_back


class Session(SimpleNamespace):
    """What a storage sees of a session."""


def leave(storage: LeftSessions, name: str) -> weakref.ref:
    session = Session(id=name)
    storage.save(SessionInfo(client=None, session=session))
    return weakref.ref(session)


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


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_memory_is_given_back():
    from tests.load.many_uploads import megabytes

    kept = [bytes(1000) for _ in range(100_000)]
    blocks = kept[::100]
    full = megabytes("self")
    kept.clear()
    give_memory_back()
    assert megabytes("self") <= full and len(blocks) == 1000
