"""The manifest of a batch: one line of JSON per photograph, so that a later run can continue an earlier one.

- Only one batch at a time writes to it, ensured by a lock file beside the manifest.
- A line is written after its picture has been written.
- If a crash leaves an incomplete line at the end, the next run removes it.
- If there are several lines about one photograph, the last one counts.
- Lines are not synced to the disk: if a power failure loses one, its photograph is only coloured again.
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

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # first characters of cells that spreadsheets read as formulas


class ManifestError(ValueError):
    """A manifest cannot be read, written or locked."""


class BusyError(ManifestError):
    """Another batch is writing into the same folder."""


class ForeignManifestError(ManifestError):
    """A file of the manifest's name was not written by a batch."""


class NotWrittenError(ManifestError):
    """Files can no longer be written to the output folder."""

    def __init__(self, folder: Path, reason: str | None):
        super().__init__(f"The output folder must take files. {folder} says: {reason}. Mend that, then go on.")


@dataclass(frozen=True)
class Settings:
    """Everything besides the photograph that the bytes of the result depend on."""

    model: str
    weights_sha256: str
    saturation: float = 1.0
    format: str | None = None
    """None: JPEG stays JPEG, everything else becomes PNG."""
    caption: bool = False
    keep_place: bool = False


@dataclass(frozen=True)
class Entry:
    """The result of one photograph; a line of the manifest."""

    input: str
    """Path below the input folder, with `/`."""
    input_sha256: str
    settings: Settings
    output: str
    """Path below the output folder, with `/`."""
    output_bytes: int
    status: str
    reason: str = ""
    """Why it failed, as text for users."""


class Manifest:
    """The manifest of an output folder, opened by `open_manifest`.

    Args:
        path: of the file, which the first `append` creates.

    Raises:
        ForeignManifestError: the file at `path` is not a manifest.
    """

    def __init__(self, path: Path):
        self.path = path
        self.entries: dict[str, Entry] = {}
        self.made: set[str] = set()
        """Outputs that any run has written, even if a later run failed."""
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), start=1):
            entry = self._parse(number, line)
            self._take(entry)
        if len(whole) < len(data):
            os.truncate(path, len(whole))

    def append(self, entry: Entry) -> None:
        """Add a line. It is kept if this process dies, but may be lost in a power failure within seconds.

        Raises:
            NotWrittenError: the disk is full or missing.
        """
        line = json.dumps(asdict(entry))  # ASCII, so that file names that are not UTF-8 work, too
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
    """Lock and open the manifest of `folder` until the block ends.

    Raises:
        BusyError: another batch has locked it.
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
    """Write which photographs failed and why, for spreadsheets; without failures, delete the file.

    Raises:
        NotWrittenError: the disk is full or missing.
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
    """Text that spreadsheets do not read as a formula; parts of a name that are not Unicode become escapes."""
    text = text.encode(errors="backslashreplace").decode()
    return f"'{text}" if text.startswith(_FORMULA) else text
