"""An archive: a tree of folders in, the same tree in colour out, however often it is interrupted.

Threads share one model, and each takes one photograph at a time from file to file, so that reading, network, joining
and writing of different photographs overlap, and memory grows with the number of threads and not with the archive. The
network sees one photograph at a time: several at once would be a little faster, but change the last bits of its
numbers, and with them single pixels, while the same photograph must give the same file however it is coloured.
"""

import errno
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from threadpoolctl import threadpool_limits

from colorizer.archive.manifest import (
    DONE,
    FAILED,
    Entry,
    NotWrittenError,
    Settings,
    open_manifest,
    write_failures,
)
from colorizer.imaging import formats, reading, writing
from colorizer.imaging.errors import ImageError, SettingError
from colorizer.inference.colorizer import Colorizer

SKIPPED, STOPPED = "skipped", "stopped"
"""States of an entry that do not go into the manifest: done before, and the output folder takes no more files."""

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


class UnfinishedError(ValueError):
    """The output folder holds an earlier batch, and nobody said that this one goes on with it."""


@dataclass(frozen=True)
class Batch:
    """What all its photographs have in common."""

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
    """What became of it in an earlier run."""


Engine = Callable[[Batch, list[Task]], Iterator[Entry]]
"""Colours tasks in any order; yields what became of each as soon as it is known."""


def workers_setting() -> int | None:
    """HUESTORY_WORKERS, photographs in work at a time; None where it is not set.

    Raises:
        SettingError: the variable holds no whole number above 0.
    """
    value = os.environ.get("HUESTORY_WORKERS")
    if not value:
        return None
    with suppress(ValueError):
        if int(value) > 0:
            return int(value)
    raise SettingError(f"HUESTORY_WORKERS must be a whole number above 0. Received {value!r}.")


def default_workers() -> int:
    """Threads that pay for `run_local`: one more than there are cores, so that a wait for the disk costs nothing."""
    return 1 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def run(batch: Batch, paths: Iterable[Path], engine: Engine, resume: bool = False) -> Iterator[Entry]:
    """Colour photographs below `batch.source`, each into its place below `batch.target`, and keep account of them.

    Args:
        paths: the photographs, in an order that is always the same.
        engine: `run_local` or `batch_ray.run_ray`, with all but its first two arguments bound.
        resume: go on with what an earlier run left.

    Yields:
        What became of each photograph, in any order; its status is `DONE`, `FAILED` or `SKIPPED`.

    Raises:
        ManifestError: one of its other kinds.
        UnfinishedError: the target holds an earlier batch, and `resume` is false.
        NotWrittenError: the target takes no more files.
    """
    with open_manifest(batch.target) as manifest:
        if manifest.entries and not resume:
            raise UnfinishedError(
                f"{batch.target} holds an earlier batch of {len(manifest.entries):,} photographs. Add --resume to go "
                "on with it (what is done already is skipped), or choose another folder."
            )
        tasks = plan(batch, paths, manifest.entries)
        _remove_parts(batch, tasks)
        try:
            with closing(engine(batch, tasks)) as entries:
                for entry in entries:
                    if entry.status == STOPPED:
                        raise NotWrittenError(batch.target, entry.reason)
                    if entry.status != SKIPPED:
                        manifest.append(entry)
                    yield entry
        finally:
            _remove_parts(batch, tasks)
            last = (manifest.entries.get(task.input) for task in tasks)
            write_failures(batch.target, filter(None, last))


def plan(batch: Batch, paths: Iterable[Path], entries: Mapping[str, Entry]) -> list[Task]:
    """Name the output of each photograph, before any work: a name depends on no order of completion, and once recorded
    it stays, whatever joins the archive later."""
    taken: dict[str, set[str]] = defaultdict(set)
    for entry in entries.values():
        taken[_folder(entry.output)].add(PurePosixPath(entry.output).name.casefold())
    tasks = []
    for path in paths:
        name = path.relative_to(batch.source).as_posix()
        before = entries.get(name)
        format = batch.settings.format or _format(path)
        if before and before.output.endswith(formats.OUTPUT_EXTENSIONS[format]):
            output = before.output
        else:
            output = str(PurePosixPath(name).with_name(formats.output_name(path.name, format, taken[_folder(name)])))
        tasks.append(Task(name, output, format, before))
    return tasks


def run_local(batch: Batch, tasks: list[Task], colorizer: Colorizer, workers: int) -> Iterator[Entry]:
    """The engine for one machine: `workers` threads. Closed early, it ends those in work and begins no more."""
    pool = ThreadPoolExecutor(workers)
    with threadpool_limits(1, user_api="blas"):  # the workers share the cores out; BLAS's own would wait for each other
        jobs = [pool.submit(colorize_file, batch, colorizer, task) for task in tasks]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def colorize_file(batch: Batch, colorizer: Colorizer, task: Task) -> Entry:
    """Carry out one task, unless it has been done. Whatever is wrong with the photograph stands in the entry."""
    path, target = batch.source / task.input, batch.target / task.output
    entry = Entry(task.input, "", batch.settings, task.output, 0, FAILED)
    try:
        with open(path, "rb") as file:
            entry = replace(entry, input_sha256=hashlib.file_digest(file, "sha256").hexdigest())
        if task.before and _is_done(task.before, entry, target):
            return replace(task.before, status=SKIPPED)
        data = _colorize(batch.settings, colorizer, path, task.format)
    except Exception as error:  # one photograph must not end the night
        return replace(entry, reason=_reason(error))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        writing.write_file(target, data)
    except OSError as error:
        status = STOPPED if error.errno in _DISK_ERRORS else FAILED
        return replace(entry, status=status, reason=_reason(error))
    return replace(entry, status=DONE, output_bytes=len(data))


def _colorize(settings: Settings, colorizer: Colorizer, path: Path, format: str) -> bytes:
    photo = reading.read(path)
    rgb = colorizer.colorize(photo.pixels, settings.saturation)
    return writing.write(rgb, format, photo.metadata, colorizer.provenance, settings.caption)


def _is_done(before: Entry, now: Entry, target: Path) -> bool:
    """Whether the same photograph, settings and weights were there before, and the result still is."""
    same = replace(before, output_bytes=0) == replace(now, status=DONE)
    return same and target.is_file() and target.stat().st_size == before.output_bytes


def _folder(path: str) -> str:
    """Of a file: alike for names that some file systems do not tell apart."""
    return str(PurePosixPath(path).parent).casefold()


def _format(path: Path) -> str:
    with suppress(ImageError, OSError):
        return formats.output_format(formats.read_format(path))
    return "png"  # the file will be refused, and needs a name until then


def _reason(error: Exception) -> str:
    if isinstance(error, ImageError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"Something went wrong while colouring it ({type(error).__name__}: {error})."


def _remove_parts(batch: Batch, tasks: Iterable[Task]) -> None:
    """Remove what `writing.write_file` leaves where it is killed; the lock says that nobody is writing."""
    for folder in {(batch.target / task.output).parent for task in tasks}:
        for part in folder.glob(".huestory-*.part"):
            part.unlink(missing_ok=True)
