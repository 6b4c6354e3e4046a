"""The newest results of a study, computed in the background, so that nobody who looks at them waits for all votes."""

import threading
import time
from dataclasses import dataclass

from study.analysis.saved_results import load_results, save_results
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
    """Keeps the newest snapshot of a study, and takes another when something has changed. For any number of threads.

    That of a large study is saved, and the first that a new server shows is the saved one.
    """

    def __init__(self, study: Study):
        self._study = study
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._snapshot: Snapshot | None = None
        self._error: Exception | None = None
        self._state: str | None = None
        self._took, self._rested_at = 0.0, 0.0
        self._looked = False

    @property
    def is_ready(self) -> bool:
        """Whether there is a snapshot to show already."""
        with self._lock:
            self._look_for_saved()
            return self._snapshot is not None

    def get(self) -> Latest:
        """The newest snapshot; the first that there is is waited for, and later ones of quickly computed studies.

        Raises:
            StudyError, StorageError: the study or its votes cannot be read.
        """
        with self._lock:
            self._look_for_saved()
            state = study_state(self._study) if self._snapshot is not None else None
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

    def _look_for_saved(self) -> None:
        if self._looked or self._snapshot is not None:
            return
        self._looked = True
        if saved := load_results(self._study):
            self._snapshot, self._state, self._took = saved.snapshot, saved.state, saved.seconds

    def _compute(self) -> None:
        began = time.monotonic()
        try:
            state = study_state(self._study)
            snapshot = take_snapshot(self._study)
        except Exception as error:  # raised again in `get`, where it is handled
            with self._lock:
                self._error, self._worker = error, None
            return
        with self._lock:
            self._snapshot, self._state, self._worker = snapshot, state, None
            took = self._took = time.monotonic() - began
            rest = 0.0 if took <= QUICK else REST * took
            self._rested_at = time.monotonic() + rest
        if took > QUICK:
            save_results(self._study, snapshot, state, took)


def study_state(study: Study) -> str:
    """A text that changes when the files of a study, its votes or its participants do."""
    files = [(path.name, path.stat().st_mtime_ns) for path in sorted(study.folder.glob("*.json"))]
    return f"{files} {study.store.state()}"
