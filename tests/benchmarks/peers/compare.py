"""Time our network and those of other colourisers in one path: from a grey JPEG to a colour JPEG.

    python -m tests.benchmarks.peers.compare [--megapixels 1,12] [--threads 2] [--output CSV]

`python -m colorizer benchmark --peers` starts it. Everything but the network is ours and the same for all: reading, the
joining of lightness and colour, writing. Each network runs on TensorFlow and as an export on OpenVINO, both in float32
and with the same threads; they take turns, so that other load on the machine meets all of them alike, and each turn
has another photograph. Networks that take over a second have fewer turns. The peak of memory is that of a process that
colours one photograph with this network.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from colorizer import load_model, models, weights
from colorizer.cli.terminal import print_table
from colorizer.color import lab
from colorizer.engine import Network, through_keras
from colorizer.engine.runtime import open_network
from colorizer.evaluation.benchmark import gray_jpeg, peak_mb
from colorizer.imaging import reading, resizing, writing
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.prediction import Prediction
from storage.tables import write_csv
from tests.benchmarks.peers import SIDES

OURS = "huestory"
LIBRARIES = ("tensorflow", "openvino")
COLOR = np.float16(20)
"""Added to a peer's ab: with random weights it has hardly any, and a grey picture is not written as a coloured one."""

COLUMNS = "megapixels network parameters side library seconds ours_to_it peak_mb".split()


SLOW, EVERY = 1.0, 5
"""A network that took so many seconds for a photograph has a turn in every fifth round only."""


@dataclass
class Contender:
    """A network with its library, ready to run.

    Args:
        predict: from a photograph to a prediction.
        colorizer: what joins the prediction with the photograph.
    """

    predict: Callable[[np.ndarray], Prediction]
    colorizer: Colorizer

    def colorize(self, file: bytes) -> bytes:
        """From a grey to a colour JPEG."""
        pixels = reading.read(file).pixels
        rgb = self.colorizer.render(pixels, self.predict(pixels))
        return writing.write(rgb, "jpeg", provenance=self.colorizer.provenance)


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and print; returns a row with `COLUMNS` for each size, network and library."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--megapixels", type=lambda text: [float(part) for part in text.split(",")], default=[1.0, 12.0]
    )
    parser.add_argument("--networks", type=lambda text: text.split(","), default=list(SIDES), help="beside ours")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--output", type=Path, metavar="CSV")
    parser.add_argument("--peak-of", nargs=2, metavar=("NETWORK", "LIBRARY"), help=argparse.SUPPRESS)
    parser.add_argument("--exports", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(options.threads)  # read when TensorFlow is imported
    if options.peak_of:
        print(json.dumps(peak_of(*options.peak_of, options.exports, options)))
        return []
    with tempfile.TemporaryDirectory() as folder:
        rows = measure([OURS, *options.networks], Path(folder), options)
    if options.output:
        write_csv(options.output, rows, COLUMNS, ".4g")
    print_table(rows, COLUMNS)
    return rows


def measure(names: list[str], exports: Path, options: argparse.Namespace) -> list[dict]:
    """Rows of the table, see `COLUMNS`."""
    contenders = {(name, library): make(name, library, exports, options.threads) for name, library in _all(names)}
    parameters = {name: _count_parameters(name) for name in names}
    rows = []
    for megapixels in options.megapixels:
        seconds = _take_turns(contenders, megapixels, options.repeats)
        for name, library in _all(names):
            row = {"megapixels": megapixels, "network": name, "parameters": parameters[name], "library": library}
            row["side"] = SIDES.get(name) or models.model_info(models.DEFAULT_MODEL).working_size
            row["seconds"] = seconds[name, library]
            row["ours_to_it"] = seconds[OURS, "openvino"] / seconds[name, library]
            rows.append(row | {"peak_mb": _peak_in_a_process(name, library, exports, megapixels, options.threads)})
    return rows


def _all(names: list[str]) -> list[tuple[str, str]]:
    return [(name, library) for name in names for library in LIBRARIES]


def _take_turns(contenders: dict, megapixels: float, repeats: int) -> dict[tuple[str, str], float]:
    """Median of the seconds that each takes for a photograph."""
    seconds = {key: [] for key in contenders}
    for number in tqdm(range(repeats + 1), disable=None):
        file = gray_jpeg(megapixels, number)
        for key, contender in contenders.items():
            if number % EVERY and seconds[key] and seconds[key][0] > SLOW:
                continue
            start = time.perf_counter()
            contender.colorize(file)
            if number:  # the first run traces the networks
                seconds[key].append(time.perf_counter() - start)
    return {key: statistics.median(runs) for key, runs in seconds.items()}


def make(name: str, library: str, exports: Path, threads: int) -> Contender:
    """A network, ours or a peer, with the library that runs it.

    Args:
        exports: folder where a peer's export lies, or is put.
    """
    ours = load_model(threads=threads)
    if name != OURS:
        return Contender(_predict_by_peer(name, library, exports, threads), ours)
    if library == "tensorflow":
        upsample = through_keras(weights.create_upsampler()).run
        network = weights.create_model(ours.name, weights.weights_path(ours.name))
        ours = Colorizer(ours.name, network, ours.weights_sha256, upsampler=upsample)
    return Contender(partial(ours.predict, for_hints=False), ours)  # as `colorize` does without hints


def _predict_by_peer(name: str, library: str, exports: Path, threads: int) -> Callable[[np.ndarray], Prediction]:
    """A peer sees the photograph pressed into a square, as its authors' programs do it."""
    side = SIDES[name]
    network = through_keras(_build(name)) if library == "tensorflow" else _open_export(name, exports / name, threads)

    def predict(pixels: np.ndarray) -> Prediction:
        lightness = lab.rgb_to_lightness(resizing.resize(pixels, (side, side)))
        ab = network.run(lightness[None, ..., None])[0].astype(np.float16) + COLOR
        return Prediction(ab, size=pixels.shape[:2], lightness=lightness.astype(np.float16))

    return predict


def _open_export(name: str, folder: Path, threads: int) -> Network:
    if not folder.exists():
        from colorizer.engine import convert

        folder.mkdir()
        convert.write(_build(name), folder / "network.xml")
    return open_network(folder, threads)


def _build(name: str):
    from tests.benchmarks.peers import networks

    return getattr(networks, name)()


def _count_parameters(name: str) -> float:
    """In millions; ours with its upsampler."""
    if name != OURS:
        return _build(name).count_params() / 1e6
    network = weights.create_model(models.DEFAULT_MODEL, weights.weights_path(models.DEFAULT_MODEL))
    return (network.count_params() + weights.create_upsampler().count_params()) / 1e6


def _peak_in_a_process(name: str, library: str, exports: Path, megapixels: float, threads: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.peers.compare", "--peak-of", name, library]
    command += ["--exports", str(exports), "--megapixels", str(megapixels), "--threads", str(threads)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def peak_of(name: str, library: str, exports: Path, options: argparse.Namespace) -> float:
    """Peak of memory of this process, in MB, after it has coloured one photograph."""
    make(name, library, exports, options.threads).colorize(gray_jpeg(options.megapixels[0]))
    return peak_mb()


if __name__ == "__main__":
    main()
