"""The output of commands, and their exit status."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

DONE, REFUSED, USAGE = 0, 1, 2
"""Exit status: everything is done; some inputs were refused; the command was called wrongly."""

STOPPED = 130
"""Exit status after Ctrl-C, as in shells: 128 plus the number of the signal."""


class UsageError(Exception):
    """The command cannot be run with these arguments."""


def say(line: str) -> None:
    """Print a line if standard error is not a terminal, so that no progress bar is shown."""
    if not sys.stderr.isatty():
        print(line.encode(errors="backslashreplace").decode(), flush=True)  # a name may not be valid Unicode


def report(line: str) -> None:
    """Print a line at once, above a progress bar if one runs."""
    tqdm.write(line)
    sys.stdout.flush()


def refuse(path: Path, error: Exception) -> None:
    """Say on standard error that an input was refused, and why."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    tqdm.write(f"error: {path}: {reason}", file=sys.stderr)


def note(path: Path, sentence: str) -> None:
    """Say on standard error what somebody should know of a result; it is no failure."""
    tqdm.write(f"note: {path}: {sentence}", file=sys.stderr)


def print_table(rows: Sequence[dict], columns: Sequence[str]) -> None:
    """Print columns of rows as a table, each as wide as its widest cell; floats with three decimals."""
    cells = [[f"{v:.3f}" if isinstance(v := row[c], float) else str(v) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [columns, *cells]:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
