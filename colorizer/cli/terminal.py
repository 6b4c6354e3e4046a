"""What commands say, and the exit status that they end with."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

DONE, REFUSED, USAGE = 0, 1, 2
"""Exit status: all is done; some inputs were refused; the command was called wrongly."""

STOPPED = 130
"""Exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


def say(line: str) -> None:
    """Print a line where no progress bar runs, because standard error is no terminal."""
    if not sys.stderr.isatty():
        print(line.encode(errors="backslashreplace").decode(), flush=True)  # a name may be no Unicode


def report(line: str) -> None:
    """Print a line at once, above a progress bar if one runs."""
    tqdm.write(line)
    sys.stdout.flush()


def refuse(path: Path, error: Exception) -> None:
    """Say on standard error that an input was refused, and why."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    tqdm.write(f"error: {path}: {reason}", file=sys.stderr)


def print_table(rows: Sequence[dict], columns: Sequence[str]) -> None:
    """Print some columns of rows, each as wide as its widest cell; fractions with three decimals."""
    cells = [[f"{v:.3f}" if isinstance(v := row[c], float) else str(v) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [columns, *cells]:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
