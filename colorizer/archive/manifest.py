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
SKIPPED_FILES = "skipped.csv"
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
    warmth: float = 0.0
    mood: str | None = None
    """One of `mood.MOODS`."""
    keep_colors: bool = False
    turn: int = 0
    straighten: float = 0.0
    crop: tuple[float, ...] | None = None
    negative: bool = False

    def __post_init__(self):
        if self.crop is not None:  # JSON makes a list of it
            object.__setattr__(self, "crop", tuple(self.crop))

    @property
    def preparation(self) -> dict[str, object]:
        """What is asked for before colouring, see `preparing.make_ready`; empty for nothing."""
        found = {"turn": self.turn, "straighten": self.straighten, "crop": self.crop, "negative": self.negative}
        return found if any(found.values()) else {}

    @property
    def style_in_words(self) -> str:
        """Mood and warmth for the mark of a file; see `Prediction.style_in_words`."""
        mood = [f"mood {self.mood}"] if self.mood else []
        return ", ".join([*mood, *([f"warmth {self.warmth:g}"] if self.warmth else [])])


@dataclass(frozen=True)
class Entry:
    """The result of one photograph, or of one page of it; a line of the manifest."""

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
    output_sha256: str = ""
    """Checksum of the result; empty in manifests of early versions."""
    page: int | None = None
    """Which page of the input it is, from 1; None for a file of one page, or where all became one file."""
    edits_sha256: str = ""
    """Checksum of the sidecar with hints; empty without one."""
    notices: tuple[str, ...] = ()
    """What the result lacks of the photograph, as sentences for users."""

    @property
    def key(self) -> str:
        """What tells this result from all others; the names of files as users read them."""
        return key_of(self.input, self.page)


def key_of(input: str, page: int | None) -> str:
    """The name of an input or of a page of it.

    >>> key_of("a.tif", None), key_of("a.tif", 3)
    ('a.tif', 'a.tif (page 3)')
    """
    return input if page is None else f"{input} (page {page})"


class Manifest:
    """The manifest of an output folder, opened by `open_manifest`, or only read.

    Args:
        path: of the file, which the first `append` creates.

    Raises:
        ForeignManifestError: the file at `path` is not a manifest.
    """

    def __init__(self, path: Path):
        self.path = path
        self.entries: dict[str, Entry] = {}
        """By `Entry.key`."""
        self.made: set[str] = set()
        """Outputs that any run has written, even if a later run failed."""
        data = path.read_bytes() if path.exists() else b""
        self._whole = data.rfind(b"\n") + 1
        self._torn = self._whole < len(data)
        for number, line in enumerate(data[: self._whole].splitlines(), start=1):
            self._take(self._parse(number, line))

    def mend(self) -> None:
        """Remove an incomplete line at the end, which a crash has left."""
        if self._torn:
            os.truncate(self.path, self._whole)

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
        self.entries[entry.key] = entry
        if entry.status == DONE:
            self.made.add(entry.output)

    def _parse(self, number: int, line: bytes) -> Entry:
        try:
            row = json.loads(line)
            notices = tuple(row.get("notices", ()))
            return Entry(**{**row, "settings": Settings(**row["settings"]), "notices": notices})
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
        manifest = Manifest(folder / NAME)
        manifest.mend()
        yield manifest
    finally:
        lock.release()


def write_failures(folder: Path, entries: Iterable[Entry]) -> None:
    """Write which photographs failed and why, for spreadsheets; without failures, delete the file.

    Raises:
        NotWrittenError: the disk is full or missing.
    """
    _write_table(folder, FAILURES, [(entry.key, entry.reason) for entry in entries if entry.status == FAILED])


def write_skipped(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write which files of the input folder are no photographs that are taken, and of which kind they are.

    Args:
        files: path below the input folder and kind.

    Raises:
        NotWrittenError: the disk is full or missing.
    """
    _write_table(folder, SKIPPED_FILES, [(name, f"not taken: {kind}") for name, kind in files])


def _write_table(folder: Path, name: str, rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("file", "reason"), *((_cell(file), _cell(reason)) for file, reason in rows)])
    try:
        if rows:
            write_file(folder / name, stream.getvalue().encode("utf-8-sig"))
        else:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise NotWrittenError(folder, error.strerror) from error


def _cell(text: str) -> str:
    """Text that spreadsheets do not read as a formula; parts of a name that are not Unicode become escapes."""
    text = text.encode(errors="backslashreplace").decode()
    return f"'{text}" if text.startswith(_FORMULA) else text
