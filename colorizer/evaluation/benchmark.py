"""Measure time per step, from file to file, and memory of colouring photographs of several sizes.

Each size runs in a new process, so that peak memory is measured for this size alone. The limit is the least time that
any colouriser needs: decoding the grey JPEG and encoding the colour JPEG (quality 95, 4:4:4) with Pillow.
"""

import io
import json
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from colorizer import models
from colorizer.imaging import reading, writing
from colorizer.inference.colorizer import Colorizer, load_model

MEGAPIXELS = (0.26, 1.0, 4.0, 12.0, 48.0)
COLUMNS = "megapixels width height decode network render encode total limit ratio peak_mb".split()
WARM_UP = 2
REPEATS = 3
NETWORK_REPEATS = 7


class BenchmarkError(RuntimeError):
    """The process that measures one size failed."""


def benchmark(megapixels: Sequence[float] = MEGAPIXELS, model: str | None = None) -> Iterator[dict]:
    """Measure each size; yields a row with `COLUMNS`: seconds, the ratio of total to limit, MB of peak resident memory.

    Raises:
        BenchmarkError: the measuring process failed.
    """
    for size in megapixels:
        command = [sys.executable, "-m", "colorizer.evaluation.benchmark", str(size), *([model] if model else [])]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
        if done.returncode:
            raise BenchmarkError(f"Measuring {size} megapixels failed: {done.stderr.strip()[-500:]}")
        yield json.loads(done.stdout.splitlines()[-1])


def measure(megapixels: float, model: str | None = None) -> dict:
    """Measure one size in this process: medians of three photographs, after two to warm up, which show the peak memory.

    Each is another photograph: the upsampler's results are remembered, see `remembering`. The peak is read before the
    limit is measured for the first time: to encode with Pillow takes more memory than our path.
    """
    colorizer = load_model(model)
    for number in range(WARM_UP):
        _colorize(gray_jpeg(megapixels, number), colorizer)
    peak = peak_mb()
    runs = [_run(gray_jpeg(megapixels, WARM_UP + number), colorizer) for number in range(REPEATS)]
    row = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    row["total"] = sum(row[name] for name in ("decode", "network", "render", "encode"))
    row["ratio"] = row["total"] / row["limit"]
    height, width = _shape(megapixels)
    row |= {"megapixels": megapixels, "width": width, "height": height, "peak_mb": peak}
    return {column: row[column] for column in COLUMNS}


def compare_networks(names: Sequence[str]) -> list[dict]:
    """Time networks on one photograph, alternating between them, so that other load on the machine affects all alike.

    Their weights are random: they do not change the time.

    Returns:
        one row per model: `model`, `working_size` in pixels, and medians in seconds of the network alone at its working
        size (`network`) and of `Colorizer.predict` (`predict`).

    Raises:
        UnknownModelError: a name is not registered.
    """
    photo = skimage.data.camera()
    colorizers = [Colorizer(name, models.create_model(name), "0" * 64) for name in names]
    runs = {name: {"network": [], "predict": []} for name in names}
    for run in range(NETWORK_REPEATS + 1):
        for colorizer in colorizers:
            seconds = _time_network(colorizer, photo)
            if run:  # the first run traces the network
                for step, value in seconds.items():
                    runs[colorizer.name][step].append(value)
    return [
        {"model": name, "working_size": models.model_info(name).working_size}
        | {step: statistics.median(values) for step, values in runs[name].items()}
        for name in names
    ]


def _time_network(colorizer: Colorizer, photo: np.ndarray) -> dict[str, float]:
    start = time.perf_counter()
    colorizer.run_network(photo)
    ran = time.perf_counter()
    colorizer.predict(photo, for_hints=False)
    return {"network": ran - start, "predict": time.perf_counter() - ran}


def _run(file: bytes, colorizer: Colorizer) -> dict[str, float]:
    """Seconds of each step, and of the limit."""
    seconds, rgb = _colorize(file, colorizer)
    start = time.perf_counter()
    with Image.open(io.BytesIO(file)) as image:
        image.load()
    _encode(rgb, subsampling=0)
    return seconds | {"limit": time.perf_counter() - start}


def _colorize(file: bytes, colorizer: Colorizer) -> tuple[dict[str, float], np.ndarray]:
    """Seconds of each step from a grey to a colour JPEG, and the picture."""
    seconds = {}

    def timed(name: str, step: Callable):
        start = time.perf_counter()
        result = step()
        seconds[name] = time.perf_counter() - start
        return result

    pixels = timed("decode", lambda: reading.read(file).pixels)
    prediction = timed("network", lambda: colorizer.predict(pixels, for_hints=False))
    rgb = timed("render", lambda: colorizer.render(pixels, prediction))
    timed("encode", lambda: writing.write(rgb, "jpeg", provenance=colorizer.provenance))
    return seconds, rgb


def peak_mb() -> float:
    """Peak resident memory of this process, in MB (2^20 bytes)."""
    if sys.platform == "linux":  # where `ru_maxrss` would include the memory of the parent process
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def gray_jpeg(megapixels: float, number: int = 0) -> bytes:
    """A grey 4:3 JPEG; it repeats one photograph, to have the detail of a real one.

    Args:
        megapixels: its size.
        number: another number gives another photograph, of which nothing is remembered.
    """
    height, width = _shape(megapixels)
    tile = np.roll(skimage.data.camera(), 48 * number, axis=1)
    repeats = -(-height // tile.shape[0]), -(-width // tile.shape[1])
    return _encode(np.tile(tile, repeats)[:height, :width])


def _shape(megapixels: float) -> tuple[int, int]:
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    return height, round(height * 4 / 3)


def _encode(pixels: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95, **options)
    return stream.getvalue()


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]), *sys.argv[2:3])))
