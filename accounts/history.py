"""The history of signed-in people: one database row per image, its pictures in a separate folder."""

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from logging import getLogger
from pathlib import Path

from sqlalchemy import Connection, Row, bindparam, text

from accounts import AccountsError
from accounts.database import Database
from accounts.folders import Folders, NotKeptError
from accounts.images import PARTS, REFERENCE, Image, NewImage, version
from storage.settings import HISTORY_TOTAL_MB


class QuotaError(AccountsError):
    """A person's history is full, or those of all people together."""


class MissingImageError(AccountsError):
    """This person has no such image, or its files are missing."""


class History:
    """The images of each person. Every method takes the owner and finds only images of this owner.

    Args:
        root: folder of the pictures; the same for all servers that share the database.
        quota: bytes that one person may keep.
        total: bytes that all people together may keep; None for no limit.
    """

    def __init__(self, database: Database, root: Path, quota: int, total: int | None = None):
        self._database, self._folders, self.quota, self._total = database, Folders(database, root), quota, total

    def keep(self, owner: str, new: NewImage) -> Image:
        """Add an image and return it; it is then on the disk. If the same version is already kept, return that one.

        Raises:
            QuotaError, NotKeptError: nothing was added.
        """
        with self._database.transaction() as connection:
            self._check_quota(connection, owner, new.size)  # before anything is written, and again below
        with self._folders.writing(new.parts) as folder, self._database.transaction(_lock(owner)) as connection:
            same = {"owner": owner, "version": version(new.parts["original"], new.model, new.settings)}
            row = connection.execute(_SELECT_VERSION, same).first()
            if row is None:
                self._check_quota(connection, owner, new.size)
                self._folders.take(connection, folder)
                row = _insert(connection, {**same, "folder": folder}, new)
        return _image(row)

    def has(self, owner: str, version: str) -> bool:
        """Whether the owner has an image with this checksum (see `images.version`)."""
        return bool(self.find_versions(owner, [version]))

    def find_versions(self, owner: str, versions: Iterable[str]) -> set[str]:
        """Those of some checksums (see `images.version`) of which the owner has an image."""
        if not (versions := list(versions)):
            return set()
        query = text("SELECT version FROM images WHERE user_id = :owner AND version IN :versions")
        query = query.bindparams(bindparam("versions", expanding=True))
        with self._database.transaction() as connection:
            return set(connection.scalars(query, {"owner": owner, "versions": versions}))

    def list(self, owner: str) -> list[Image]:
        """All images of a person, newest first."""
        query = text("SELECT * FROM images WHERE user_id = :owner ORDER BY created_at DESC, id")
        with self._database.transaction() as connection:
            return [_image(row) for row in connection.execute(query, {"owner": owner})]

    def find(self, owner: str, image: str) -> Image:
        """One image of a person. Raises MissingImageError."""
        return _image(self._row(owner, image))

    def read(self, owner: str, image: str, part: str) -> bytes:
        """Read one file of an image; `part` is one of `PARTS`, or `REFERENCE`.

        Raises:
            MissingImageError: the image does not exist or belongs to somebody else (the message is the same), or its
                files are missing.
        """
        if part not in (*PARTS, REFERENCE):
            raise MissingImageError(f"An image has the parts {', '.join(PARTS)}. Received {part!r}.")
        try:
            return self._folders.read(self._row(owner, image).folder, part)
        except OSError as error:
            getLogger(__name__).error("image %s: %s", image, error)
            raise MissingImageError("The files of this image are gone from the server. Please delete it.") from error

    def usage(self, owner: str) -> int:
        """Bytes that a person's images take on the disk."""
        with self._database.transaction() as connection:
            return _usage(connection, owner)

    def delete(self, owner: str, image: str) -> None:
        """Delete an image with its files; no error if it does not exist. Raises NotDeletedError."""
        with self._database.transaction(_lock(owner)) as connection:
            self._release(connection, "user_id = :owner AND id = :image", {"owner": owner, "image": image})
        self._folders.clean_up()

    def delete_all(self, owner: str, with_owner: bool = False) -> None:
        """Delete all images of a person, and with `with_owner` also the person. Raises NotDeletedError."""
        with self._database.transaction(_lock(owner)) as connection:
            self._release(connection, "user_id = :owner", {"owner": owner})
            if with_owner:
                connection.execute(text("DELETE FROM users WHERE id = :owner"), {"owner": owner})
        self._folders.clean_up()
        self._database.forget()

    def clean_up(self) -> None:
        """Delete folders left by a crash. Raises NotDeletedError."""
        self._folders.clean_up()

    def _check_quota(self, connection: Connection, owner: str, size: int) -> None:
        used = _usage(connection, owner)
        if used + size > self.quota:
            raise QuotaError(
                f"My photos holds up to {megabytes(self.quota)}; {megabytes(used)} are in use, and this photograph "
                f"needs {megabytes(size)}. Delete some there, then try again."
            )
        if self._total is not None and _usage_of_all(connection) + size > self._total:
            raise QuotaError(
                f"All people together may keep {megabytes(self._total)} on this server, and that is used up. Tell who "
                f"runs it, who can raise {HISTORY_TOTAL_MB.name}. What you keep already is safe."
            )

    def _release(self, connection: Connection, condition: str, values: Mapping[str, str]) -> None:
        for folder in connection.scalars(text(f"DELETE FROM images WHERE {condition} RETURNING folder"), values).all():
            self._folders.release(connection, folder)

    def _row(self, owner: str, image: str) -> Row:
        query = text("SELECT * FROM images WHERE user_id = :owner AND id = :image")
        with self._database.transaction() as connection:
            row = connection.execute(query, {"owner": owner, "image": image}).first()
        if row is None:
            raise MissingImageError("There is no such image among yours.")
        return row


_SELECT_VERSION = text("SELECT * FROM images WHERE user_id = :owner AND version = :version")


def megabytes(size: int) -> str:
    """A number of bytes as text in MB (1 MB = 1000² bytes), such as "3.4 MB" or "500 MB"."""
    return f"{size / 1000**2:.1f} MB" if 0 < size < 10 * 1000**2 else f"{size / 1000**2:.0f} MB"


def _lock(owner: str) -> str:
    """Name of the lock for keeping and deleting, so that they never run at the same time for one owner."""
    return f"images of {owner}"


def _usage(connection: Connection, owner: str) -> int:
    query = text("SELECT coalesce(sum(size), 0) FROM images WHERE user_id = :owner")
    return int(connection.scalar(query, {"owner": owner}))


def _usage_of_all(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT coalesce(sum(size), 0) FROM images")))


def _insert(connection: Connection, key: Mapping[str, str], new: NewImage) -> Row:
    if connection.scalar(text("SELECT 1 FROM users WHERE id = :owner"), key) is None:
        raise NotKeptError("This photograph was not kept: the account was deleted meanwhile.")
    values = {
        **key,
        "id": secrets.token_hex(16),
        "title": new.title,
        "format": new.format,
        "width": new.width,
        "height": new.height,
        "model": new.model,
        "settings": json.dumps(new.settings),
        "size": new.size,
        "now": int(time.time()),
    }
    query = text(
        "INSERT INTO images VALUES (:id, :owner, :folder, :version, :title, :format, :width, :height, :model, "
        ":settings, :size, :now) RETURNING *"
    )
    return connection.execute(query, values).one()


def _image(row: Row) -> Image:
    return Image(
        row.id,
        row.title,
        row.format,
        row.width,
        row.height,
        row.model,
        json.loads(row.settings),
        row.size,
        row.created_at,
    )
