"""What visitors have on the colour page, kept in memory for a while after their connection was lost.

Who has left for a few minutes still finds everything; after that, the visits of all who have left share a small place.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import streamlit as st

MINUTES = 15
"""So long, at most, is a visit kept after the visitor was last active."""

_SWEEP_SECONDS = 60
_SECONDS = MINUTES * 60 - _SWEEP_SECONDS

MAX_BYTES = 1024**3
"""Largest sum of the photographs' files in all visits that are kept; the oldest visits are dropped first."""

CALM_SECONDS = 240
CALM_BYTES = 24 * 1024**2
"""The same for the visits of those who have left and were not active for `CALM_SECONDS`."""


@dataclass(frozen=True)
class Visit:
    """What one visitor has on the page."""

    owner: str
    """Id of the signed-in person; empty for others."""
    content: dict[str, Any]
    """Values of the session by key."""
    size: int
    """Bytes of the photographs' files."""
    seen: float
    """When the visitor was last active, in seconds of a clock that only runs forward."""
    session: str
    """Id of Streamlit's session in which that was."""


class Visits:
    """The visits of this server process by their names, which only the visitors' own tabs know.

    Args:
        is_here: tells of a session whether its page is open.
    """

    def __init__(self, is_here: Callable[[str], bool] = lambda session: False):
        self._is_here = is_here
        self._lock, self._visits, self._sweeping = threading.Lock(), {}, False

    def keep(self, name: str, owner: str, content: dict[str, Any], size: int, session: str = "") -> None:
        """Keep a visit from now on for a while, in place of what was kept under its name."""
        with self._lock:
            self._visits.pop(name, None)
            self._visits[name] = Visit(owner, content, size, time.monotonic(), session)
            while len(self._visits) > 1 and sum(visit.size for visit in self._visits.values()) > MAX_BYTES:
                del self._visits[next(iter(self._visits))]
            self._sweep_later()

    def drop(self, name: str) -> None:
        with self._lock:
            self._visits.pop(name, None)

    def take(self, name: str, owner: str) -> dict[str, Any] | None:
        """Return what is kept of a visit and forget it; None if there is nothing, or if it is somebody else's.

        What a visitor did before signing in belongs to the person who then signs in.
        """
        with self._lock:
            visit = self._visits.get(name)
            if visit is None or self._is_over(visit) or visit.owner not in ("", owner):
                return None
            return self._visits.pop(name).content

    def _sweep_later(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            timer = threading.Timer(_SWEEP_SECONDS, self._sweep)
            timer.daemon = True
            timer.start()

    def _sweep(self) -> None:
        with self._lock:
            self._visits = {name: visit for name, visit in self._visits.items() if not self._is_over(visit)}
            for name in self._too_many():
                del self._visits[name]
            self._sweeping = False
            if self._visits:
                self._sweep_later()

    def _too_many(self) -> list[str]:
        """The oldest of the visits that share `CALM_BYTES`, without which the others have room there."""
        since = time.monotonic() - CALM_SECONDS
        left = [item for item in self._visits.items() if item[1].seen < since and not self._is_here(item[1].session)]
        sums = accumulate(visit.size for _, visit in reversed(left))
        fitting = max(1, sum(size <= CALM_BYTES for size in sums))  # one person's album may be larger than that
        return [name for name, _ in left[: len(left) - fitting]]

    @staticmethod
    def _is_over(visit: Visit) -> bool:
        return time.monotonic() - visit.seen > _SECONDS


@st.cache_resource(show_spinner=False)
def get_visits() -> Visits:
    """The visits of this server."""
    return Visits(st.runtime.get_instance().is_active_session if st.runtime.exists() else lambda session: False)


def new_name() -> str:
    """A name for a visit that nobody can guess."""
    return secrets.token_urlsafe(24)
