"""Damage thousands of files and give them to everything that takes files.

python -m tests.hostile [--files 2000] [--seed 1] [--keep FOLDER]

Prints what went wrong, and keeps those files as ROUTE-NUMBER-NAME; exit status 1 if there are any. Files that are worth
it go to `tests/hostile/found`, where a test gives them to the same route for good.
"""

import argparse
import logging
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.hostile import mutations
from tests.hostile.routes import PHOTOGRAPH_ROUTES, ROUTES

SLOW = 5.0
"""Seconds of processor that a small file may cost."""


def draw(files: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Route, name and content of each damaged file; the same for the same seed."""
    rng, seeds, table = random.Random(seed), mutations.make_seeds(), mutations.make_table()
    names = sorted(seeds)
    routes = [*PHOTOGRAPH_ROUTES, *PHOTOGRAPH_ROUTES, "archive", "captions"]
    for number in range(files):
        route, name = routes[number % len(routes)], rng.choice(names)
        other = seeds[rng.choice(names)]
        if route == "captions":
            yield route, "captions.csv", mutations.damage(table, other, rng)
        elif route == "archive":
            members = {each: seeds[each] for each in rng.sample(names, 3)} | {"captions.csv": table}
            yield route, "photographs.zip", mutations.damage(mutations.make_archive(members, rng), other, rng)
        else:
            yield route, name, mutations.damage(seeds[name], other, rng)


def try_file(route: str, name: str, data: bytes) -> str:
    """What went wrong with one file, in words; empty if nothing did."""
    began = time.process_time()
    try:
        with tempfile.TemporaryDirectory() as folder:
            ROUTES[route](data, name, Path(folder))
    except Exception:
        return traceback.format_exc()
    took = time.process_time() - began
    return f"{took:.1f} s of processor for {len(data):,} bytes\n" if took > SLOW else ""


def main() -> int:
    """Run all; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the files that something went wrong with")
    options = parser.parse_args()
    logging.disable()
    warnings.simplefilter("ignore")
    tried, wrong = Counter(), Counter()
    for number, (route, name, data) in enumerate(draw(options.files, options.seed)):
        tried[route] += 1
        if told := try_file(route, name, data):
            wrong[told.strip().splitlines()[-1][:160]] += 1
            print(f"{route} {number} {name}: {told}", flush=True)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{route}-{options.seed}-{number}-{name}").write_bytes(data)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{sum(tried.values())} files ({dict(tried)}): {wrong.total()} went wrong. Peak of memory: {peak} MiB.")
    for words, count in wrong.most_common():
        print(f"{count} x {words}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
