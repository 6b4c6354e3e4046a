"""How often the interval of the acceptance rate holds the truth, over a wide grid of studies.

    python -m tests.benchmarks.interval_coverage [--studies 4000] [--workers 2] [--worst 0] [--readme]

Simulates every cell of the grid with `study.analysis.planning.simulate` (each participant judges twelve pictures) and
writes `interval_coverage.csv` beside this file, one row a cell. `--worst 20` simulates only the twenty cells with the
lowest coverage of that file again. `--readme` makes the README's table from the file, and simulates nothing.

All 240 cells with 4,000 studies take about half an hour on two cores.
"""

import argparse
import csv
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from zlib import crc32

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # one a process, as there is a process for each core
    os.environ.setdefault(threads, "1")

from study.analysis.planning import simulate  # noqa: E402

PARTICIPANTS = (10, 41, 200, 1000)
PICTURES = (12, 24, 48, 120)
RATES = (0.05, 0.2, 0.5, 0.8, 0.95)
PICTURE_SDS = (0.4, 0.8, 1.5)
SHOWN = 12
LEAST = 0.91
"""The coverage that every cell must have."""

FILE = Path(__file__).with_suffix(".csv")
README = Path(__file__).parents[2] / "README.md"
_COLUMNS = ("participants", "pictures", "rate", "picture_sd", "studies", "coverage", "half_width", "coverage_wilson")
Cell = tuple[int, int, float, float]
CELLS: list[Cell] = list(product(PARTICIPANTS, PICTURES, RATES, PICTURE_SDS))


def main(arguments: list[str] | None = None) -> None:
    """Simulate and write the table, or put it into the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=4000, help="to simulate, a cell")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="only the N cells that did worst last time")
    parser.add_argument("--output", type=Path, default=FILE, metavar="CSV")
    parser.add_argument("--readme", action="store_true", help="make the README's table from the file")
    options = parser.parse_args(arguments)
    if options.readme:
        README.write_text(with_table(README.read_text(), read_rows(options.output)))
        return
    rows = {_cell_of(row): row for row in read_rows(options.output)} if options.output.exists() else {}
    cells = CELLS
    if options.worst:
        cells = sorted(rows, key=lambda cell: float(rows[cell]["coverage"]))[: options.worst]
    with ProcessPoolExecutor(options.workers) as pool:
        for row in pool.map(run_cell, cells, [options.studies] * len(cells)):
            rows[_cell_of(row)] = row
            print(*row.values(), sep="\t", flush=True)
            _write_rows(options.output, [rows[cell] for cell in sorted(rows)])  # what is done outlives being stopped
    worst = min(rows.values(), key=lambda row: float(row["coverage"]))
    print("Worst:", *worst.values(), sep="\t")


def run_cell(cell: Cell, studies: int) -> dict[str, str]:
    """Simulate one cell, with random numbers of its own; returns a row of the file."""
    participants, pictures, rate, picture_sd = cell
    seed = crc32(repr(cell).encode())
    found = simulate(participants, pictures, SHOWN, rate, studies, seed, picture_sd=picture_sd)
    measured = (f"{number:.4f}" for number in (found.coverage, found.half_width, found.coverage_wilson))
    return dict(zip(_COLUMNS, (*map(str, (*cell, studies)), *measured), strict=True))


def read_rows(path: Path = FILE) -> list[dict[str, str]]:
    """The rows of the file."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def _write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def table(rows: list[dict[str, str]]) -> str:
    """Markdown: for each number of participants and pictures the lowest coverage (and the mean), in percent."""
    lines = [
        "| participants | " + " | ".join(f"{pictures} pictures" for pictures in PICTURES) + " |",
        "| --- |" + " --- |" * len(PICTURES),
    ]
    for participants in PARTICIPANTS:
        shown = []
        for pictures in PICTURES:
            at = (str(participants), str(pictures))
            found = [100 * float(row["coverage"]) for row in rows if (row["participants"], row["pictures"]) == at]
            shown.append(f"{min(found):.1f} ({sum(found) / len(found):.1f})")
        lines.append(f"| {participants} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def with_table(text: str, rows: list[dict[str, str]]) -> str:
    """The text with the table after its mark `<!-- coverage -->`."""
    before, mark, after = text.partition("<!-- coverage -->\n")
    return before + mark + table(rows) + "\n\n" + after.split("\n\n", 1)[1]


def _cell_of(row: dict[str, str]) -> Cell:
    return int(row["participants"]), int(row["pictures"]), float(row["rate"]), float(row["picture_sd"])


if __name__ == "__main__":
    main()
