"""Journals: text files of one record a line that many threads and processes append to, and none can damage.

The rules: one lock beside the file for threads and processes alike; one write of whole lines on an append descriptor;
`fsync`, still under the lock, before anything is called saved, so that a flush that fails can be undone; a line torn by
a crash is cut off by the next writer and ignored by every reader; a file with another header is somebody else's and is
never written to.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from storage import StorageError
from storage.files import LOCK_TIMEOUT, NotSavedError, locked, replacing, saving, sync

_BOM = "\ufeff"


class WrongHeaderError(StorageError):
    """What is there is not what this program writes: the first line of a file, or the columns of a table."""


@dataclass(frozen=True)
class News:
    """What a journal gained since this object last looked."""

    lines: list[str]
    """the whole lines that are new, without their line ends"""
    fresh: bool
    """whether the file was read from its start, so that anything remembered of it is void"""


class Journal:
    """A text file of one header and one record a line, appended to by any number of threads and processes.

    Args:
        path: where it lies; made, with its folder, at the first append.
        header: the first line, or "" for none.
        is_whole: whether a last line without a line end is nevertheless a whole record (an editor left the end out)
            rather than a torn one.
    """

    def __init__(self, path: Path, header: str, is_whole: Callable[[str], bool], timeout: float = LOCK_TIMEOUT):
        self.path = Path(path)
        self._header, self._is_whole, self._timeout = header, is_whole, timeout
        self._threads = threading.Lock()
        self._descriptor: int | None = None
        self._offset = 0

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()

    def close(self) -> None:
        """Let go of the file. The journal stays usable and opens it again when needed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._offset = None, 0

    def read(self) -> list[str]:
        """Every whole record, oldest first, without a lock and without writing. A missing file has none.

        Raises:
            WrongHeaderError: the file is not this journal.
        """
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return []
        return split_records(self.path, text, self._header, self._is_whole)[0]

    @contextmanager
    def exclusive(self) -> Iterator[News]:
        """Keep everybody else out; yields what is new. Only inside may `append` and `rewrite` be called.

        Raises:
            BusyError, NotSavedError, WrongHeaderError: see the classes.
        """
        with self._threads:
            with saving(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.path, self._timeout):
                try:
                    yield self._catch_up()
                except BaseException:
                    self.close()  # whatever was remembered may be wrong: read from the start next time
                    raise

    def append(self, lines: list[str]) -> None:
        """Add whole records; when this returns they are on the disk.

        Raises:
            NotSavedError: the disk refused; the file is as it was before.
        """
        if lines:
            self._append("".join(f"{line}\n" for line in lines).encode())

    def rewrite(self, keep: Callable[[str], bool]) -> int:
        """Drop the records that `keep` refuses, by a new file put in the place of the old; returns how many went.

        Raises:
            NotSavedError: the disk refused; the file is as it was before.
        """
        records = self.read()
        kept = [line for line in records if keep(line)]
        for leftover in self.path.parent.glob(f".{self.path.name}.*.tmp"):  # of a rewrite that was killed
            leftover.unlink(missing_ok=True)
        if len(kept) < len(records):
            head = [self._header] if self._header else []
            beside = self.path.with_name(f".{self.path.name}.rewritten.tmp")
            with saving(self.path), replacing(self.path, beside):
                beside.write_text("".join(f"{line}\n" for line in head + kept), encoding="utf-8", newline="")
            self.close()
        return len(records) - len(kept)

    def _catch_up(self) -> News:
        fresh = self._reopen()
        with saving(self.path):
            size = os.fstat(self._descriptor).st_size
            data = os.pread(self._descriptor, size - self._offset, self._offset)
        header = self._header if fresh else ""
        lines, end, repair = split_records(self.path, data, header, self._is_whole)
        if self._offset + end < size:
            with saving(self.path):
                os.ftruncate(self._descriptor, self._offset + end)
        self._offset += end
        if repair:
            self._append(repair.encode())
        return News(lines, fresh)

    def _reopen(self) -> bool:
        # The descriptor is kept open between calls, so the inode it names cannot be used for another file meanwhile:
        # the same inode at the path means the same file, which has only been appended to.
        if self._descriptor is not None:
            with suppress(FileNotFoundError):
                ours, there = os.fstat(self._descriptor), os.stat(self.path)
                if os.path.samestat(ours, there) and there.st_size >= self._offset:
                    return False
            self.close()
        with saving(self.path):
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
            sync(self.path.parent)
        return True

    def _append(self, data: bytes) -> None:
        start = os.fstat(self._descriptor).st_size
        try:
            rest = memoryview(data)
            while rest:  # one write, unless the disk runs full in its midst: then the second names the reason
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, start)
            raise NotSavedError.of(self.path, error) from error
        self._offset += len(data)


def split_records(path: Path, data: bytes, header: str, is_whole: Callable[[str], bool]) -> tuple[list[str], int, str]:
    """Cut a journal's bytes into records.

    Returns:
        The whole records; how many of the bytes hold them; what has to be appended to make the file sound again (the
        header of an empty file, the line end of a whole last record, or "").

    Raises:
        WrongHeaderError: `header` is not "" and the bytes begin otherwise.
    """
    end = data.rfind(b"\n") + 1
    lines = [line.removesuffix("\r") for line in data[:end].decode(errors="replace").split("\n")[:-1]]
    last = data[end:].decode(errors="replace").removesuffix("\r")
    repair = ""
    if header and not lines and header.startswith(last.removeprefix(_BOM)):
        return [], 0, f"{header}\n"  # empty, or killed while the header was written
    if last and (lines or not header) and is_whole(last):
        lines, end, repair = [*lines, last], len(data), "\n"
    if header:
        found = lines.pop(0).removeprefix(_BOM) if lines else last
        if found != header:
            raise WrongHeaderError(
                f"the first line of {path} must be {header!r}. Received {found[:200]!r}; nothing was written. "
                "Move the file away or give another path."
            )
    return [line for line in lines if line], end, repair
