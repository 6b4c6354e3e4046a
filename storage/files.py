"""Atomic file replacement: a reader gets the old bytes or the new ones, even after a crash or a power failure.

The new file is written in the same folder under another name, flushed to the disk (`fsync`) and renamed; then the
folder is flushed, too. `locked` keeps other threads and processes out during that time.
"""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from storage import StorageError

LOCK_TIMEOUT = 30.0
"""Seconds to wait for another process before giving up."""

PARTS = ".huestory-*.part"
"""Name pattern of unfinished files; those left by a killed process can be deleted."""

UNFINISHED = ".huestory-unfinished-"
"""Beginning of the names of folders that are being made or deleted."""

_AT_WORK = ".at-work.lock"  # locked by the process that fills the folder
_YOUNG = 60  # seconds in which the folder may not be locked yet

_POLL = 0.002  # seconds between two attempts to get the lock; an append takes about one millisecond


class NotSavedError(StorageError):
    """The data could not be written to the disk or the database; none of it was kept."""

    @classmethod
    def of(cls, path: Path, error: OSError) -> "NotSavedError":
        return cls(
            f"nothing counts as saved before it is on the disk. {path} could not be written: "
            f"{error.strerror or error}. Free some space or mend the disk, then try again; what was saved before is "
            "safe."
        )


FREE = 500 * 1000**2
"""Bytes that stay free on the disk when pictures are written, so that votes and accounts can always be saved."""


class NoRoomError(StorageError, OSError):
    """What is to be written would leave less than `FREE` on the disk; nothing was written."""


class BusyError(StorageError):
    """Another thread or process held the lock for too long."""


@contextmanager
def replacing(path: os.PathLike | str, beside: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path to write to; when the block ends, the file written there replaces `path`.

    If the block raises an error, `path` stays unchanged and the temporary file is deleted.

    Args:
        beside: the temporary path, in the same folder; by default a random name.

    Raises:
        OSError: the file could not be written or renamed.
    """
    path = Path(path)
    beside = beside or path.with_name(f".huestory-{secrets.token_hex(8)}.part")
    try:
        yield beside
        sync(beside)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_file(path: os.PathLike | str, data: bytes) -> None:
    """Replace the content of the file at `path` by `data`; on an error the file stays unchanged.

    Raises:
        OSError: the disk is full, or the folder is missing or not writable; no temporary file is left.
    """
    with replacing(path) as beside, open(beside, "xb") as file:
        file.write(data)


def save_file(path: Path, data: bytes) -> None:
    """Like `write_file`, with an error message that can be shown to a person.

    Raises:
        NotSavedError: the file could not be written; the old file is unchanged.
    """
    with saving(path):
        write_file(path, data)


def check_room(folder: Path, size: int) -> None:
    """Check that the disk of a folder, which need not exist yet, has room for `size` bytes.

    Raises:
        NoRoomError: less than `FREE` would be left.
    """
    place = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(place).free
    if free - size < FREE:
        raise NoRoomError(
            f"{FREE / 1000**2:,.0f} MB stay free on the disk of the server. It has {free / 1000**2:,.0f} MB, and this "
            f"needs {size / 1000**2:,.0f} MB: make room, or take less."
        )


def readable(name: str) -> str:
    """A file name as text that can be shown and written; bytes that are not UTF-8 are read as Windows-1252.

    >>> readable("Stra\udcdfe.jpg")
    'Straße.jpg'
    """
    return "".join(_readable(c) if "\ud800" <= c <= "\udfff" else c for c in name)


def _readable(surrogate: str) -> str:
    byte = ord(surrogate) - 0xDC00  # how Python keeps bytes of file names that it cannot decode (PEP 383)
    return bytes([byte]).decode("cp1252", errors="replace") if 0x80 <= byte <= 0xFF else "\ufffd"


def rename(source: Path, target: Path) -> None:
    """Give a finished file or folder its final name and flush that to the disk.

    After the return the new name survives a power failure.

    Raises:
        OSError: the rename failed, for example because `target` is a folder that is not empty.
    """
    os.replace(source, target)
    sync(target.parent)


def discard(folder: Path) -> None:
    """Delete a folder. It has lost its name before its files are deleted, so nobody meets half of it.

    Raises:
        OSError: it could not be renamed, and is unchanged; or not all of its files could be deleted: see `clean_up`.
    """
    gone = folder.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    rename(folder, gone)
    shutil.rmtree(gone)


@contextmanager
def making_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder to fill; when the block ends, it gets the name `target`.

    If the block raises an error, it is deleted. What a killed process leaves is deleted by `clean_up`.

    Raises:
        FileExistsError: there is something at `target`, also if another process has made it meanwhile.
        OSError: the folder could not be made or renamed.
    """
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    folder = target.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    folder.mkdir(parents=True)
    lock = FileLock(folder / _AT_WORK, timeout=LOCK_TIMEOUT)
    try:
        with lock:
            yield folder
            (folder / _AT_WORK).unlink(missing_ok=True)
            sync(folder)
            if target.exists():  # a rename would replace an empty folder without a word
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
            rename(folder, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def clean_up(parent: Path) -> None:
    """Delete the folders in `parent` that killed processes have left unfinished or half deleted."""
    for folder in parent.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            if abs(time.time() - folder.stat().st_mtime) > _YOUNG:
                with FileLock(folder / _AT_WORK, timeout=0):
                    shutil.rmtree(folder, ignore_errors=True)


def sync(path: Path) -> None:
    """Flush a file's bytes, or the list of names in a folder, to the disk (`fsync`). Raises OSError."""
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return  # other systems cannot open folders
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into NotSavedError."""
    try:
        yield
    except OSError as error:
        raise NotSavedError.of(path, error) from error


@contextmanager
def locked(path: Path, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold the lock file `PATH.lock` during the block; other threads and processes must wait.

    Raises:
        BusyError: the lock was not free within `timeout` seconds.
        NotSavedError: the lock file cannot be created.
    """
    lock = FileLock(f"{path}.lock", timeout=timeout, poll_interval=_POLL)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            f"one process at a time may write {path}. It was in use for {timeout:g} seconds; try again."
        ) from error
    except OSError as error:
        raise NotSavedError.of(path, error) from error
    try:
        yield
    finally:
        lock.release()
