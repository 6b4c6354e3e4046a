"""A class opens the survey in the minute in which families upload photographs: what does each of them wait?

    python -m tests.load.class_and_families [--openings 40] [--uploads 20] [--megapixels 12] [--participants 100] \\
        [--database URL]

Starts the app as the README does. First `openings` visitors open a page at the same moment, of whom half open the
survey and the others all other pages. Then `participants` take part in a study while `uploads` visitors each upload one
photograph and wait until they see it in colour. Somebody asks for the server's health ten times a second all the while.
Prints 50th and 95th percentiles and the longest of each. The visitors are threads of this process and need processors
of their own, so the CPU seconds of both are printed too.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from storage.settings import exports_folder
from study.protocol import PRESETS
from tests.browser.conftest import serve
from tests.crowd import take_part_at_once
from tests.files import encode
from tests.load.visitors import Visitor
from tests.studies import make_study

PAUSE = 0.1
"""Seconds between two questions about the server's health."""


OTHERS = ("", "gallery", "film", "photos", "results", "models", "compare", "organizer")


@dataclass(frozen=True)
class Found:
    """What came of it; each list is of seconds."""

    openings: list[float]
    all_open: float
    """from the first opening to the end of the last"""
    opening_cpu: float
    """CPU seconds of the server until then"""
    uploads: list[float]
    """from choosing the file to seeing it in colour"""
    begins: list[float]
    answers: list[float]
    health: list[float]
    finished: int
    """participants who answered every question"""
    server_cpu: float
    visitors_cpu: float
    wall: float


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--openings", type=int, default=40)
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--participants", type=int, default=100)
    parser.add_argument("--database", default="", metavar="URL", help="of the votes: sqlite:/// or postgresql://")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    os.environ.setdefault("HUESTORY_EXPORTS", str(exports_folder()))  # making them again would take minutes
    with tempfile.TemporaryDirectory() as place:
        crowd = options.openings, options.uploads, options.megapixels, options.participants
        found = run(Path(place), *crowd, database_url=options.database)
    print(json.dumps(asdict(found)) if options.json else text(found))
    return 0


def run(
    place: Path,
    openings: int,
    uploads: int,
    megapixels: float,
    participants: int,
    think: tuple = (0.4, 2.0),
    database_url: str = "",
) -> Found:
    """Start a server with its data in `place` and let them all come.

    Args:
        think: shortest and longest time in seconds from seeing a picture to the answer.
        database_url: database of the votes; "" for files.
    """
    make_study(place / "data" / "studies" / "cats", PRESETS["balanced"], photos=40).update(begins_per_minute=10_000)
    with serve(place / "data", place / "log.txt", database_url) as address, asking(address) as health:
        for page in (*OTHERS, "survey"):  # the first one waits for the network, once in the life of a server
            open_page(address, page, "")
        health.clear()
        cpu, own, began = server_cpu(address), time.process_time(), time.perf_counter()
        pages = [
            ("survey", "study=cats") if number % 2 else (OTHERS[number // 2 % 8], "") for number in range(openings)
        ]
        opened = at_once([lambda page=page: open_page(address, *page) for page in pages])
        all_open, opening_cpu = time.perf_counter() - began, server_cpu(address) - cpu
        photographs = [photograph(megapixels, number) for number in range(uploads)]
        with ThreadPoolExecutor(1) as pool:
            uploading = pool.submit(at_once, [lambda data=data: upload(address, data) for data in photographs])
            diaries = take_part_at_once(address, "cats", participants, lambda rng: rng.uniform(*think))
            uploaded = uploading.result()
        return Found(
            opened,
            all_open,
            opening_cpu,
            uploaded,
            [seconds for diary in diaries for seconds in diary.seconds["begin"]],
            [seconds for diary in diaries for seconds in diary.seconds["answer"]],
            health,
            sum(diary.has_finished for diary in diaries),
            server_cpu(address) - cpu,
            time.process_time() - own,
            time.perf_counter() - began,
        )


def open_page(address: str, page: str, query: str) -> float:
    """Come to the server and open a page; returns the seconds until all of it is there."""
    began = time.perf_counter()
    visitor = Visitor(address)
    visitor.open(page, query)
    seconds = time.perf_counter() - began
    visitor.leave()
    return seconds


def upload(address: str, data: bytes) -> float:
    """Upload a photograph and wait for its colours; returns seconds.

    Raises:
        RuntimeError: the server did not take it.
    """
    visitor = Visitor(address)
    visitor.open()
    began = time.perf_counter()
    status = visitor.upload("photo.jpg", data)
    if status != 204:
        raise RuntimeError(f"an upload must be taken. The server said {status}.")
    visitor.show()
    seconds = time.perf_counter() - began
    visitor.leave()
    return seconds


def at_once(calls: list[Callable[[], float]]) -> list[float]:
    """Make all calls at the same moment; returns what they return."""
    with ThreadPoolExecutor(max(1, len(calls))) as pool:
        return list(pool.map(lambda call: call(), calls))


def photograph(megapixels: float, seed: int) -> bytes:
    """A grey photograph with structures of all sizes, as a JPEG file."""
    height, rng = round((megapixels * 1e6 * 3 / 4) ** 0.5), np.random.default_rng(seed)
    rough = rng.normal(128, 40, (height // 50 + 1, height // 37 + 1)).clip(0, 255).astype(np.uint8)
    pixels = np.kron(rough, np.ones((50, 50), np.uint8))[:height, : height * 4 // 3]
    return encode(pixels, quality=90)


@contextmanager
def asking(address: str) -> Iterator[list[float]]:
    """Ask for the server's health again and again; yields the list of seconds that each answer took."""
    times, stopped = [], threading.Event()

    def ask() -> None:
        while not stopped.wait(PAUSE):
            began = time.perf_counter()
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=60) as reply:
                reply.read()
            times.append(time.perf_counter() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield times
    finally:
        stopped.set()
        thread.join()


def server_cpu(address: str) -> float:
    """CPU seconds of the process that listens at this address, as Linux counts them; 0 elsewhere."""
    process = process_of(address)
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def process_of(address: str) -> int | None:
    """The id of the process that listens at this address of this machine; None where there is no /proc."""
    port = f"{int(address.rpartition(':')[2]):04X}"
    if not Path("/proc/net/tcp").exists():
        return None
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port}") and row[3] == "0A"}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may end meanwhile
            if inodes & {os.readlink(file) for file in (process / "fd").iterdir()}:
                return int(process.name)
    return None


def text(found: Found) -> str:
    """The table of the README."""
    lines = ["| seconds | number | p50 | p95 | longest |", "| --- | --- | --- | --- | --- |"]
    for name in ("openings", "uploads", "begins", "answers", "health"):
        times = getattr(found, name) or [0.0]
        p50, p95 = np.percentile(times, (50, 95))
        lines.append(f"| {name} | {len(times)} | {p50:.2f} | {p95:.2f} | {max(times):.2f} |")
    lines.append(
        f"\nAll pages were open after {found.all_open:.1f} s ({found.opening_cpu:.1f} CPU seconds of the server). "
        f"{found.finished} participants finished. The server used {found.server_cpu:.0f} and the visitors "
        f"{found.visitors_cpu:.0f} CPU seconds of {found.wall:.0f} s."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
