"""Colour an archive: a tree of folders into a tree of the same structure. An interrupted run can be resumed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath

from colorizer.archive.manifest import Entry, NotWrittenError, key_of, open_manifest, write_failures
from colorizer.archive.task import SKIPPED, STOPPED, Batch, Task
from colorizer.imaging import formats, reading
from colorizer.imaging.errors import ImageError
from storage.files import PARTS


class UnfinishedError(ValueError):
    """The output folder has an earlier batch, and `resume` is false."""


Engine = Callable[[Batch, list[Task]], Iterator[Entry]]
"""Colours tasks in any order; yields the result of each as soon as it is known."""


def run(
    batch: Batch,
    paths: Iterable[Path],
    engine: Engine,
    resume: bool = False,
    planned: Callable[[int], None] = lambda count: None,
) -> Iterator[Entry]:
    """Colour photographs below `batch.source`, write each to its path below `batch.target`, and keep a manifest.

    Args:
        paths: the photographs, in the same order in every run.
        engine: `local.run_local` or `ray.run_ray`, with all arguments but the first two bound.
        resume: continue an earlier run.
        planned: called once, with the number of results that there will be.

    Yields:
        The result of each photograph, in any order; its status is `DONE`, `FAILED` or `SKIPPED`.

    Raises:
        UnfinishedError: the target has an earlier batch, and `resume` is false.
        NotWrittenError: files can no longer be written to the target.
        ManifestError: another of its subclasses.
    """
    with open_manifest(batch.target) as manifest:
        if manifest.entries and not resume:
            raise UnfinishedError(
                f"{batch.target} holds an earlier batch of {len(manifest.entries):,} photographs. Add --resume to go "
                "on with it (what is done already is skipped), or choose another folder."
            )
        tasks = plan(batch, paths, manifest.entries, manifest.made)
        planned(len(tasks))
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
            last = (manifest.entries.get(task.key) for task in tasks)
            write_failures(batch.target, filter(None, last))


def plan(batch: Batch, paths: Iterable[Path], entries: Mapping[str, Entry], made: Collection[str] = ()) -> list[Task]:
    """Choose the name of each output, before any photograph is coloured.

    A file of several pages has a task for each, unless its result has pages, too. So a name does not depend on the
    order in which photographs are finished. A recorded name stays the same when photographs are added to the archive
    later.

    Args:
        entries: results of earlier runs, by `Entry.key`.
        made: outputs that earlier runs have written.
    """
    taken: dict[str, set[str]] = defaultdict(set)
    for entry in entries.values():
        taken[_folder(entry.output)].add(formats.name_key(PurePosixPath(entry.output).name))
    tasks = []
    for path in paths:
        name = path.relative_to(batch.source).as_posix()
        format, pages = _look_at(path, batch.settings.format)
        for page in range(1, pages + 1) if pages > 1 else [None]:
            before = entries.get(key_of(name, page))
            if before and before.output.endswith(formats.OUTPUT_EXTENSIONS[format]):
                output = before.output
            else:
                plain = path.name if page is None else formats.page_name(path.name, page)
                output = str(PurePosixPath(name).with_name(formats.output_name(plain, format, taken[_folder(name)])))
            tasks.append(Task(name, output, format, before, replaces=output in made, page=page))
    return tasks


def _folder(path: str) -> str:
    """The folder of a file, as the file systems see it that take several names for one."""
    return formats.name_key(str(PurePosixPath(path).parent))


def _look_at(path: Path, format: str | None) -> tuple[str, int]:
    """The format of the results of a file, and how many there are: one for each page unless the format has pages."""
    try:
        kind = formats.read_format(path)
    except (ImageError, OSError):
        return format or "png", 1  # the file will be refused, but a task needs an output name
    format = format or formats.output_format(kind)
    return format, reading.count_pages(path) if kind == "TIFF" and format != "tiff" else 1


def _remove_parts(batch: Batch, tasks: Iterable[Task]) -> None:
    """Remove partial files of killed `storage.files.write_file` calls; the lock ensures that no other batch writes."""
    for folder in {(batch.target / task.output).parent for task in tasks}:
        for part in folder.glob(PARTS):
            part.unlink(missing_ok=True)
