"""The input photographs of a command, and its output folder."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from colorizer.cli.output_names import is_output
from colorizer.cli.terminal import UsageError
from colorizer.imaging.formats import EXTENSIONS


def make_folder(path: Path) -> None:
    """Create the output folder if it does not exist.

    Raises:
        UsageError: it cannot be created, or is not writable.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The output must be a folder. Received {str(path)!r}: {error.strerror}.") from error
    if not os.access(path, os.W_OK):
        raise UsageError(f"The output folder must be writable. Received {str(path)!r}.")


def find_photographs(inputs: Iterable[Path], output: Path) -> list[Path]:
    """The files among the inputs, and the photographs in the folders, without our own earlier results in `output`.

    A sub-folder without read permission is in the list itself, so that it is refused like a photograph.

    Raises:
        UsageError: there are no photographs.
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
