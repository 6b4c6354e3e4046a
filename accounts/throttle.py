"""Guesses slowed down: so many within five minutes, then a pause. Kept in the database, so that a restart or a second
server forgives nothing."""

import hashlib
import math
import secrets
import time
from collections.abc import Mapping

from sqlalchemy import Connection, text

from accounts import AccountsError
from accounts.database import Database

WINDOW = 300.0
"""Seconds for which a guess counts."""


class TooManyAttemptsError(AccountsError):
    """There were too many guesses lately."""

    def __init__(self, wait: float):
        self.wait = math.ceil(wait)
        super().__init__(f"Too many attempts. Please try again in {self.wait} seconds.")


class Throttle:
    """Counts guesses by subject: a person's name, an address, or both together. Only hashes of subjects are stored."""

    def __init__(self, database: Database):
        self._database = database

    def admit(self, limits: Mapping[str, int]) -> str:
        """Count a guess before its outcome is known, against the limit of each subject.

        Returns:
            An id of the guess, for `forgive`.

        Raises:
            TooManyAttemptsError: a subject has reached its limit; the guess is not counted.
        """
        attempt, now = secrets.token_hex(16), time.time()
        with self._database.transaction("attempts") as connection:
            connection.execute(text("DELETE FROM attempts WHERE at < :start"), {"start": now - WINDOW})
            wait = max(_wait(connection, subject, limit, now) for subject, limit in limits.items())
            if wait > 0:
                raise TooManyAttemptsError(wait)
            rows = [{"id": attempt, "subject": _hash(subject), "at": now} for subject in limits]
            connection.execute(text("INSERT INTO attempts VALUES (:id, :subject, :at)"), rows)
        return attempt

    def forgive(self, attempt: str, subject: str) -> None:
        """The guess was right: it does not count, nor do earlier ones at this subject."""
        with self._database.transaction("attempts") as connection:
            connection.execute(
                text("DELETE FROM attempts WHERE id = :id OR subject = :subject"),
                {"id": attempt, "subject": _hash(subject)},
            )


def _wait(connection: Connection, subject: str, limit: int, now: float) -> float:
    latest = text("SELECT at FROM attempts WHERE subject = :subject ORDER BY at DESC LIMIT :limit")
    times = connection.scalars(latest, {"subject": _hash(subject), "limit": limit}).all()
    return times[-1] + WINDOW - now if len(times) == limit else 0.0


def _hash(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()
