"""The input photographs of a command, and its output folder."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from colorizer.cli.output_names import is_ours
from colorizer.cli.terminal import UsageError
from colorizer.imaging.formats import describe_kind
from colorizer.imaging.photos import is_photograph, walk
from colorizer.inference.hints.sidecar import is_sidecar


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


@dataclass(frozen=True)
class Found:
    """What the inputs of a command hold."""

    photographs: list[Path]
    others: dict[Path, str]
    """Files in the folders that are not taken, and of which kind each is."""

    def summary(self) -> str:
        """How many files were not taken, by kind; empty if all were."""
        if not self.others:
            return ""
        kinds = Counter(self.others.values()).most_common()
        files = "1 file" if len(self.others) == 1 else f"{len(self.others):,} files"
        return f"Not taken: {files} ({', '.join(f'{count} {kind}' for kind, count in kinds)})."


def find_photographs(inputs: Iterable[Path], output: Path) -> Found:
    """The files among the inputs, and the photographs in the folders, without our own earlier results in `output`.

    A sub-folder without read permission is in the list itself, so that it is refused like a photograph.

    Raises:
        UsageError: there are no photographs.
    """
    photographs, others = [], {}
    results = output.resolve()
    for path in inputs:
        if not path.is_dir():
            photographs.append(path)
            continue
        for file in walk(path):
            if is_ours(file) and file.resolve().is_relative_to(results):
                continue
            if is_photograph(file) or file.is_dir():
                photographs.append(file)
            elif file.is_file() and not is_sidecar(file):
                others[file] = describe_kind(file)
    found = Found(photographs, others)
    if not photographs:
        raise UsageError(f"No photographs found in {', '.join(map(str, inputs))}. {found.summary()}".rstrip())
    return found
