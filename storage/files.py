"""Files replaced whole: whoever reads one finds the old bytes or the new ones, even after a crash or a power failure.

A new file is written beside the old one under another name, forced to the disk, and renamed; then the folder that
holds the name is forced to the disk, too. `locked` keeps other threads and processes away meanwhile.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from storage import StorageError

LOCK_TIMEOUT = 30.0
"""Seconds to wait for another process before giving up."""

PARTS = ".huestory-*.part"
"""Pattern of the names of files on their way; those that a killed process has left can be deleted."""

_POLL = 0.002  # seconds between two tries for the lock: an append takes about one millisecond


class NotSavedError(StorageError):
    """The bytes did not reach the disk or the database, and none of them were kept."""

    @classmethod
    def of(cls, path: Path, error: OSError) -> "NotSavedError":
        return cls(
            f"nothing counts as saved before it is on the disk. {path} could not be written: "
            f"{error.strerror or error}. Free some space or mend the disk, then try again; what was saved before is "
            "safe."
        )


class BusyError(StorageError):
    """Another process kept the file to itself for too long."""


@contextmanager
def replacing(path: os.PathLike | str, beside: Path | None = None) -> Iterator[Path]:
    """A new name beside `path` to write to; what stands there when the block ends takes the place of `path`.

    An error in the block leaves `path` as it was and nothing beside it.

    Args:
        beside: the new name, in the same folder; by default one that nobody else can have.

    Raises:
        OSError: the disk refused.
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
    """Make `data` the whole content of the file at `path`, or leave it as it was.

    Raises:
        OSError: the disk is full, or the folder is missing or closed; nothing is left behind.
    """
    with replacing(path) as beside, open(beside, "xb") as file:
        file.write(data)


def save_file(path: Path, data: bytes) -> None:
    """`write_file` for what people rely on.

    Raises:
        NotSavedError: the disk refused, in words for a person; the old file is as it was.
    """
    with saving(path):
        write_file(path, data)


def rename(source: Path, target: Path) -> None:
    """Give a finished file or folder its name; when this returns a power failure cannot take that back.

    Raises:
        OSError: the disk refused, or `target` is a folder that holds something.
    """
    os.replace(source, target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Force a file's bytes, or the names in a folder, to the disk. Raises OSError."""
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return  # elsewhere folders cannot be opened
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Turn the disk's refusals inside the block into NotSavedError."""
    try:
        yield
    except OSError as error:
        raise NotSavedError.of(path, error) from error


@contextmanager
def locked(path: Path, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold the lock beside `path` (`PATH.lock`) against every other thread and process.

    Raises:
        BusyError: it was not free within `timeout` seconds.
        NotSavedError: the lock file cannot be made.
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
