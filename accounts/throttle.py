"""Rate limit for password attempts: a fixed number within five minutes, then a wait.

The counts are in the database, so that they survive a restart and hold for all servers together.
"""

import hashlib
import math
import secrets
import time
from collections.abc import Mapping

from sqlalchemy import Connection, text

from accounts import AccountsError
from accounts.database import Database

WINDOW = 300.0
"""Seconds for which an attempt counts."""


class TooManyAttemptsError(AccountsError):
    """There were too many attempts within `WINDOW`; `wait` is the number of seconds until the next is allowed."""

    def __init__(self, wait: float):
        self.wait = math.ceil(wait)
        super().__init__(f"Too many attempts. Please try again in {self.wait} seconds.")


class Throttle:
    """Counts attempts per subject: a name, an address, or both together. Only hashes of subjects are stored."""

    def __init__(self, database: Database):
        self._database = database

    def admit(self, limits: Mapping[str, int]) -> str:
        """Count an attempt before its result is known.

        Args:
            limits: subject -> attempts allowed within `WINDOW`.

        Returns:
            The id of the attempt, for `forgive`.

        Raises:
            TooManyAttemptsError: a subject has reached its limit; this attempt is not counted.
        """
        attempt, now = secrets.token_hex(16), time.time()
        with self._database.transaction("attempts") as connection:
            # Those of the future are from before the clock was set back; servers' clocks differ by less.
            window = {"start": now - WINDOW, "end": now + WINDOW}
            connection.execute(text("DELETE FROM attempts WHERE at < :start OR at > :end"), window)
            wait = max(_wait(connection, subject, limit, now) for subject, limit in limits.items())
            if wait > 0:
                raise TooManyAttemptsError(wait)
            rows = [{"id": attempt, "subject": _hash(subject), "at": now} for subject in limits]
            connection.execute(text("INSERT INTO attempts VALUES (:id, :subject, :at)"), rows)
        return attempt

    def forgive(self, attempt: str, subject: str) -> None:
        """Call this after a right password: deletes this attempt and all earlier ones of `subject`."""
        with self._database.transaction("attempts") as connection:
            connection.execute(
                text("DELETE FROM attempts WHERE id = :id OR subject = :subject"),
                {"id": attempt, "subject": _hash(subject)},
            )


def _wait(connection: Connection, subject: str, limit: int, now: float) -> float:
    latest = text("SELECT at FROM attempts WHERE subject = :subject ORDER BY at DESC LIMIT :limit")
    times = connection.scalars(latest, {"subject": _hash(subject), "limit": limit}).all()
    return min(times[-1] + WINDOW - now, WINDOW) if len(times) == limit else 0.0


def _hash(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()
