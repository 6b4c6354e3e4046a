"""Sign-in sessions. The browser keeps a random token; the table keeps its hash, and deleting the row ends the session.

The token is stored in a cookie that scripts cannot read. The page that is open during the sign-in cannot see the new
cookie until it is reloaded, so it also gets a ticket that is valid once, for one minute.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Row, text

from accounts.database import Database
from accounts.users import User

SECONDS = 30 * 24 * 60 * 60
"""Seconds that a sign-in lasts: 30 days."""

TICKET_SECONDS = 60

MOST_SET_BACK = 24 * 60 * 60
"""Seconds by which the clock may be set back without ending the sign-ins of that time."""

CLOCKS_DIFFER = 60
"""Seconds by which the clocks of two servers may differ; a ticket of a later future is from before one was set back."""

_VISIT = (
    "SELECT sessions.id AS session, users.id, users.name, password_hash FROM sessions "
    "JOIN users ON users.id = user_id WHERE expires_at > :now AND sessions.created_at <= :latest AND "
)


@dataclass(frozen=True)
class Opened:
    """The secrets that a browser gets after a sign-in."""

    token: str
    ticket: str


@dataclass(frozen=True)
class Visit:
    """A signed-in person in one browser."""

    session: str
    """Id of the session; not a secret, since a browser cannot sign in with it."""
    user: User


class Sessions:
    """The table of sign-ins."""

    def __init__(self, database: Database):
        self._database = database

    def open(self, user: User) -> Opened:
        """Sign a person in. Also deletes expired sessions."""
        opened, now = Opened(secrets.token_urlsafe(32), secrets.token_urlsafe(32)), int(time.time())
        values = {
            "id": secrets.token_hex(16),
            "user_id": user.id,
            "token_hash": _hash(opened.token),
            "ticket_hash": _hash(opened.ticket),
            "now": now,
            "expires_at": now + SECONDS,
        }
        query = "INSERT INTO sessions VALUES (:id, :user_id, :token_hash, :ticket_hash, :now, :expires_at)"
        with self._database.transaction() as connection:
            connection.execute(text("DELETE FROM sessions WHERE expires_at <= :now"), values)
            connection.execute(text(query), values)
        return opened

    def find(self, session: str) -> Visit | None:
        """The visit of a session; None if it was closed or has expired."""
        return self._find("sessions.id = :value", session)

    def find_token(self, token: str) -> Visit | None:
        """The visit that belongs to a token; None if the session was closed or has expired."""
        return self._find("token_hash = :value", _hash(token))

    def redeem(self, ticket: str) -> Visit | None:
        """The visit that belongs to a ticket; None if it was used before or is older than TICKET_SECONDS."""
        now = int(time.time())
        values = {"value": _hash(ticket), "oldest": now - TICKET_SECONDS, "latest": now + CLOCKS_DIFFER}
        query = (
            "UPDATE sessions SET ticket_hash = NULL WHERE ticket_hash = :value "
            "AND created_at BETWEEN :oldest AND :latest RETURNING id"
        )
        with self._database.transaction() as connection:
            session = connection.scalar(text(query), values)
        return self.find(session) if session else None

    def close(self, session: str) -> None:
        """End one session."""
        with self._database.transaction() as connection:
            connection.execute(text("DELETE FROM sessions WHERE id = :id"), {"id": session})

    def close_all(self, user: User, but: str = "") -> None:
        """End all sessions of a person except the session with the id `but`."""
        query = text("DELETE FROM sessions WHERE user_id = :user_id AND id <> :but")
        with self._database.transaction() as connection:
            connection.execute(query, {"user_id": user.id, "but": but})

    def _find(self, condition: str, value: str) -> Visit | None:
        with self._database.transaction() as connection:
            now = int(time.time())
            values = {"value": value, "now": now, "latest": now + MOST_SET_BACK}
            row = connection.execute(text(_VISIT + condition), values).first()
        return _visit(row) if row else None


def _visit(row: Row) -> Visit:
    return Visit(row.session, User(row.id, row.name, has_password=row.password_hash is not None))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # a fast hash is enough: 256 random bits cannot be guessed
