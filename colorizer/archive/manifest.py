"""What a batch has done: one line of JSON a photograph, so that a later run goes on where an earlier one stopped.

The rules: one batch at a time, by a lock beside the manifest; a line is written once its picture is in its place; a
line torn by a crash is cut off by the next run; of several lines about one photograph the last counts. A line that a
power failure takes costs a repetition and never skips anything wrongly, so no line waits for the disk.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from storage.files import write_file

NAME = "manifest.jsonl"
FAILURES = "failures.csv"
LOCK = ".huestory-batch.lock"

DONE, FAILED = "done", "failed"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet take a cell for a formula


class ManifestError(ValueError):
    """A manifest cannot be read, written or kept for one batch alone."""


class BusyError(ManifestError):
    """Another batch writes into the same folder."""


class ForeignManifestError(ManifestError):
    """A file of the manifest's name was not written by a batch."""


class NotWrittenError(ManifestError):
    """The output folder takes no more files."""

    def __init__(self, folder: Path, reason: str | None):
        super().__init__(f"The output folder must take files. {folder} says: {reason}. Mend that, then go on.")


@dataclass(frozen=True)
class Settings:
    """All that decides, beside the photograph, which bytes come out."""

    model: str
    weights_sha256: str
    saturation: float = 1.0
    format: str | None = None
    """None: JPEG stays JPEG, all else becomes PNG."""
    caption: bool = False


@dataclass(frozen=True)
class Entry:
    """What became of one photograph; a line of the manifest."""

    input: str
    """Path below the input folder, with `/`."""
    input_sha256: str
    settings: Settings
    output: str
    """Path below the output folder, with `/`."""
    output_bytes: int
    status: str
    reason: str = ""
    """Of a failure, in words for a person."""


class Manifest:
    """The manifest of an output folder. Made by `open_manifest`.

    Args:
        path: where it lies; made at the first `append`.

    Raises:
        ForeignManifestError: the file at `path` is something else.
    """

    def __init__(self, path: Path):
        self.path = path
        self.entries: dict[str, Entry] = {}
        self.made: set[str] = set()
        """Outputs that were ever written, even where a later run failed."""
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), start=1):
            entry = self._parse(number, line)
            self._take(entry)
        if len(whole) < len(data):
            os.truncate(path, len(whole))

    def append(self, entry: Entry) -> None:
        """Add a line; it outlives this process, though not a power failure of the next seconds.

        Raises:
            NotWrittenError: the disk is full or gone.
        """
        line = json.dumps(asdict(entry))  # ASCII, so that names that are no UTF-8 come through, too
        try:
            with open(self.path, "a") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise NotWrittenError(self.path.parent, error.strerror) from error
        self._take(entry)

    def _take(self, entry: Entry) -> None:
        self.entries[entry.input] = entry
        if entry.status == DONE:
            self.made.add(entry.output)

    def _parse(self, number: int, line: bytes) -> Entry:
        try:
            row = json.loads(line)
            return Entry(**{**row, "settings": Settings(**row["settings"])})
        except (ValueError, TypeError, KeyError) as error:
            raise ForeignManifestError(
                f"Each line of {self.path} must be one that a batch wrote. Received {line[:80]!r} as line {number}: "
                "move the file away, or choose another output folder."
            ) from error


@contextmanager
def open_manifest(folder: Path) -> Iterator[Manifest]:
    """Keep the manifest of `folder` for this process alone, until the block ends.

    Raises:
        BusyError: another batch has it.
        ManifestError: it cannot be locked or read.
    """
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(
            f"One batch at a time may write into a folder. Another one is writing into {folder}: "
            "wait for it, or choose another folder."
        ) from error
    except (OSError, NotImplementedError) as error:
        raise ManifestError(f"The output folder must allow locking a file. {folder} says: {error}.") from error
    try:
        yield Manifest(folder / NAME)
    finally:
        lock.release()


def write_failures(folder: Path, entries: Iterable[Entry]) -> None:
    """Write which photographs failed and why, for a spreadsheet; without failures there is no such file.

    Raises:
        NotWrittenError: the disk is full or gone.
    """
    rows = [(_cell(entry.input), _cell(entry.reason)) for entry in entries if entry.status == FAILED]
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("file", "reason"), *rows])
    try:
        if rows:
            write_file(folder / FAILURES, stream.getvalue().encode("utf-8-sig"))
        else:
            (folder / FAILURES).unlink(missing_ok=True)
    except OSError as error:
        raise NotWrittenError(folder, error.strerror) from error


def _cell(text: str) -> str:
    """Text that a spreadsheet shows as it stands; what is no Unicode in a name, as an escape."""
    text = text.encode(errors="backslashreplace").decode()
    return f"'{text}" if text.startswith(_FORMULA) else text
