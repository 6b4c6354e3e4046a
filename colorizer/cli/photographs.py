"""The photographs that a command was given, and the folder for what becomes of them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from colorizer.cli.output_names import is_output
from colorizer.cli.terminal import UsageError
from colorizer.imaging.formats import EXTENSIONS


def make_folder(path: Path) -> None:
    """Make the output folder.

    Raises:
        UsageError: it cannot be made, or takes no files.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The output must be a folder. Received {str(path)!r}: {error.strerror}.") from error
    if not os.access(path, os.W_OK):
        raise UsageError(f"The output folder must be writable. Received {str(path)!r}.")


def find_photographs(inputs: Iterable[Path], output: Path) -> list[Path]:
    """Files named, and photographs in folders named, but for earlier results of our own below the output folder.

    A folder that may not be looked into comes out itself, to be refused like a photograph.

    Raises:
        UsageError: there is none.
    """
    paths = list(_walk(inputs, output))
    if not paths:
        raise UsageError(f"No photographs found in {', '.join(map(str, inputs))}.")
    return paths


def _walk(inputs: Iterable[Path], output: Path) -> Iterator[Path]:
    results = output.resolve()
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            ours = is_output(file) and file.resolve().is_relative_to(results)
            closed = file.is_dir() and not os.access(file, os.R_OK)
            if closed or (file.suffix.lower() in EXTENSIONS and file.is_file() and not ours):
                yield file
