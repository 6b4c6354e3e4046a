"""Who is signed in where. The browser holds a random token; the table holds its hash, and can revoke it.

A token goes into a cookie that no script can read. The page that is open when somebody signs in cannot see a new cookie
before it is loaded again, so it is given a ticket as well: good once, for a minute.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Row, text

from accounts.database import Database
from accounts.users import User

SECONDS = 30 * 24 * 60 * 60
"""How long a sign-in lasts."""

TICKET_SECONDS = 60

_VISIT = (
    "SELECT sessions.id AS session, users.id, users.name, password_hash FROM sessions "
    "JOIN users ON users.id = user_id WHERE expires_at > :now AND "
)


@dataclass(frozen=True)
class Opened:
    """What a browser is told when somebody has signed in."""

    token: str
    ticket: str


@dataclass(frozen=True)
class Visit:
    """A signed-in person in one browser."""

    session: str
    """Id of the session; no secret, and useless to a browser."""
    user: User


class Sessions:
    """The table of sign-ins."""

    def __init__(self, database: Database):
        self._database = database

    def open(self, user: User) -> Opened:
        """Sign a person in. Those whose time is over are forgotten."""
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
        """The visit of a session that has not been closed."""
        return self._find("sessions.id = :value", session)

    def find_token(self, token: str) -> Visit | None:
        """The visit of the browser that holds this token."""
        return self._find("token_hash = :value", _hash(token))

    def redeem(self, ticket: str) -> Visit | None:
        """The visit that a ticket was given for; a second time there is none."""
        values = {"value": _hash(ticket), "oldest": int(time.time()) - TICKET_SECONDS}
        query = (
            "UPDATE sessions SET ticket_hash = NULL WHERE ticket_hash = :value AND created_at >= :oldest RETURNING id"
        )
        with self._database.transaction() as connection:
            session = connection.scalar(text(query), values)
        return self.find(session) if session else None

    def close(self, session: str) -> None:
        """Sign out here."""
        with self._database.transaction() as connection:
            connection.execute(text("DELETE FROM sessions WHERE id = :id"), {"id": session})

    def close_all(self, user: User, but: str = "") -> None:
        """Sign out everywhere, `but` in one session."""
        query = text("DELETE FROM sessions WHERE user_id = :user_id AND id <> :but")
        with self._database.transaction() as connection:
            connection.execute(query, {"user_id": user.id, "but": but})

    def _find(self, condition: str, value: str) -> Visit | None:
        with self._database.transaction() as connection:
            row = connection.execute(text(_VISIT + condition), {"value": value, "now": int(time.time())}).first()
        return _visit(row) if row else None


def _visit(row: Row) -> Visit:
    return Visit(row.session, User(row.id, row.name, has_password=row.password_hash is not None))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # enough for 256 random bits; nothing to guess as in a password
