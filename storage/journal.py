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
from typing import NamedTuple

from storage import StorageError
from storage.files import LOCK_TIMEOUT, NotSavedError, locked, replacing, saving, sync

_BOM = "\ufeff"


class WrongHeaderError(StorageError):
    """The first line of a file, or the columns of a table, are not those that this program writes."""


class Converted(NamedTuple):
    """How to read a file with another header, for example one of an earlier version."""

    header: str
    """the header that the next writer gives the file; the lines are converted to it"""
    line: Callable[[str], str]


Convert = Callable[[str], Converted | None]
"""A function from the header found in a file to how it is read; None: the file belongs to another program."""


class Records(NamedTuple):
    """A journal's bytes, split into records."""

    lines: list[str]
    """the complete records, converted to the current header"""
    end: int
    """the number of bytes that they take, with the header"""
    repair: str
    """the text to append to repair the file: the header of an empty file, the line end of a complete last record, or
    nothing"""
    found: Converted | None
    """the header found and how its lines are converted; None without a header"""


@dataclass(frozen=True)
class News:
    """The records added to a journal since this object last asked for news."""

    lines: list[str]
    """the new complete lines, without their line ends"""
    fresh: bool
    """whether the file was read from its start; if so, anything kept from it must be discarded"""


class Journal:
    """A text file with a header and one record per line, to which any number of threads and processes append.

    Args:
        path: the file; created, with its folder, at the first `exclusive`.
        header: the first line, or "" for none.
        is_whole: whether a last line without a line end is a complete record (for example, an editor left out the
            line end) and not an incomplete one.
        timeout: seconds to wait for the lock.
        convert: see `Convert`; by default only `header` is accepted.
    """

    def __init__(
        self,
        path: Path,
        header: str,
        is_whole: Callable[[str], bool],
        timeout: float = LOCK_TIMEOUT,
        convert: Convert | None = None,
    ):
        self.path = Path(path)
        self._header, self._is_whole, self._timeout, self._convert = header, is_whole, timeout, convert
        self._threads = threading.Lock()
        self._descriptor: int | None = None
        self._offset = 0
        self._reader = _Reader(self.path, self._split)

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()
            self._reader.close()

    def close(self) -> None:
        """Close the file for writing. The journal stays usable and opens the file again when needed."""
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
        return self._split(text).lines

    def news(self) -> News:
        """The records since the last call, or all of them if the file was replaced. Takes no lock and writes nothing.

        Raises:
            WrongHeaderError: the file has another header.
        """
        return self._reader.news()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock during the block. `append` and `rewrite` may be called only inside it.

        Raises:
            BusyError, NotSavedError, WrongHeaderError: see the classes.
        """
        with self._threads:
            with saving(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.path, self._timeout):
                try:
                    self._mend()
                    yield
                except BaseException:
                    self.close()  # the stored position may be wrong: read from the start next time
                    raise

    def append(self, lines: list[str], durable: bool = True) -> None:
        """Add records, given without line ends; when this returns they are on the disk.

        Args:
            durable: False: they survive this process, but perhaps not a power failure, and no time is spent waiting
                for the disk.

        Raises:
            NotSavedError: the write failed; the file is unchanged.
        """
        if lines:
            self._append("".join(f"{line}\n" for line in lines).encode(), durable)

    def rewrite(self, keep: Callable[[str], bool]) -> int:
        """Remove the records for which `keep` is False by replacing the file; returns how many were removed.

        Raises:
            NotSavedError: the write failed; the file is unchanged.
        """
        with saving(self.path):
            records = self._split(self.path.read_bytes())
        kept = [line for line in records.lines if keep(line)]
        for leftover in self.path.parent.glob(f".{self.path.name}.*.tmp"):  # left by a killed rewrite
            leftover.unlink(missing_ok=True)
        if len(kept) < len(records.lines):
            self._replace(records.found.header if records.found else "", kept)
        return len(records.lines) - len(kept)

    def _split(self, data: bytes, found: Converted | None = None, first: bool = True) -> Records:
        if not first:
            return split_records(self.path, data, "", self._is_whole, None, found)
        return split_records(self.path, data, self._header, self._is_whole, self._convert)

    def _replace(self, header: str, lines: list[str]) -> None:
        beside = self.path.with_name(f".{self.path.name}.rewritten.tmp")
        with saving(self.path), replacing(self.path, beside):
            text = "".join(f"{line}\n" for line in ([header] if header else []) + lines)
            beside.write_text(text, encoding="utf-8", newline="")
        self.close()

    def _mend(self) -> None:
        """Cut an incomplete last record off, and give a file of an earlier version the current header."""
        first = self._reopen()
        with saving(self.path):
            size = os.fstat(self._descriptor).st_size
            data = os.pread(self._descriptor, size - self._offset, self._offset)
        records = self._split(data, first=first)
        if first and records.found and not _begins_with(data, records.found.header):
            self._replace(records.found.header, records.lines)
            self._mend()
            return
        if self._offset + records.end < size:
            with saving(self.path):
                os.ftruncate(self._descriptor, self._offset + records.end)
        self._offset += records.end
        if records.repair:
            self._append(records.repair.encode())

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

    def _append(self, data: bytes, durable: bool = True) -> None:
        start = os.fstat(self._descriptor).st_size
        try:
            rest = memoryview(data)
            while rest:  # one write, unless the disk becomes full during it: then the second write raises the error
                rest = rest[os.write(self._descriptor, rest) :]
            if durable:
                os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, start)
            raise NotSavedError.of(self.path, error) from error
        self._offset += len(data)


class _Reader:
    """Reads what was added to a file since the last time, without the lock.

    A writer whose disk is full takes back what it wrote, and another may then write something else at the same place.
    So the last bytes read are compared before more are read; if they have changed, the file is read from its start.
    """

    _TAIL = 512

    def __init__(self, path: Path, split: Callable[..., Records]):
        self._path, self._split = path, split
        self._descriptor: int | None = None
        self._offset, self._tail, self._found = 0, b"", None

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._offset, self._tail, self._found = None, 0, b"", None

    def news(self) -> News:
        first = not self._is_same_file()
        if first:
            known = self._descriptor is not None
            self.close()
            try:
                self._descriptor = os.open(self._path, os.O_RDONLY)
            except FileNotFoundError:
                return News([], known)
        data = self._read_on()
        try:
            records = self._split(data, self._found, first or self._offset == 0)
        except BaseException:
            self.close()
            raise
        self._offset += records.end
        self._tail = (self._tail + data[: records.end])[-self._TAIL :]
        self._found = records.found
        return News(records.lines, first)

    def _is_same_file(self) -> bool:
        if self._descriptor is None:
            return False
        try:
            if not os.path.samestat(os.fstat(self._descriptor), os.stat(self._path)):
                return False
        except FileNotFoundError:
            return False
        return os.pread(self._descriptor, len(self._tail), self._offset - len(self._tail)) == self._tail

    def _read_on(self) -> bytes:
        size = os.fstat(self._descriptor).st_size
        return os.pread(self._descriptor, max(size - self._offset, 0), self._offset)


def split_records(
    path: Path,
    data: bytes,
    header: str,
    is_whole: Callable[[str], bool],
    convert: Convert | None = None,
    found: Converted | None = None,
) -> Records:
    """Split a journal's bytes into records.

    Args:
        header: the header that the bytes begin with, or "" for none, or if they are a later part of the file.
        convert: see `Convert`.
        found: how lines are converted, for a later part of a file.

    Raises:
        WrongHeaderError: `header` is not "" and the first line is another, which `convert` cannot read.
    """
    end = data.rfind(b"\n") + 1
    lines = [line.removesuffix("\r") for line in data[:end].decode(errors="replace").split("\n")[:-1]]
    last = data[end:].decode(errors="replace").removesuffix("\r")
    repair = ""
    if header and not lines and header.startswith(last.removeprefix(_BOM)):
        # empty, or the process was killed while it wrote the header
        return Records([], 0, f"{header}\n", Converted(header, _as_it_is))
    if header:
        name = lines.pop(0).removeprefix(_BOM) if lines else last
        found = Converted(header, _as_it_is) if name == header else convert(name) if convert and end else None
        if found is None:
            raise WrongHeaderError(
                f"the first line of {path} must be {header!r}. Received {name[:200]!r}; nothing was written. "
                "Move the file away or give another path."
            )
    if found:
        lines, last = [found.line(line) for line in lines if line], last and found.line(last)
    if last and (end or not header) and is_whole(last):
        lines, end, repair = [*lines, last], len(data), "\n"
    return Records([line for line in lines if line], end, repair, found)


def _as_it_is(line: str) -> str:
    return line


def _begins_with(data: bytes, header: str) -> bool:
    first, line_end, _ = data.partition(b"\n")
    return not line_end or first.decode(errors="replace").removeprefix(_BOM).removesuffix("\r") == header
