"""Folders of files with random names. After a crash no folder is lost and none stays on the disk without an owner.

A folder is listed in the table `leftovers` before it is created. The transaction that assigns it to an image removes it
from that table; deleting an image adds the folder again. So at every moment each folder either belongs to an image or
is listed as a leftover, and only listed folders are deleted.
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
from storage.files import FREE, sync

LEASE = 60 * 60
"""Seconds after which an unfinished folder counts as left by a crash."""


class NotKeptError(AccountsError):
    """The image could not be kept; nothing was added to the history."""


class NotDeletedError(AccountsError):
    """Images were removed from the history, but not all of their files could be deleted yet."""


class Folders:
    """The folders below `root`, and the table `leftovers` of those that belong to no image."""

    def __init__(self, database: Database, root: Path):
        self._database, self._root = database, Path(root)

    @contextmanager
    def writing(self, files: Mapping[str, bytes]) -> Iterator[str]:
        """Write files (name -> bytes) into a new folder and yield its name.

        The block must call `take` to keep the folder; otherwise it is deleted when the block ends.

        Raises:
            NotKeptError: the disk is full or a write failed; nothing was kept.
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
        """Keep the folder if this transaction succeeds. Raises NotKeptError if it was already deleted (see `LEASE`)."""
        if not connection.execute(_FORGET, {"folder": folder}).rowcount:
            raise NotKeptError("This photograph was not kept: it took too long. Please try again.")

    def release(self, connection: Connection, folder: str) -> None:
        """List the folder as a leftover if this transaction succeeds; `clean_up` then deletes it."""
        _add_leftover(connection, folder, 0)

    def read(self, folder: str, file: str) -> bytes:
        """Read the bytes of a file. Raises OSError."""
        return (self._root / folder / file).read_bytes()

    def clean_up(self) -> None:
        """Delete the folders that belong to no image, also those left by a crash, or before the clock was set back.

        Raises:
            NotDeletedError: some could not be deleted; they stay listed.
        """
        now = int(time.time())
        query = text("SELECT folder FROM leftovers WHERE due_at <= :now OR due_at > :latest")
        with self._database.transaction() as connection:
            folders = connection.scalars(query, {"now": now, "latest": now + 2 * LEASE}).all()
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
        """Delete the folder if it is still listed. If that fails, it stays listed for `clean_up`."""
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
