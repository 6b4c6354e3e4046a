"""`python -m colorizer benchmark`: measure time and memory on this machine."""

import argparse
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

from colorizer import models
from colorizer.cli.arguments import names, number
from colorizer.cli.terminal import DONE, UsageError, print_table
from storage.tables import write_csv

EXAMPLE = "benchmark --megapixels 1,12"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    networks_help = "instead: time these networks beside each other, with random weights"
    command.add_argument("--networks", type=names, metavar="A,B", help=networks_help)
    film_help = (
        "instead: how steady, how true and how fast films are, against frame by frame, on films made of photographs"
    )
    peers_help = "instead: our whole path beside the same path with networks of the size of other colourisers"
    command.add_argument("--peers", action="store_true", help=peers_help)
    command.add_argument("--film", action="store_true", help=film_help)
    command.add_argument("--megapixels", type=_numbers, metavar="A,B", help="sizes to measure")
    command.add_argument("--output", type=Path, metavar="CSV", help="also write the table here")


def run(options: argparse.Namespace) -> int:
    """Measure time and memory and print a table."""
    if options.peers:
        return _run_peers(options)
    models.import_keras()
    if options.film:
        return _run_film(options)
    from colorizer.evaluation import benchmark

    try:
        if options.networks:
            rows = benchmark.compare_networks(options.networks)
        else:
            sizes = options.megapixels or benchmark.MEGAPIXELS
            rows = list(tqdm(benchmark.benchmark(sizes), total=len(sizes), disable=None))
    except (benchmark.BenchmarkError, models.UnknownModelError) as error:
        raise UsageError(error) from error
    if options.output:
        write_csv(options.output, rows, list(rows[0]), ".4g")
    print_table(rows, list(rows[0]))
    return DONE


def _run_peers(options: argparse.Namespace) -> int:
    """The networks are nobody's to use, so they lie with the tests, and only a clone has them."""
    clone = Path(__file__).parents[2]
    if not (clone / "tests" / "benchmarks" / "peers").is_dir():
        raise UsageError("--peers needs a clone of Huestory, with its folder `tests`.")
    command = [sys.executable, "-m", "tests.benchmarks.peers.compare"]
    if options.megapixels:
        command += ["--megapixels", ",".join(f"{size:g}" for size in options.megapixels)]
    command += ["--output", str(options.output.absolute())] if options.output else []
    return subprocess.run(command, cwd=clone).returncode


def _run_film(options: argparse.Namespace) -> int:
    """Measure films made of three photographs: steadiness and truth at 240 lines, then the speed at 480 lines."""
    from colorizer.cli import loading
    from colorizer.film import benchmark
    from colorizer.gallery import samples
    from colorizer.imaging import reading

    colorizer = loading.load_colorizer(None, threads=2)
    photos = [reading.read(samples.read_sample(name)).pixels for name in ("astronaut", "coffee", "chelsea")]
    clips = benchmark.clips(photos, 36, (240, 320))
    rows = [benchmark.measure(name, frames, colorizer) for name, frames in tqdm(clips.items(), disable=None)]
    rows.append(benchmark.mean_of(rows))
    if options.output:
        write_csv(options.output, rows, list(rows[0]), ".4g")
    print_table(rows, list(rows[0]))
    speed = benchmark.measure_speed(benchmark.clips(photos, 36, (480, 640))["three shots"], colorizer)
    print(
        f"480 lines: {speed['frames_per_second']:.1f} frames a second; {speed['cpu_seconds_film']:.3f} CPU seconds a "
        f"frame, {speed['cpu_seconds_single']:.3f} frame by frame ({speed['times_faster']:.1f} times as many)."
    )
    return DONE


def _numbers(text: str) -> list[float]:
    return [number(0.01, 1000)(part) for part in text.split(",")]
