"""The table of measurements on disk: as CSV, and as Markdown in the pages that publish it."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from colorizer.evaluation.evaluate import COLUMNS
from storage.files import write_file

MARKER = "<!-- evaluation -->"
"""The line of a page below which the table stands."""

DECIMALS = {
    "psnr": 2,
    "ssim": 3,
    "delta_e": 2,
    "colorfulness": 1,
    "delta_colorfulness": 1,
    "patchiness": 2,
    "bleeding": 3,
    "ab_accuracy": 3,
    "gray_share": 3,
    "tint": 2,
    "lightness_bound": 2,
    "chroma_detail": 2,
}
"""The measures that are published, and their decimals."""


class TableError(ValueError):
    """A table cannot be put where it is asked for."""


def with_others(rows: Sequence[dict], path: Path) -> list[dict]:
    """Join new rows with those of other models in a CSV file, in the order of the file; new models come last.

    Raises:
        TableError: the file is no table of measurements.
        OSError: it cannot be read.
    """
    with open(path, newline="", encoding="utf-8") as file:
        old = list(csv.DictReader(file))
    if not old or old[0].keys() != set(COLUMNS):
        raise TableError(f"The table to update must have the columns of `evaluate`. {path} has others.")
    new = {(row["model"], row["folder"]): row for row in rows}
    before = [new.pop((row["model"], row["folder"]), row) for row in old]
    return [*before, *new.values()]


def markdown(rows: Sequence[dict]) -> str:
    """The rows of all photographs together as a Markdown table, without those of single folders."""
    lines = [("model", "images", *DECIMALS), ("---",) * (2 + len(DECIMALS))]
    for row in rows:
        if not row["folder"]:
            lines.append((row["model"], str(row["images"]), *(_cell(row[name], DECIMALS[name]) for name in DECIMALS)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def insert(table: str, page: Path) -> None:
    """Replace the table below `MARKER` in a Markdown page.

    Raises:
        TableError: the page has no such line, or no table below it.
        OSError: it cannot be read or written.
    """
    text = page.read_text(encoding="utf-8")
    before, marker, after = text.partition(f"{MARKER}\n\n")
    if not marker or not after.startswith("|"):
        raise TableError(f"A page must have the line {MARKER}, and below it a table. {page} has not.")
    _, _, rest = after.partition("\n\n")
    write_file(page, f"{before}{marker}{table}\n\n{rest}".encode())


def _cell(value: str | float, decimals: int) -> str:
    number = float("nan" if value == "" else f"{float(value):.4f}")  # as in the CSV file
    return "–" if math.isnan(number) else f"{number:.{decimals}f}"
