"""Users: with a name and a password, or signed in by an identity provider."""

import secrets
import time
import unicodedata
from dataclasses import dataclass
from logging import getLogger

from sqlalchemy import Connection, text

from accounts import AccountsError
from accounts.database import Database
from accounts.hashing import hash_password, is_outdated, is_right
from accounts.passwords import check_password
from storage import settings

MIN_NAME = 3
MAX_NAME = 40
_IN_NAMES = " ._-@+"  # allowed besides letters and digits; an e-mail address can be a name


class BadNameError(AccountsError):
    """A name is too short, too long, or contains a character that is not allowed."""


class NameTakenError(AccountsError):
    """Somebody else has this name."""


class TooManyAccountsError(AccountsError):
    """This server has as many accounts as it takes."""


class WrongPasswordError(AccountsError):
    """The name does not exist or the password is wrong; the message does not say which."""


@dataclass(frozen=True)
class User:
    """A person with a history."""

    id: str
    name: str
    has_password: bool
    """False for people who sign in with an identity provider."""


class Users:
    """The table of users."""

    def __init__(self, database: Database):
        self._database = database

    def register(self, name: str, password: str) -> User:
        """Add a person.

        Raises:
            BadNameError, PasswordLengthError, CommonPasswordError, NameTakenError, TooManyAccountsError, BusyError:
                nobody was added.
        """
        key = fold(name)
        if not MIN_NAME <= len(key) <= MAX_NAME or not all(c.isalnum() or c in _IN_NAMES for c in key):
            raise BadNameError(
                f"A name has {MIN_NAME} to {MAX_NAME} letters, digits, spaces or any of . _ - @ +. Choose another one."
            )
        check_password(password, name)
        user = User(secrets.token_hex(16), " ".join(name.split()), has_password=True)
        values = {"name_key": key, "password_hash": hash_password(password), "issuer": None, "subject": None}
        with self._database.transaction() as connection:
            _check_number(connection)
            if not _insert(connection, user, values):
                raise NameTakenError("Somebody has this name already. Choose another one, or sign in if it is you.")
        return user

    def authenticate(self, name: str, password: str) -> User:
        """The person with this name and password. An unknown name takes as long as a wrong password.

        Raises:
            WrongPasswordError, BusyError: see the classes.
        """
        query = text("SELECT id, name, password_hash FROM users WHERE name_key = :key")
        with self._database.transaction() as connection:
            row = connection.execute(query, {"key": fold(name)}).first()
        if not is_right(password, row.password_hash if row else None):
            raise WrongPasswordError("The name or the password is not right.")
        if is_outdated(row.password_hash):
            self._store_password(row.id, password)
        return User(row.id, row.name, has_password=True)

    def password_hash(self, name: str) -> str:
        """The stored form of the password of the person with this name; that of nobody if there is no such person."""
        query = text("SELECT password_hash FROM users WHERE name_key = :key")
        with self._database.transaction() as connection:
            return connection.scalar(query, {"key": fold(name)}) or secrets.token_hex(16)

    def change_password(self, user: User, current: str, new: str) -> None:
        """Change the password of a person.

        Raises:
            WrongPasswordError, PasswordLengthError, CommonPasswordError, BusyError: the old password stays valid.
        """
        self.confirm(user, current)
        check_password(new, user.name)
        self._store_password(user.id, new)

    def confirm(self, user: User, password: str) -> None:
        """Check the password of a signed-in person. Raises WrongPasswordError, BusyError."""
        query = text("SELECT password_hash FROM users WHERE id = :id")
        with self._database.transaction() as connection:
            stored = connection.scalar(query, {"id": user.id})
        if not is_right(password, stored):
            raise WrongPasswordError("The password is not right.")

    def identify(self, issuer: str, subject: str, name: str) -> User:
        """The person with the id `subject` at an identity provider (`issuer`); added at the first sign-in.

        Raises:
            TooManyAccountsError: the person is new, and this server takes nobody else.
        """
        user = User(secrets.token_hex(16), " ".join(name.split())[:MAX_NAME] or "You", has_password=False)
        values = {"name_key": None, "password_hash": None, "issuer": issuer, "subject": subject}
        query = text("SELECT id, name FROM users WHERE issuer = :issuer AND subject = :subject")
        with self._database.transaction() as connection:
            row = connection.execute(query, values).first()
            if row is None:
                _check_number(connection)
                _insert(connection, user, values)
                row = connection.execute(query, values).one()  # another request may have added the person first
        return User(row.id, row.name, has_password=False)

    def _store_password(self, user_id: str, password: str) -> None:
        values = {"id": user_id, "password_hash": hash_password(password)}
        with self._database.transaction() as connection:
            connection.execute(text("UPDATE users SET password_hash = :password_hash WHERE id = :id"), values)


def fold(name: str) -> str:
    """The form in which names are compared: NFKC, without differences of upper case and of spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _check_number(connection: Connection) -> None:
    number, most = connection.scalar(text("SELECT COUNT(*) FROM users")), settings.most_accounts()
    if number >= most:
        getLogger(__name__).error("HUESTORY_ACCOUNTS allows %s accounts, and there are %s.", most, number)
        raise TooManyAccountsError("This server takes no more accounts. Everything else works without one.")


def _insert(connection: Connection, user: User, values: dict) -> bool:
    query = text(
        "INSERT INTO users (id, name, name_key, password_hash, issuer, subject, created_at) "
        "VALUES (:id, :name, :name_key, :password_hash, :issuer, :subject, :now) ON CONFLICT DO NOTHING RETURNING id"
    )
    values = {**values, "id": user.id, "name": user.name, "now": int(time.time())}
    return connection.execute(query, values).first() is not None
