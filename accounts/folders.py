"""Folders of files with random names, none of which a crash can lose or leave behind.

A folder is written down as a leftover before it is made, and stops being one in the very transaction that gives it to
an image; deleting goes the other way. Whatever moment a crash chooses, every folder either belongs to an image or is on
the list to be deleted, and nothing that is not on the list ever is.
"""

import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from logging import getLogger
from pathlib import Path

from sqlalchemy import Connection, text

from accounts import AccountsError
from accounts.database import Database
from storage.files import sync

FREE = 500 * 1000**2
"""Bytes that are left free on the disk: votes and accounts must always find room."""

LEASE = 60 * 60
"""Seconds after which a folder still being written was left behind by a crash."""


class NotKeptError(AccountsError):
    """The disk refused; nothing was added to the history."""


class NotDeletedError(AccountsError):
    """Images are gone from the history, but the disk would not let go of all their files yet."""


class Folders:
    """The folders below `root`, and the table of those that no image owns."""

    def __init__(self, database: Database, root: Path):
        self._database, self._root = database, Path(root)

    @contextmanager
    def writing(self, files: Mapping[str, bytes]) -> Iterator[str]:
        """Write files, by name, into a new folder; yields its name. Inside, `take` must give it an owner.

        A folder that has none at the end is deleted again.

        Raises:
            NotKeptError: the disk is full or refuses; nothing is left.
        """
        self._check_room(sum(len(data) for data in files.values()))
        folder = secrets.token_hex(16)
        with self._database.transaction() as connection:
            _add_leftover(connection, folder, int(time.time()) + LEASE)
        try:
            self._write(folder, files)
            yield folder
        finally:
            self._remove_unless_owned(folder)

    def take(self, connection: Connection, folder: str) -> None:
        """From this transaction on, the folder is no leftover. Raises NotKeptError if it took longer than `LEASE`."""
        if not connection.execute(_FORGET, {"folder": folder}).rowcount:
            raise NotKeptError("This photograph was not kept: it took too long. Please try again.")

    def release(self, connection: Connection, folder: str) -> None:
        """From this transaction on, nobody owns the folder; `clean_up` deletes it."""
        _add_leftover(connection, folder, 0)

    def read(self, folder: str, file: str) -> bytes:
        """The bytes of a file. Raises OSError."""
        return (self._root / folder / file).read_bytes()

    def clean_up(self) -> None:
        """Delete the folders that no image owns, those of a crash included.

        Raises:
            NotDeletedError: the disk would not let go of some; they stay on the list.
        """
        query = text("SELECT folder FROM leftovers WHERE due_at <= :now")
        with self._database.transaction() as connection:
            folders = connection.scalars(query, {"now": int(time.time())}).all()
        for folder in folders:
            self._remove(folder)

    def _check_room(self, size: int) -> None:
        with _naming_refusals():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self._root).free
        if free - size < FREE:
            raise NotKeptError("The disk of the server is nearly full, so nothing more can be kept at the moment.")

    def _write(self, folder: str, files: Mapping[str, bytes]) -> None:
        place = self._root / folder
        with _naming_refusals():
            place.mkdir(mode=0o700)
            for name, data in files.items():
                (place / name).write_bytes(data)
                sync(place / name)
            sync(place)
            sync(self._root)

    def _remove_unless_owned(self, folder: str) -> None:
        """Should this fail, the folder is still on the list."""
        with suppress(AccountsError):
            with self._database.transaction() as connection:
                left = connection.scalar(text("SELECT 1 FROM leftovers WHERE folder = :folder"), {"folder": folder})
            if left:
                self._remove(folder)

    def _remove(self, folder: str) -> None:
        try:
            shutil.rmtree(self._root / folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            getLogger(__name__).error("folder %s cannot be deleted: %s", folder, error)
            raise NotDeletedError(
                "The pictures are gone from My photos, but the disk of the server would not delete all files now. It "
                "will be tried again."
            ) from error
        with self._database.transaction() as connection:
            connection.execute(_FORGET, {"folder": folder})


_FORGET = text("DELETE FROM leftovers WHERE folder = :folder")


def _add_leftover(connection: Connection, folder: str, due_at: int) -> None:
    connection.execute(text("INSERT INTO leftovers VALUES (:folder, :due_at)"), {"folder": folder, "due_at": due_at})


@contextmanager
def _naming_refusals() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        getLogger(__name__).error("the history cannot be written: %s", error)
        raise NotKeptError(
            "The disk of the server refused, so this photograph was not kept. Please try again later."
        ) from error
