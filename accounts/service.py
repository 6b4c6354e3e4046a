"""What a person can do about an account, every guess at a password slowed down."""

import os
from contextlib import suppress
from functools import cache
from logging import getLogger
from pathlib import Path

from accounts import AccountsError
from accounts.database import Database, data_folder, database_url, open_database
from accounts.folders import NotDeletedError
from accounts.history import DEFAULT_QUOTA, History
from accounts.sessions import Opened, Sessions, Visit
from accounts.throttle import Throttle
from accounts.users import User, Users, fold

GUESSES = 5
"""Wrong passwords of one person from one address within `throttle.WINDOW`."""

GUESSES_OF_ACCOUNT = 50
"""The same from all addresses together: few enough against guessing, and many against locking a person out."""

GUESSES_OF_ADDRESS = 30
"""The same of one address for all persons; also the accounts made from there."""


class SettingError(AccountsError):
    """HUESTORY_HISTORY_MB is no whole number."""


class Accounts:
    """Users, their sign-ins and their history, in one database and one folder."""

    def __init__(self, database: Database, folder: Path, quota: int = DEFAULT_QUOTA):
        self.users = Users(database)
        self.sessions = Sessions(database)
        self.history = History(database, folder, quota)
        self._throttle = Throttle(database)

    def register(self, name: str, password: str, address: str) -> Opened:
        """Make an account and sign in. Raises TooManyAttemptsError and what `Users.register` does."""
        self._throttle.admit({f"register {address}": GUESSES_OF_ADDRESS})
        return self.sessions.open(self.users.register(name, password))

    def sign_in(self, name: str, password: str, address: str) -> Opened:
        """Sign in. Raises TooManyAttemptsError, WrongPasswordError, BusyError."""
        attempt = self._admit(name, address)
        user = self.users.authenticate(name, password)
        self._forgive(attempt, name, address)
        return self.sessions.open(user)

    def change_password(self, visit: Visit, current: str, new: str, address: str) -> None:
        """Change the password and sign out everywhere but here. Raises as `Users.change_password` and `sign_in` do."""
        attempt = self._admit(visit.user.name, address)
        self.users.change_password(visit.user, current, new)
        self._forgive(attempt, visit.user.name, address)
        self.sessions.close_all(visit.user, but=visit.session)

    def delete_account(self, user: User, password: str, address: str) -> None:
        """Delete a person with all pictures. Raises as `sign_in` does; the files may go later, see `clean_up`."""
        if user.has_password:
            attempt = self._admit(user.name, address)
            self.users.confirm(user, password)
            self._forgive(attempt, user.name, address)
        self.history.delete_all(user.id, with_owner=True)

    def _admit(self, name: str, address: str) -> str:
        limits = {
            _here(name, address): GUESSES,
            f"name {fold(name)}": GUESSES_OF_ACCOUNT,
            f"address {address}": GUESSES_OF_ADDRESS,
        }
        return self._throttle.admit(limits)

    def _forgive(self, attempt: str, name: str, address: str) -> None:
        self._throttle.forgive(attempt, _here(name, address))


def open_accounts() -> Accounts:
    """The accounts of this server, opened once; what a crash has left is cleaned up then.

    Raises:
        SettingError, DatabaseUrlError, DatabaseError, NewerSchemaError: see the classes.
    """
    return _open(database_url(), data_folder() / "history", quota())


def quota() -> int:
    """Bytes that a person may keep: HUESTORY_HISTORY_MB million; 0 where the operator wants no accounts.

    Raises:
        SettingError: the variable holds no whole number.
    """
    value = os.environ.get("HUESTORY_HISTORY_MB") or str(DEFAULT_QUOTA // 1000**2)
    with suppress(ValueError):
        if int(value) >= 0:
            return int(value) * 1000**2
    raise SettingError(f"HUESTORY_HISTORY_MB must be a whole number of megabytes from 0. Received {value!r}.")


@cache
def _open(url: str, folder: Path, quota: int) -> Accounts:
    accounts = Accounts(open_database(url), folder, quota)
    try:
        accounts.history.clean_up()
    except NotDeletedError as error:
        getLogger(__name__).error(error)
    return accounts


def _here(name: str, address: str) -> str:
    return f"{fold(name)} from {address}"
