"""The newest results of a study, computed in the background, so that nobody who looks at them waits for all votes."""

import threading
import time
from dataclasses import dataclass

from study.analysis.snapshot import Snapshot, take_snapshot
from study.folder import Study

QUICK = 0.5
"""Seconds: results that took no longer are waited for; of larger studies the last ones are shown meanwhile."""
REST = 4
"""After each computation, this many times as long as it took passes before the next, so that votes can be saved."""


@dataclass(frozen=True)
class Latest:
    """The newest snapshot there is."""

    snapshot: Snapshot
    has_newer_votes: bool
    """whether there is something that it does not know; a newer one is being computed, or will be soon"""


class LatestResults:
    """Keeps the newest snapshot of a study, and takes another when something has changed. For any number of threads."""

    def __init__(self, study: Study):
        self._study = study
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._snapshot: Snapshot | None = None
        self._error: Exception | None = None
        self._state: tuple | None = None
        self._took, self._rested_at = 0.0, 0.0

    @property
    def is_ready(self) -> bool:
        """Whether there is a snapshot to show already."""
        return self._snapshot is not None

    def get(self) -> Latest:
        """The newest snapshot; the first is waited for, and later ones of studies that are computed quickly.

        Raises:
            StudyError, StorageError: the study or its votes cannot be read.
        """
        with self._lock:
            state = self._current_state() if self._snapshot is not None else None
            changed = state is None or state != self._state
            if self._worker is None and changed and time.monotonic() >= self._rested_at:
                self._worker = threading.Thread(target=self._compute, daemon=True)
                self._worker.start()
            worker, wait = self._worker, self._snapshot is None or self._took <= QUICK
        if worker is not None and wait:
            worker.join()
        with self._lock:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._snapshot is None:  # another thread was told of the error
                return Latest(take_snapshot(self._study), False)
            return Latest(self._snapshot, changed and self._state != state)

    def _compute(self) -> None:
        began = time.monotonic()
        try:
            state = self._current_state()
            snapshot = take_snapshot(self._study)
        except Exception as error:  # raised again in `get`, where it is handled
            with self._lock:
                self._error, self._worker = error, None
            return
        with self._lock:
            self._snapshot, self._state, self._worker = snapshot, state, None
            self._took = time.monotonic() - began
            rest = 0.0 if self._took <= QUICK else REST * self._took
            self._rested_at = time.monotonic() + rest

    def _current_state(self) -> tuple:
        """What tells that something has changed: the files of the study, its votes and its participants."""
        files = tuple((path.name, path.stat().st_mtime_ns) for path in sorted(self._study.folder.glob("*.json")))
        votes = self._study.store.read()
        return files, len(votes), votes[-1:], len(self._study.store.attended())
