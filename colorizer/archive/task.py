"""One photograph of a batch, from file to file: what every engine does with each task."""

import errno
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from colorizer.archive.manifest import DONE, FAILED, Entry, Settings, key_of
from colorizer.imaging import reading, writing
from colorizer.imaging.errors import ImageError
from colorizer.imaging.losses import describe_losses
from colorizer.imaging.tiff.encoding import Page
from colorizer.inference import preparing
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints import sidecar
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
    page: int | None = None
    """The page that becomes `output`, from 1; None for a file of one page, or to put all into `output`, a TIFF."""

    @property
    def key(self) -> str:
        return key_of(self.input, self.page)


def colorize_file(batch: Batch, colorizer: Colorizer, task: Task) -> Entry:
    """Carry out one task, unless it was done before. Errors are not raised but returned in the entry."""
    path, target = batch.source / task.input, batch.target / task.output
    entry = Entry(task.input, "", batch.settings, task.output, 0, FAILED, page=task.page)
    try:
        edits = _find_edits(path, task)
        entry = replace(entry, input_sha256=checksum_of(path), edits_sha256=checksum_of(edits) if edits else "")
        if task.before and _is_done(task.before, entry, target):
            return replace(task.before, status=SKIPPED)
        data, notices = _colorize(batch.settings, colorizer, path, task)
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
    checksum = hashlib.sha256(data).hexdigest()
    return replace(entry, status=DONE, output_bytes=len(data), output_sha256=checksum, notices=notices)


def checksum_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_intact(entry: Entry, target: Path) -> bool:
    """Whether a result exists as it was written; in manifests of early versions only its size is known."""
    if not target.is_file() or target.stat().st_size != entry.output_bytes:
        return False
    return not entry.output_sha256 or checksum_of(target) == entry.output_sha256


def _colorize(settings: Settings, colorizer: Colorizer, path: Path, task: Task) -> tuple[bytes, tuple[str, ...]]:
    """The file, and what it lacks of the photograph."""
    edits = _find_edits(path, task)
    pages = 1 if task.page or task.format != "tiff" else reading.count_pages(path)
    lost, marks = [], []

    def make_ready(page: int) -> preparing.Prepared:
        upright = reading.read(path, keep_place=settings.keep_place, master=task.format == "tiff", page=page)
        own = sidecar.edits_of(path, (upright.height, upright.width)) if edits and page == 1 else None
        return preparing.make_ready(upright, settings.preparation, own)

    def colored(page: int) -> Page:
        ready = make_ready(page)
        photo = ready.photo
        lost.extend(f"page {page}: {s}" if pages > 1 else s for s in describe_losses(photo, task.format))
        prediction = colorizer.predict(photo.pixels, for_hints=bool(ready.hints))
        if settings.mood is not None:
            prediction = prediction.in_mood(settings.mood)
        prediction = prediction.in_light(settings.warmth)
        if ready.hints:
            prediction = prediction.with_hints(ready.hints)
        depth = photo.depth_in(task.format)
        rgb = colorizer.render(
            photo.pixels, prediction, settings.saturation, depth=depth, keep_colors=settings.keep_colors
        )
        marks.append(ready.marked(colorizer.mark(rgb, prediction, settings.saturation)))
        return Page(rgb, photo.metadata, photo.alpha)

    if pages > 1:
        hints = sidecar.read_edits(edits).hints if edits else ()
        made_by = replace(
            colorizer.provenance, saturation=settings.saturation, hints=len(hints), style=settings.style_in_words
        )
        if edits or settings.preparation:  # the one mark of the file says what was done with its first page
            made_by = make_ready(1).marked(made_by)
        data = writing.write_pages(map(colored, range(1, pages + 1)), made_by, settings.caption)
    else:
        page = colored(task.page or 1)
        caption = settings.caption and marks[0] is not None
        data = writing.write(page.rgb, task.format, page.metadata, marks[0], caption, alpha=page.alpha)
    return data, tuple(lost)


def _find_edits(path: Path, task: Task) -> Path | None:
    """The sidecar with hints for a task; hints for a file of several pages are for its first one."""
    return sidecar.find_edits(path) if task.page in (None, 1) else None


def _is_done(before: Entry, now: Entry, target: Path) -> bool:
    """Whether an earlier run had the same photograph, settings and weights, and its result is still as it was made."""
    same = replace(before, output_bytes=0, output_sha256="", notices=()) == replace(now, status=DONE)
    return same and is_intact(before, target)


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
