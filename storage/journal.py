"""Journals: text files with one record per line, to which many threads and processes can append safely.

- One lock file next to the journal excludes other threads and processes.
- Whole lines are written with one write call on a descriptor in append mode.
- `fsync` runs before the lock is released and before the records count as saved, so a failed flush can be undone.
- An incomplete last line, left by a crash, is removed by the next writer and ignored by readers.
- A file with another header belongs to another program and is never written to.
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
    """The first line of a file, or the columns of a table, are not those that this program writes."""


@dataclass(frozen=True)
class News:
    """The records added to a journal since this object last read it."""

    lines: list[str]
    """the new complete lines, without their line ends"""
    fresh: bool
    """whether the file was read from its start; if so, anything cached from it must be discarded"""


class Journal:
    """A text file with a header and one record per line, to which any number of threads and processes append.

    Args:
        path: the file; created, with its folder, at the first `exclusive`.
        header: the first line, or "" for none.
        is_whole: whether a last line without a line end is a complete record (for example, an editor left out the
            line end) and not an incomplete one.
        timeout: seconds to wait for the lock.
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
        """Close the file. The journal stays usable and opens the file again when needed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._offset = None, 0

    def read(self) -> list[str]:
        """Every complete record, oldest first; none for a missing file. Takes no lock and writes nothing.

        Raises:
            WrongHeaderError: the file has another header.
        """
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return []
        return split_records(self.path, text, self._header, self._is_whole)[0]

    @contextmanager
    def exclusive(self) -> Iterator[News]:
        """Hold the lock during the block and yield the new records.

        `append` and `rewrite` may be called only inside the block.

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
                    self.close()  # the stored position may be wrong: read from the start next time
                    raise

    def append(self, lines: list[str]) -> None:
        """Add records, given without line ends; when this returns they are on the disk.

        Raises:
            NotSavedError: the write failed; the file is unchanged.
        """
        if lines:
            self._append("".join(f"{line}\n" for line in lines).encode())

    def rewrite(self, keep: Callable[[str], bool]) -> int:
        """Remove the records for which `keep` is False by replacing the file; returns how many were removed.

        Raises:
            NotSavedError: the write failed; the file is unchanged.
        """
        records = self.read()
        kept = [line for line in records if keep(line)]
        for leftover in self.path.parent.glob(f".{self.path.name}.*.tmp"):  # left by a killed rewrite
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
        # The descriptor stays open between calls, so its inode cannot be reused for another file during that time.
        # The same inode at the path therefore means the same file, and it has only been appended to.
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
            while rest:  # one write, unless the disk becomes full during it: then the second write raises the error
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, start)
            raise NotSavedError.of(self.path, error) from error
        self._offset += len(data)


def split_records(path: Path, data: bytes, header: str, is_whole: Callable[[str], bool]) -> tuple[list[str], int, str]:
    """Split a journal's bytes into records.

    Returns:
        The complete records; the number of bytes that they take; the text to append to repair the file (the header of
        an empty file, the line end of a complete last record, or "").

    Raises:
        WrongHeaderError: `header` is not "" and the first line is another.
    """
    end = data.rfind(b"\n") + 1
    lines = [line.removesuffix("\r") for line in data[:end].decode(errors="replace").split("\n")[:-1]]
    last = data[end:].decode(errors="replace").removesuffix("\r")
    repair = ""
    if header and not lines and header.startswith(last.removeprefix(_BOM)):
        return [], 0, f"{header}\n"  # empty, or the process was killed while it wrote the header
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
