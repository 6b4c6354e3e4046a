"""One photograph of a batch, from file to file: what every engine does with each task."""

import errno
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from colorizer.archive.manifest import DONE, FAILED, Entry, Settings
from colorizer.imaging import reading, writing
from colorizer.imaging.errors import ImageError
from colorizer.inference.colorizer import Colorizer
from storage.files import write_file

SKIPPED, STOPPED = "skipped", "stopped"
"""States that are not written to the manifest: done in an earlier run; files cannot be written to the output folder."""

_FOREIGN = (
    "A result must not take the place of a file that the batch has not made. {} is there already: move it away, or "
    "choose another output folder."
)
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


@dataclass(frozen=True)
class Batch:
    """The folders and settings that all photographs of a batch share."""

    source: Path
    target: Path
    settings: Settings


@dataclass(frozen=True)
class Task:
    """One photograph to colour."""

    input: str
    """Path below the source folder, with `/`."""
    output: str
    """Path below the target folder, with `/`."""
    format: str
    before: Entry | None = None
    """Its result in an earlier run, if there is one."""
    replaces: bool = False
    """Whether an earlier run made `output`, so that this one may replace it."""


def colorize_file(batch: Batch, colorizer: Colorizer, task: Task) -> Entry:
    """Carry out one task, unless it was done before. Errors are not raised but returned in the entry."""
    path, target = batch.source / task.input, batch.target / task.output
    entry = Entry(task.input, "", batch.settings, task.output, 0, FAILED)
    try:
        with open(path, "rb") as file:
            entry = replace(entry, input_sha256=hashlib.file_digest(file, "sha256").hexdigest())
        if task.before and _is_done(task.before, entry, target):
            return replace(task.before, status=SKIPPED)
        data = _colorize(batch.settings, colorizer, path, task.format)
    except Exception as error:  # one photograph must not end the batch
        return replace(entry, reason=_reason(error))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not task.replaces and _holds_other(target, data):
            return replace(entry, reason=_FOREIGN.format(task.output))
        write_file(target, data)
    except OSError as error:
        status = STOPPED if error.errno in _DISK_ERRORS else FAILED
        return replace(entry, status=status, reason=_reason(error))
    return replace(entry, status=DONE, output_bytes=len(data))


def _colorize(settings: Settings, colorizer: Colorizer, path: Path, format: str) -> bytes:
    photo = reading.read(path, keep_place=settings.keep_place)
    rgb = colorizer.colorize(photo.pixels, settings.saturation)
    made_by = replace(colorizer.provenance, saturation=settings.saturation)
    return writing.write(rgb, format, photo.metadata, made_by, settings.caption)


def _is_done(before: Entry, now: Entry, target: Path) -> bool:
    """Whether an earlier run had the same photograph, settings and weights, and its result still exists."""
    same = replace(before, output_bytes=0) == replace(now, status=DONE)
    return same and target.is_file() and target.stat().st_size == before.output_bytes


def _holds_other(target: Path, data: bytes) -> bool:
    """Whether a file with other content is at the output path. The same content comes from a killed run."""
    try:
        return target.stat().st_size != len(data) or target.read_bytes() != data
    except FileNotFoundError:
        return False


def _reason(error: Exception) -> str:
    if isinstance(error, ImageError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"Something went wrong while colouring it ({type(error).__name__}: {error})."
