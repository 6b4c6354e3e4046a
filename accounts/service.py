"""The operations on an account, with a limit on the number of password attempts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from logging import getLogger
from pathlib import Path

from accounts.database import Database, database_url, open_database
from accounts.folders import NotDeletedError
from accounts.history import History
from accounts.known import find_mark, new_mark
from accounts.sessions import Opened, Sessions, Visit
from accounts.throttle import Throttle
from accounts.users import User, Users, fold
from storage import settings
from storage.engine import DatabaseError, sqlite_file

GUESSES = 5
"""Wrong passwords allowed for one name from one address within `throttle.WINDOW`."""

GUESSES_OF_ACCOUNT = 50
"""Wrong passwords allowed for one name from all addresses together. Browsers in which the person has signed in before
do not count here, so that strangers cannot lock the person out."""

GUESSES_OF_ADDRESS = 30
"""Wrong passwords allowed from one address for all names together; also the limit of new accounts from there."""


class Accounts:
    """Users, their sign-ins and their history, in one database and one folder."""

    def __init__(self, database: Database, folder: Path, quota: int, total: int | None = None):
        self.users = Users(database)
        self.sessions = Sessions(database)
        self.history = History(database, folder, quota, total)
        self._throttle = Throttle(database)

    def register(self, name: str, password: str, address: str) -> Opened:
        """Create an account and sign in. Raises TooManyAttemptsError and the errors of `Users.register`."""
        self._throttle.admit({f"register {address}": GUESSES_OF_ADDRESS})
        return self.sessions.open(self.users.register(name, password))

    def sign_in(self, name: str, password: str, address: str, marks: Iterable[str] = ()) -> Opened:
        """Sign in. Raises TooManyAttemptsError, WrongPasswordError, BusyError.

        Args:
            marks: those of the browser, see `accounts.known`. Where it has one of this person, only the wrong
                passwords given there count.
        """
        mark = find_mark(marks, self.users.password_hash(name))
        if mark:
            subject = f"browser {mark}"
            attempt = self._throttle.admit({subject: GUESSES})
        else:
            subject = _here(name, address)
            attempt = self._admit(name, address)
        user = self.users.authenticate(name, password)
        self._throttle.forgive(attempt, subject)
        return self.sessions.open(user)

    def mark(self, name: str) -> str:
        """A mark for the browser in which this person has just signed in, see `accounts.known`."""
        return new_mark(self.users.password_hash(name))

    def change_password(self, visit: Visit, current: str, new: str) -> None:
        """Change the password and sign out all other sessions. Raises as `Users.change_password` and `sign_in` do."""
        with self._confirming(visit.user):
            self.users.change_password(visit.user, current, new)
        self.sessions.close_all(visit.user, but=visit.session)

    def delete_account(self, user: User, password: str) -> None:
        """Delete a person with all pictures. Raises as `sign_in` and `History.delete_all` do.

        Files that cannot be deleted now are deleted later: see `History.clean_up`.
        """
        if user.has_password:
            with self._confirming(user):
                self.users.confirm(user, password)
        self.history.delete_all(user.id, with_owner=True)

    @contextmanager
    def _confirming(self, user: User) -> Iterator[None]:
        """Count a password given by somebody who is signed in: strangers, who are not, cannot use up these attempts."""
        subject = f"signed in {user.id}"
        attempt = self._throttle.admit({subject: GUESSES})
        yield
        self._throttle.forgive(attempt, subject)

    def _admit(self, name: str, address: str) -> str:
        limits = {
            _here(name, address): GUESSES,
            f"name {fold(name)}": GUESSES_OF_ACCOUNT,
            f"address {address}": GUESSES_OF_ADDRESS,
        }
        return self._throttle.admit(limits)


def open_accounts() -> Accounts:
    """The accounts of this server, opened once. Opening also deletes folders left by a crash.

    Raises:
        StorageError: a setting is wrong, or the database cannot be used; the operator must fix it.
    """
    folder = settings.data_folder() / "history"
    return _open(database_url(), folder, settings.history_quota(), settings.history_total())


@cache
def _open(url: str, folder: Path, quota: int, total: int) -> Accounts:
    _check_not_lost(url, folder)
    accounts = Accounts(open_database(url), folder, quota, total)
    try:
        accounts.history.clean_up()
    except NotDeletedError as error:
        getLogger(__name__).error(error)
    return accounts


def _check_not_lost(url: str, folder: Path) -> None:
    """Raise DatabaseError if the database is missing while pictures of people are there."""
    file = sqlite_file(url)
    if file and not file.exists() and folder.is_dir() and any(folder.iterdir()):
        raise DatabaseError(
            f"{file} is missing, and the pictures of its accounts are in {folder}; bring it back from a backup, or "
            "move that folder away to begin without accounts"
        )


def _here(name: str, address: str) -> str:
    return f"{fold(name)} from {address}"
