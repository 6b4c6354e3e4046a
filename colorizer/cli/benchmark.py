"""`python -m colorizer benchmark`: measure time and memory on this machine."""

import argparse
from pathlib import Path

from tqdm import tqdm

from colorizer import models
from colorizer.cli.arguments import names, number
from colorizer.cli.terminal import DONE, UsageError, print_table
from storage.tables import write_csv

EXAMPLE = "benchmark --megapixels 1,12"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    default = [0.26, 1.0, 4.0, 12.0, 48.0]
    networks_help = "instead: time these networks beside each other, with random weights"
    command.add_argument("--networks", type=names, metavar="A,B", help=networks_help)
    command.add_argument("--megapixels", type=_numbers, default=default, metavar="A,B", help="sizes to measure")
    command.add_argument("--output", type=Path, metavar="CSV", help="also write the table here")


def run(options: argparse.Namespace) -> int:
    """Measure time and memory and print a table."""
    models.import_keras()
    from colorizer.evaluation import benchmark

    try:
        if options.networks:
            rows = benchmark.compare_networks(options.networks)
        else:
            rows = list(tqdm(benchmark.benchmark(options.megapixels), total=len(options.megapixels), disable=None))
    except (benchmark.BenchmarkError, models.UnknownModelError) as error:
        raise UsageError(error) from error
    if options.output:
        write_csv(options.output, rows, list(rows[0]), ".4g")
    print_table(rows, list(rows[0]))
    return DONE


def _numbers(text: str) -> list[float]:
    return [number(0.01, 1000)(part) for part in text.split(",")]
