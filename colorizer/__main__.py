"""The command line: python -m colorizer colorize|batch|models|train|evaluate|benchmark|samples."""

import argparse
import json
import math
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from tqdm import tqdm

from colorizer import models
from colorizer.cli import train as train_command
from colorizer.imaging import formats, reading, writing
from colorizer.imaging.errors import ImageError, SettingError

DONE, REFUSED, USAGE = 0, 1, 2
STOPPED = 130


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 all done, 1 some inputs refused, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    warnings.filterwarnings("ignore", module="PIL")  # of damaged files, which are named in plain words
    if options.run in (colorize, batch, list_models, train, evaluate, benchmark):
        models.import_keras()
    try:
        return options.run(options)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED


def colorize(options: argparse.Namespace) -> int:
    """Colour files and folders into one folder."""
    colorizer = _load(options.model, threads=2)
    if options.confidence and colorizer.default_temperature is None:
        raise UsageError(f"--confidence needs a model that weighs several colours. {colorizer.name} does not.")
    _make_folder(options.output)
    taken: set[str] = set()
    refused = 0
    paths = list(_walk(options.inputs, options.output))
    if not paths:
        raise UsageError(f"No photographs found in {', '.join(map(str, options.inputs))}.")
    for path in tqdm(paths, unit="photo", disable=None):
        try:
            photo = reading.read(path)
            format = options.format or photo.output_format
            target = options.output / formats.output_name(path.name, format, taken)
            for made, made_format, rgb in _colorings(photo, colorizer, options, target, format):
                data = writing.write(rgb, made_format, photo.metadata, colorizer.provenance, options.caption)
                writing.write_file(made, data)
                _say(f"{path} -> {made}")
        except (ImageError, OSError) as error:
            _refuse(path, error)
            refused += 1
    return REFUSED if refused else DONE


def _colorings(photo, colorizer, options: argparse.Namespace, target: Path, format: str) -> Iterator[tuple]:
    """What was asked for of one photograph, as path, format and pixels: the colouring, variants, where it guesses."""
    prediction = colorizer.predict(photo.pixels)
    for number, variant in enumerate(prediction.variants(options.variants), start=1):
        made = target if number == 1 else target.with_stem(f"{target.stem}_{number}")
        yield made, format, colorizer.render(photo.pixels, variant, options.saturation)
    if options.confidence:
        made = target.with_name(f"{target.stem.removesuffix('_colorized')}_confidence.png")
        yield made, "png", colorizer.render(photo.pixels, prediction.uncertainty())


def batch(options: argparse.Namespace) -> int:
    """Colour a tree of folders into another, overnight if need be: what is done stays done."""
    from colorizer.archive import batch as archive
    from colorizer.archive import manifest
    from colorizer.archive import ray as batch_ray

    if not options.input.is_dir():
        raise UsageError(f"INPUT_DIR must be a folder. Received {str(options.input)!r}.")
    _make_folder(options.output)
    paths = list(_walk([options.input], options.output))
    if not paths:
        raise UsageError(f"No photographs found in {options.input}.")
    settings, engine = _batch_engine(options)
    job = archive.Batch(options.input, options.output, settings)
    counts = Counter()
    try:
        with closing(archive.run(job, paths, engine, options.resume)) as entries:
            for entry in _follow(entries, len(paths)):
                counts[entry.status] += 1
                if entry.status == manifest.FAILED:
                    _refuse(options.input / entry.input, ValueError(entry.reason))
    except (manifest.ManifestError, archive.UnfinishedError, batch_ray.RayEngineError) as error:
        if not counts:
            raise UsageError(error) from error
        return _sum_up(counts, len(paths), f"error: {error}", REFUSED)
    except KeyboardInterrupt:
        return _sum_up(counts, len(paths), "Stopped.", STOPPED)
    where = f"See {options.output / manifest.FAILURES}." if counts[manifest.FAILED] else ""
    return _sum_up(counts, len(paths), where, REFUSED if where else DONE)


def list_models(options: argparse.Namespace) -> int:
    """Print every registered model."""
    from colorizer import weights

    rows = []
    for name in models.list_models():
        model = models.create_model(name, **weights.hyperparameters_in_use(name))
        trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
        rows.append(
            {
                "name": name,
                "parameters": model.count_params(),
                "trainable_parameters": trainable,
                "default": name == models.DEFAULT_MODEL,
                "weights": _weights_file(name),
                "source": models.model_info(name).source,
            }
        )
    if options.json:
        print(json.dumps(rows, indent=2))
        return DONE
    for row in rows:
        mark = " (default)" if row["default"] else ""
        print(f"{row['name']}{mark}: {row['parameters']:,} parameters, weights: {row['weights'] or 'none'}")
        print(f"    {row['source']}")
        if not row["weights"]:
            print(f"    {weights.training_command(row['name'])}")
    return DONE


def _weights_file(name: str) -> str | None:
    from colorizer import weights

    try:
        return weights.weights_path(name).name
    except weights.MissingWeightsError:
        return None


def train(options: argparse.Namespace) -> int:
    """Train a model."""
    try:
        train_command.train(options, _report)
    except train_command.errors() as error:
        raise UsageError(error) from error
    return DONE


def evaluate(options: argparse.Namespace) -> int:
    """Measure models and print a table."""
    from colorizer.evaluation import evaluate as evaluation
    from colorizer.imaging.photos import DataError

    colorizers = [_load(name) for name in options.models or [None]]
    try:
        paths = evaluation.choose_photos(options.data, options.split, options.limit)
    except DataError as error:
        raise UsageError(error) from error
    with tqdm(total=len(paths) * (len(colorizers) if options.sizes else 1), unit="photo", disable=None) as bar:
        if options.sizes:
            for colorizer in colorizers:
                rows = evaluation.consistency(paths, colorizer, options.sizes, bar.update)
                _print_table([{"model": colorizer.name} | row for row in rows], ("model", "sizes", "photo", "working"))
            return DONE
        measurements = []
        for measurement in evaluation.measure(paths, colorizers, options.size, options.aged):
            measurements.append(measurement)
            bar.update(measurement is None or measurement.model == evaluation.GRAYSCALE)
    rows = evaluation.summarize(measurements, options.data)
    if not rows:
        raise UsageError(f"The data folder must hold colour photographs. All {len(paths)} were grey or unreadable.")
    if options.output:
        evaluation.write_csv(rows, options.output)
    _print_table(rows, evaluation.COLUMNS)
    return DONE


def benchmark(options: argparse.Namespace) -> int:
    """Measure time and memory and print a table."""
    from colorizer.evaluation import benchmark as timing

    try:
        if options.networks:
            rows = timing.compare_networks(options.networks)
        else:
            rows = list(tqdm(timing.benchmark(options.megapixels), total=len(options.megapixels), disable=None))
    except (timing.BenchmarkError, models.UnknownModelError) as error:
        raise UsageError(error) from error
    if options.output:
        timing.write_csv(rows, options.output)
    _print_table(rows, list(rows[0]))
    return DONE


def samples(options: argparse.Namespace) -> int:
    """List the samples, write one as a file, or fetch historical photographs from the Library of Congress."""
    from colorizer.gallery import historical
    from colorizer.gallery import samples as library

    if options.action == "download" and options.name == historical.NAME:
        return _download_historical(options.output or historical.downloads_folder(), options.yes)
    if options.action == "download":
        folder = options.output or Path()
        try:
            data = library.read_sample(options.name)
        except library.UnknownSampleError as error:
            raise UsageError(f"{error} Or {historical.NAME}.") from error
        _make_folder(folder)
        writing.write_file(folder / f"{options.name}.png", data)
        print(folder / f"{options.name}.png")
        return DONE
    for sample in library.list_samples():
        print(f"{sample.name}: {sample.title} ({sample.credit}, {sample.licence})")
    print(f"{historical.NAME}: {len(historical.list_items())} photographs of 1935-1943 (Library of Congress, fetched)")
    return DONE


def _download_historical(folder: Path, yes: bool) -> int:
    """Say what will be fetched from where, ask on a terminal, then fetch it."""
    from colorizer.gallery import captions, fetching, historical

    _make_folder(folder)
    plan = historical.plan(folder)
    print(f"{plan}\nInto {folder}, with their titles and credits in {captions.NAME}.")
    if not plan.items:
        return DONE
    if not yes and sys.stdin.isatty() and input("Fetch them? [y/N] ").strip().lower() not in ("y", "yes"):
        return DONE
    with tqdm(unit="photo", disable=None) as bar:

        def progress(done: int, total: int, file: str) -> None:
            bar.total = total
            bar.update(done - bar.n)
            if file:
                _say(file)

        try:
            refused = historical.download(folder, progress=progress)
        except (captions.CaptionsError, OSError) as error:
            raise UsageError(error) from error
        except fetching.FetchStoppedError:
            return STOPPED
    for file, reason in refused.items():
        _refuse(Path(file), fetching.FetchError(reason))
    return REFUSED if refused else DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m colorizer", description="Colour for grey photographs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = _command(commands, "colorize", colorize, "colorize scans/ portrait.jpg --output coloured")
    command.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="photographs, or folders of them")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    _add_look(command)
    variants_help = "also write up to N - 1 other plausible colourings, as NAME_colorized_2 and so on"
    command.add_argument("--variants", type=int, choices=(1, 2, 3), default=1, metavar="N", help=variants_help)
    command.add_argument("--confidence", action="store_true", help="also write NAME_confidence.png: orange is a guess")

    command = _command(commands, "batch", batch, "batch scans/ coloured/ --resume")
    command.add_argument("input", type=Path, metavar="INPUT_DIR", help="folder with photographs at any depth")
    command.add_argument("output", type=Path, metavar="OUTPUT_DIR", help="folder for the results, manifest, failures")
    command.add_argument("--resume", action="store_true", help="go on with what an earlier run left in OUTPUT_DIR")
    note = "photographs in work at a time (default: HUESTORY_WORKERS, or by the cores there are)"
    command.add_argument("--workers", type=_count, metavar="N", help=note)
    command.add_argument("--engine", choices=("local", "ray"), default="local", help="one machine, or a Ray cluster")
    _add_look(command)

    command = _command(commands, "models", list_models, "models --json")
    command.add_argument("--json", action="store_true", help="print JSON")

    command = _command(commands, "train", train, "train --data photos --model resnet50_unet --output my.weights.h5")
    train_command.add_arguments(command, _count, _number)

    command = _command(commands, "evaluate", evaluate, "evaluate --data photos --split test --size 192")
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of colour photographs")
    command.add_argument("--models", type=_names, metavar="A,B", help=f"default: {models.DEFAULT_MODEL}")
    command.add_argument("--split", choices=("val", "test"), help="only the photographs held back from training")
    command.add_argument("--size", type=_count, default=256, help="short side, in pixels")
    command.add_argument("--limit", type=_count, metavar="N", help="only N photographs, evenly spaced")
    command.add_argument("--aged", action="store_true", help="show the models aged copies: faded, grainy, scratched")
    sizes_help = "instead: how much the colours depend on size, of the photograph and of the network's view"
    command.add_argument("--sizes", type=_sizes, metavar="A,B", help=sizes_help)
    command.add_argument("--output", type=Path, metavar="CSV", help="also write the table here")

    command = _command(commands, "benchmark", benchmark, "benchmark --megapixels 1,12")
    default = [0.26, 1.0, 4.0, 12.0, 48.0]
    networks_help = "instead: time these networks beside each other, with random weights"
    command.add_argument("--networks", type=_names, metavar="A,B", help=networks_help)
    command.add_argument("--megapixels", type=_numbers, default=default, metavar="A,B", help="sizes to measure")
    command.add_argument("--output", type=Path, metavar="CSV", help="also write the table here")

    command = _command(commands, "samples", samples, "samples download camera")
    command.set_defaults(action="list")
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="what there is (default)")
    download = actions.add_parser("download", help="write one as a file, or fetch `historical`")
    download.add_argument("name", metavar="NAME")
    note = "default: the current folder; for `historical` the folder downloads/historical of $HUESTORY_DATA"
    download.add_argument("--output", type=Path, metavar="DIR", help=note)
    download.add_argument("--yes", action="store_true", help="fetch `historical` without being asked")
    return parser


def _command(commands, name: str, run, example: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=run.__doc__, description=run.__doc__, epilog=f"example: python -m colorizer {example}"
    )
    command.set_defaults(run=run)
    return command


def _add_look(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", help=f"model to use (default: {models.DEFAULT_MODEL})")
    command.add_argument("--saturation", type=_number(0, 2), default=1.0, help="strength of the colours, 0 to 2")
    command.add_argument("--format", choices=("png", "jpeg", "tiff"), help="default: JPEG stays JPEG, all else PNG")
    command.add_argument("--caption", action="store_true", help="write on the picture that its colours are guesses")


def _number(low: float, high: float):
    def parse(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low:g} to {high:g}. Received {text}.")
        return value

    parse.__name__ = "number"
    return parse


def _numbers(text: str) -> list[float]:
    return [_number(0.01, 1000)(part) for part in text.split(",")]


def _sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.split(",")]
    if len(sizes) < 2 or min(sizes) < 32 or any(size % 32 for size in sizes):
        raise argparse.ArgumentTypeError(f"must be two or more multiples of 32. Received {text}.")
    return sizes


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received {text}.")
    return value


def _names(text: str) -> list[str]:
    return text.split(",")


def _load(name: str | None, threads: int | None = None):
    """A model whose network runs on `threads` threads: up to 3 give the same files on every machine, more others."""
    from colorizer import weights
    from colorizer.inference import colorizer as inference

    if threads is not None:
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    try:
        return inference.load_model(name)
    except (models.UnknownModelError, weights.WeightsError) as error:
        raise UsageError(error) from error


def _batch_engine(options: argparse.Namespace):
    """The settings of a batch, and what carries it out."""
    from colorizer import weights
    from colorizer.archive import batch as archive
    from colorizer.archive import manifest
    from colorizer.archive import ray as batch_ray
    from colorizer.inference import colorizer as inference

    try:
        workers = options.workers or archive.workers_setting()
        model = options.model or models.DEFAULT_MODEL
        checksum = weights.sha256(weights.weights_path(model))
    except (models.UnknownModelError, weights.WeightsError, SettingError) as error:
        raise UsageError(error) from error
    settings = manifest.Settings(model, checksum, options.saturation, options.format, options.caption)
    if options.engine == "ray":
        return settings, partial(batch_ray.run_ray, load=partial(inference.load_model, model), workers=workers)
    workers = workers or archive.default_workers()
    colorizer = _load(model, threads=2 if workers == 1 else 1)
    return settings, partial(archive.run_local, colorizer=colorizer, workers=workers)


def _follow(entries: Iterable, total: int) -> Iterator:
    """Pass on what became of each photograph, with a progress bar, or else a line for each that was worked on."""
    times = []
    for number, entry in enumerate(tqdm(entries, total=total, unit="photo", disable=None), start=1):
        if entry.status == "done":
            times = [*times, time.monotonic()][-100:]
            seconds = (times[-1] - times[0]) / len(times)
            left = tqdm.format_interval((total - number) * seconds)
            pace = f", {1 / seconds:.1f} a second, {left} left" if times[-1] - times[0] > 1 else ""
            _say(f"{number}/{total}{pace}: {entry.input} -> {entry.output}")
        yield entry


def _sum_up(counts: Counter, total: int, reason: str, status: int) -> int:
    """Say what a batch has done, and how to go on."""
    done = [f"{counts['done']:,} coloured", f"{counts['skipped']:,} done before", f"{counts['failed']:,} failed"]
    left = total - counts.total()
    _report(f"{', '.join(done)}, {left:,} left." if left else f"{', '.join(done)}.")
    if left:
        reason += " Give the same command with --resume to go on."
    if reason:
        print(reason, file=sys.stderr)
    return status


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The output must be a folder. Received {str(path)!r}: {error.strerror}.") from error
    if not os.access(path, os.W_OK):
        raise UsageError(f"The output folder must be writable. Received {str(path)!r}.")


def _walk(inputs: Iterable[Path], output: Path) -> Iterator[Path]:
    """Files named, and photographs in folders named, but for earlier results of our own below the output folder.

    A folder that may not be looked into comes out itself, to be refused like a photograph.
    """
    results = output.resolve()
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            ours = file.stem.endswith("_colorized") and file.resolve().is_relative_to(results)
            closed = file.is_dir() and not os.access(file, os.R_OK)
            if closed or (file.suffix.lower() in formats.EXTENSIONS and file.is_file() and not ours):
                yield file


def _say(line: str) -> None:
    """A plain line where no progress bar runs."""
    if not sys.stderr.isatty():
        print(line.encode(errors="backslashreplace").decode(), flush=True)  # a name may be no Unicode


def _report(line: str) -> None:
    """A line at once, above a progress bar if one runs."""
    tqdm.write(line)
    sys.stdout.flush()


def _refuse(path: Path, error: Exception) -> None:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    tqdm.write(f"error: {path}: {reason}", file=sys.stderr)


def _print_table(rows: Sequence[dict], columns: Sequence[str]) -> None:
    cells = [[f"{v:.3f}" if isinstance(v := row[c], float) else str(v) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [columns, *cells]:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
