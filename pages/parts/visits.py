"""What visitors have on the colour page, kept in memory for a while after their connection was lost."""

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

MINUTES = 15
"""So long, at most, is a visit kept after the visitor was last active."""

_SWEEP_SECONDS = 60
_SECONDS = MINUTES * 60 - _SWEEP_SECONDS

MAX_BYTES = 1024**3
"""Largest sum of the photographs' files in all visits that are kept; the oldest visits are dropped first."""


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


class Visits:
    """The visits of this server process by their names, which only the visitors' own tabs know."""

    def __init__(self):
        self._lock, self._visits, self._sweeping = threading.Lock(), {}, False

    def keep(self, name: str, owner: str, content: dict[str, Any], size: int) -> None:
        """Keep a visit from now on for a while, in place of what was kept under its name."""
        with self._lock:
            self._visits.pop(name, None)
            self._visits[name] = Visit(owner, content, size, time.monotonic())
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
            self._sweeping = False
            if self._visits:
                self._sweep_later()

    @staticmethod
    def _is_over(visit: Visit) -> bool:
        return time.monotonic() - visit.seen > _SECONDS


get_visits = st.cache_resource(Visits, show_spinner=False)


def new_name() -> str:
    """A name for a visit that nobody can guess."""
    return secrets.token_urlsafe(24)
