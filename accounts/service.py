"""What a person can do about an account, every guess at a password slowed down."""

from functools import cache
from logging import getLogger
from pathlib import Path

from accounts.database import Database, database_url, open_database
from accounts.folders import NotDeletedError
from accounts.history import History
from accounts.sessions import Opened, Sessions, Visit
from accounts.throttle import Throttle
from accounts.users import User, Users, fold
from storage import settings

GUESSES = 5
"""Wrong passwords of one person from one address within `throttle.WINDOW`."""

GUESSES_OF_ACCOUNT = 50
"""The same from all addresses together: few enough against guessing, and many against locking a person out."""

GUESSES_OF_ADDRESS = 30
"""The same of one address for all persons; also the accounts made from there."""


class Accounts:
    """Users, their sign-ins and their history, in one database and one folder."""

    def __init__(self, database: Database, folder: Path, quota: int):
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
        StorageError: a setting is wrong, or the database cannot be used; the operator must mend it.
    """
    return _open(database_url(), settings.data_folder() / "history", settings.history_quota())


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
