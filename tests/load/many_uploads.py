"""Visitors come one after another, each with a photograph, then many at once: does the server's memory stay?

    python -m tests.load.many_uploads [--uploads 500] [--megapixels 1] [--crowd 20] [--crowd-megapixels 12] [--rest 300]

Starts the app as the README does. First `uploads` visitors come one after another: each opens the page, uploads a
photograph, waits until it is seen in colour, and leaves. Then `crowd` visitors do so at the same moment. Then nobody
comes for `rest` seconds. Prints the megabytes of memory that the server has at each step (its resident set).
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.settings import exports_folder
from tests.browser.conftest import serve
from tests.load.class_and_families import at_once, photograph, process_of, upload

WARM = 20
"""Uploads after which the server has what it keeps for good: the network, buffers of all threads."""
STEPS = 10


@dataclass(frozen=True)
class Found:
    """What came of it; memory is in megabytes."""

    uploads: int
    growth: list[float]
    """memory when a tenth, two tenths, ... of the uploads are done"""
    seconds: list[float]
    """that each upload took, until its colours were seen"""
    crowd: list[float]
    """seconds that those who came together waited"""
    crowd_seconds: float
    """until the last of them had left"""
    before_crowd: float
    at_most: float
    """the highest that was seen while they were there"""
    after: float
    """when nobody had come for `rest` seconds"""
    rest: float


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--uploads", type=int, default=500)
    parser.add_argument("--megapixels", type=float, default=1)
    parser.add_argument("--crowd", type=int, default=20)
    parser.add_argument("--crowd-megapixels", type=float, default=12)
    parser.add_argument("--rest", type=float, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    os.environ.setdefault("HUESTORY_EXPORTS", str(exports_folder()))  # making them again would take minutes
    with tempfile.TemporaryDirectory() as place:
        found = run(
            Path(place), options.uploads, options.megapixels, options.crowd, options.crowd_megapixels, options.rest
        )
    print(json.dumps(asdict(found)) if options.json else text(found))
    return 0


def run(place: Path, uploads: int, megapixels: float, crowd: int, crowd_megapixels: float, rest: float) -> Found:
    """Start a server with its data in `place` and let them come."""
    few = [photograph(megapixels, number) for number in range(min(uploads, 20))]
    large = [photograph(crowd_megapixels, number) for number in range(crowd)]
    with serve(place / "data", place / "log.txt") as address:
        process = process_of(address)
        for number in range(WARM if uploads >= 10 * WARM else 1):
            upload(address, few[number % len(few)])
        growth, seconds = [megabytes(process)], []
        for number in range(uploads):
            data = few[number % len(few)] + number.to_bytes(4, "big")  # each is another file
            seconds.append(upload(address, data))
            if (number + 1) * STEPS // uploads > number * STEPS // uploads:
                growth.append(megabytes(process))
                print(f"{number + 1} uploads: {growth[-1]:.0f} MB", file=sys.stderr)
        before = growth[-1]
        reset_highest(process)
        began = time.perf_counter()
        waited = at_once([lambda data=data: upload(address, data) for data in large])
        crowd_seconds = time.perf_counter() - began
        highest = megabytes(process, "VmHWM")
        time.sleep(rest)
        return Found(uploads, growth, seconds, waited, crowd_seconds, before, highest, megabytes(process), rest)


def megabytes(process: int | str, field: str = "VmRSS") -> float:
    """Memory of a process as Linux counts it: now (VmRSS) or at its highest (VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{field}:"))


def reset_highest(process: int) -> None:
    """Let Linux count the highest memory from now."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def text(found: Found) -> str:
    """The table of the README."""
    tenths = ", ".join(f"{megabytes:.0f}" for megabytes in found.growth)
    return "\n".join(
        (
            "| | |",
            "| --- | --- |",
            f"| {found.uploads} uploads one after another: MB at the start and after each tenth | {tenths} |",
            f"| {len(found.crowd)} at once: the last one saw colours after | {max(found.crowd):.1f} s |",
            f"| MB before them, at most, {found.rest:.0f} s after them | "
            f"{found.before_crowd:.0f}, {found.at_most:.0f}, {found.after:.0f} |",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
