"""`python -m colorizer mood`: learn a mood from photographs."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from colorizer.cli.arguments import count
from colorizer.cli.terminal import DONE, UsageError
from storage.files import write_file

EXAMPLE = "mood kodachrome/ --against photos/ --output my_mood.csv"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument(
        "data", type=Path, metavar="DIR", help="colour photographs in the mood; every tenth is left out"
    )
    against_help = "colour photographs of all kinds, best those that the model was trained on"
    command.add_argument("--against", type=Path, required=True, metavar="DIR", help=against_help)
    command.add_argument("--output", type=Path, required=True, metavar="CSV", help="table, for colorize --mood CSV")
    command.add_argument("--limit", type=count, metavar="N", help="only N photographs of each, evenly spaced")


def run(options: argparse.Namespace) -> int:
    """Learn how much likelier each colour is in some photographs than in others."""
    from colorizer.imaging.photos import DataError, list_photos
    from colorizer.imaging.splits import split
    from colorizer.inference.moods.mood import learn_mood, write_mood

    try:
        inside = [path for number, path in enumerate(list_photos(options.data)) if number % 10]
        others = list(split(list_photos(options.against)).train)
    except DataError as error:
        raise UsageError(error) from error
    if not inside:
        raise UsageError(f"A mood needs two photographs or more. Received one in {str(options.data)!r}.")
    table = learn_mood(_read(inside, options.limit), _read(others, options.limit))
    try:
        write_file(options.output, write_mood(table).encode())
    except OSError as error:
        raise UsageError(f"The table could not be written. {options.output}: {error.strerror}.") from error
    return DONE


def _read(paths: list[Path], limit: int | None) -> Iterator[np.ndarray]:
    from colorizer.imaging.errors import ImageError
    from colorizer.imaging.photos import read_rgb

    if limit is not None and limit < len(paths):
        paths = [paths[i * len(paths) // limit] for i in range(limit)]
    for path in tqdm(paths, unit="photo", disable=None):
        try:
            yield read_rgb(path)
        except ImageError as error:
            print(f"error: {path}: {error}", file=sys.stderr)
