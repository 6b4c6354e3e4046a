"""`python -m colorizer evaluate`: measure models on a folder of photographs."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from colorizer.cli import loading
from colorizer.cli.arguments import count, names
from colorizer.cli.terminal import DONE, UsageError, print_table
from colorizer.inference.hints.hint import MAX_HINTS
from colorizer.models import DEFAULT_MODEL
from storage.tables import write_csv

EXAMPLE = "evaluate --data photos --split test --size 192"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of colour photographs")
    command.add_argument("--models", type=names, metavar="A,B", help=f"default: {DEFAULT_MODEL}")
    command.add_argument("--split", choices=("val", "test"), help="only the photographs held back from training")
    command.add_argument("--size", type=count, default=256, help="short side, in pixels")
    command.add_argument("--limit", type=count, metavar="N", help="only N photographs, evenly spaced")
    command.add_argument("--aged", action="store_true", help="show the models aged copies: faded, grainy, scratched")
    sizes_help = "instead: how much the colours depend on size, of the photograph and of the network's view"
    command.add_argument("--sizes", type=_sizes, metavar="A,B", help=sizes_help)
    hints_help = "instead: how much nearer the picture comes with so many hints, such as 0,1,5,10,50,100"
    command.add_argument("--hints", type=_hint_counts, metavar="A,B", help=hints_help)
    command.add_argument("--output", type=Path, metavar="CSV", help="also write the table here")
    command.add_argument("--update", action="store_true", help="keep the rows of other models in that CSV")
    insert_help = "also put the table into these Markdown pages, below their line <!-- evaluation -->"
    command.add_argument("--insert", nargs="+", type=Path, default=[], metavar="PAGE", help=insert_help)


def run(options: argparse.Namespace) -> int:
    """Measure models and print a table."""
    from colorizer.evaluation import evaluate
    from colorizer.imaging.photos import DataError

    if options.update and not options.output:
        raise UsageError("--update needs --output CSV, the table to update. Received none.")
    colorizers = [loading.load_colorizer(name) for name in options.models or [None]]
    try:
        paths = evaluate.choose_photos(options.data, options.split, options.limit, _note)
    except DataError as error:
        raise UsageError(error) from error
    if options.sizes:
        _compare_sizes(paths, colorizers, options.sizes)
        return DONE
    if options.hints:
        _measure_hints(paths, colorizers, options)
        return DONE
    measurements = []
    with tqdm(total=len(paths), unit="photo", disable=None) as bar:
        for measurement in evaluate.measure(paths, colorizers, options.size, degraded=options.aged):
            measurements.append(measurement)
            bar.update(measurement is None or measurement.model == evaluate.GRAYSCALE)
    rows = evaluate.summarize(measurements, options.data)
    if not rows:
        raise UsageError(f"The data folder must hold colour photographs. All {len(paths)} were grey or unreadable.")
    _write(rows, options)
    print_table(rows, evaluate.COLUMNS)
    return DONE


def _write(rows: list[dict], options: argparse.Namespace) -> None:
    """Write the table to the CSV file and the pages that are asked for."""
    from colorizer.evaluation import evaluate, tables

    try:
        if options.update:
            rows = tables.with_others(rows, options.output)
        if options.output:
            write_csv(options.output, rows, evaluate.COLUMNS, ".4f")
        for page in options.insert:
            tables.insert(tables.markdown(rows), page)
    except (tables.TableError, OSError) as error:
        raise UsageError(error) from error


def _note(line: str) -> None:
    """Print a line to standard error, so that only the table goes to standard output."""
    print(line, file=sys.stderr)


def _compare_sizes(paths: list[Path], colorizers: list, sizes: list[int]) -> None:
    """Print for each model how much its colours depend on size."""
    from colorizer.evaluation import evaluate

    with tqdm(total=len(paths) * len(colorizers), unit="photo", disable=None) as bar:
        for colorizer in colorizers:
            rows = evaluate.consistency(paths, colorizer, sizes, bar.update)
            print_table([{"model": colorizer.name} | row for row in rows], ("model", "sizes", "photo", "working"))


def _measure_hints(paths: list[Path], colorizers: list, options: argparse.Namespace) -> None:
    """Print for each model what hints do."""
    from colorizer.evaluation import hints

    columns = ("model", *hints.COLUMNS)
    rows = []
    with tqdm(total=len(paths) * len(colorizers), unit="photo", disable=None) as bar:
        for colorizer in colorizers:
            measurements = []
            for measurement in hints.measure(paths, colorizer, options.hints, options.size):
                measurements.append(measurement)
                bar.update()
            rows += [{"model": colorizer.name} | row for row in hints.summarize(measurements, options.hints)]
    if not rows:
        raise UsageError(f"The data folder must hold colour photographs. All {len(paths)} were grey or unreadable.")
    if options.output:
        write_csv(options.output, rows, columns, ".4f")
    print_table(rows, columns)


def _hint_counts(text: str) -> list[int]:
    counts = sorted({int(part) for part in text.split(",")})
    if counts[0] < 0 or counts[-1] > MAX_HINTS or counts[-1] == 0:
        raise argparse.ArgumentTypeError(f"must be numbers from 0 to {MAX_HINTS}, one above 0. Received {text}.")
    return counts


def _sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.split(",")]
    if len(sizes) < 2 or min(sizes) < 32 or any(size % 32 for size in sizes):
        raise argparse.ArgumentTypeError(f"must be two or more multiples of 32. Received {text}.")
    return sizes
