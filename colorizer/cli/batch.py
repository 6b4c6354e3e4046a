"""`python -m colorizer batch`: colour a tree of folders into another one."""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from colorizer import models
from colorizer.cli import loading
from colorizer.cli.arguments import add_look, count
from colorizer.cli.before_coloring import add_preparation, asked
from colorizer.cli.photographs import find_photographs, make_folder
from colorizer.cli.terminal import DONE, REFUSED, STOPPED, UsageError, note, refuse, report, say
from colorizer.inference.moods.mood import MOODS
from storage import settings

if TYPE_CHECKING:
    from colorizer.archive.batch import Engine
    from colorizer.archive.manifest import Entry, Settings
    from colorizer.archive.task import Batch

EXAMPLE = "batch scans/ coloured/ --resume"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("input", type=Path, metavar="INPUT_DIR", help="folder with photographs at any depth")
    command.add_argument("output", type=Path, metavar="OUTPUT_DIR", help="folder for the results, manifest, failures")
    command.add_argument("--resume", action="store_true", help="go on with what an earlier run left in OUTPUT_DIR")
    note = "photographs in work at a time (default: HUESTORY_WORKERS, or by the cores there are)"
    command.add_argument("--workers", type=count, metavar="N", help=note)
    command.add_argument("--engine", choices=("local", "ray"), default="local", help="one machine, or a Ray cluster")
    bag_help = "make OUTPUT_DIR a BagIt bag, with the results in its folder data"
    command.add_argument("--bag", action="store_true", help=bag_help)
    add_look(command)
    add_preparation(command)


def run(options: argparse.Namespace) -> int:
    """Colour a tree of folders into another, overnight if need be: what is done stays done."""
    from colorizer.archive import bag, batch, manifest, ray, task

    if not options.input.is_dir():
        raise UsageError(f"INPUT_DIR must be a folder. Received {str(options.input)!r}.")
    make_folder(options.output)
    found = find_photographs([options.input], options.output)
    look, engine = _choose_engine(options)
    gc.freeze()  # what is loaded stays until the command ends: no collection needs to look at it
    counts = _Counts()
    try:
        job = task.Batch(options.input, _target(options), look)
        with closing(batch.run(job, found.photographs, engine, options.resume, counts.plan)) as entries:
            for entry in _follow(entries, counts):
                _tell(entry, job)
        others = [(path.relative_to(options.input).as_posix(), kind) for path, kind in found.others.items()]
        manifest.write_skipped(job.target, others)
        if options.bag:
            bag.close_bag(options.output)
    except (manifest.ManifestError, batch.UnfinishedError, ray.RayEngineError) as error:
        if not counts.of:
            raise UsageError(error) from error
        return _sum_up(counts, f"error: {error}", REFUSED)
    except KeyboardInterrupt:
        return _sum_up(counts, "Stopped.", STOPPED)
    if others:
        report(f"{found.summary()} See {job.target / manifest.SKIPPED_FILES}.")
    where = f"See {job.target / manifest.FAILURES}." if counts.of[manifest.FAILED] else ""
    return _sum_up(counts, where, REFUSED if where else DONE)


def _target(options: argparse.Namespace) -> Path:
    """The folder of the results: OUTPUT_DIR, or the one for them in a bag."""
    from colorizer.archive import bag

    if options.bag:
        return bag.open_bag(options.output)
    if bag.is_bag(options.output):
        raise UsageError(f"{options.output} is a bag: add --bag to go on with it, or choose another folder.")
    return options.output


@dataclass
class _Counts:
    """How many results there will be, and how many there are of each status."""

    total: int = 0
    of: Counter = field(default_factory=Counter)

    def plan(self, total: int) -> None:
        self.total = total


def _tell(entry: "Entry", job: "Batch") -> None:
    """Say what somebody should know of a result."""
    if entry.status == "failed":
        refuse(job.source / entry.key, ValueError(entry.reason))
    elif entry.status == "done":
        for sentence in entry.notices:
            note(job.target / entry.output, sentence)


def _choose_engine(options: argparse.Namespace) -> "tuple[Settings, Engine]":
    """The settings of a batch, and its engine."""
    from colorizer import weights
    from colorizer.archive import local, manifest, ray
    from colorizer.inference.colorizer import load_model
    from storage.settings import cores

    try:
        workers = options.workers or settings.workers()
        model = options.model or models.DEFAULT_MODEL
        checksum = weights.sha256(weights.weights_path(model))
    except (models.UnknownModelError, weights.WeightsError) as error:
        raise UsageError(error) from error
    _check_mood(options.mood, model)
    look = manifest.Settings(
        model,
        checksum,
        options.saturation,
        options.format,
        options.caption,
        options.keep_place,
        options.warmth,
        options.mood,
        options.keep_colors,
        **asked(options),
    )
    if options.engine == "ray":
        return look, partial(ray.run_ray, load=partial(load_model, model, threads=1), workers=workers)
    workers = workers or local.default_workers()
    colorizer = loading.load_colorizer(model, threads=None if workers == 1 else 1, at_once=min(workers, cores()))
    return look, partial(local.run_local, colorizer=colorizer, workers=workers)


def _check_mood(mood: str | None, model: str) -> None:
    if mood is None:
        return
    if mood not in MOODS:  # a file could change between two runs, and the manifest would not tell
        raise UsageError(f"--mood of a batch must be one of {', '.join(MOODS)}. Received {mood!r}.")
    if models.model_info(model).output != "bins":
        raise UsageError(f"--mood needs a model that weighs several colours. {model} does not.")


def _follow(entries: "Iterable[Entry]", counts: _Counts) -> "Iterator[Entry]":
    """Yield and count the entries, with a progress bar or, without a terminal, a line for each that was coloured."""
    times = []
    with tqdm(unit="photo", disable=None) as bar:
        for number, entry in enumerate(entries, start=1):
            counts.of[entry.status] += 1
            bar.total = counts.total
            bar.update()
            if entry.status == "done":
                times = [*times, time.monotonic()][-100:]
                seconds = (times[-1] - times[0]) / len(times)
                left = tqdm.format_interval((counts.total - number) * seconds)
                pace = f", {1 / seconds:.1f} a second, {left} left" if times[-1] - times[0] > 1 else ""
                say(f"{number}/{counts.total}{pace}: {entry.key} -> {entry.output}")
            yield entry


def _sum_up(counts: _Counts, reason: str, status: int) -> int:
    """Print the counts of a batch and how to continue it; returns `status`."""
    of = counts.of
    done = [f"{of['done']:,} coloured", f"{of['skipped']:,} done before", f"{of['failed']:,} failed"]
    left = counts.total - of.total()
    report(f"{', '.join(done)}, {left:,} left." if left else f"{', '.join(done)}.")
    if left:
        reason += " Give the same command with --resume to go on."
    if reason:
        print(reason, file=sys.stderr)
    return status
