"""Measure films made from photographs: how steady, how near to the true colours, how fast, against frame by frame."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from colorizer.color import lab
from colorizer.film import footage, source
from colorizer.film.steadiness import flicker
from colorizer.film.steady import KEY_EVERY, Steady, Step
from colorizer.inference.colorizer import Colorizer

EDGE = 5
"""Width of the zone around uncovered places in which colours could trail behind, in pixels of the small frames."""


def clips(photos: Sequence[np.ndarray], count: int, shape: tuple[int, int]) -> dict[str, list[np.ndarray]]:
    """The films of the benchmark by name, each about `count` frames, made from three colour photographs."""
    one, two, three = photos
    return {
        "three shots": footage.three_shots((one, three, two), 2 * count, shape),
        "pan": list(footage.pan(two, count, shape, 3)),
        "moving cut-out": list(footage.cutout(one, two, count, shape, 5)),
        "grain": list(footage.grainy(list(footage.cutout(three, one, count, shape, 5)))),
        "fade": list(footage.fade(list(footage.pan(two, count, shape)))),
    }


def measure(
    name: str, frames: Sequence[np.ndarray], colorizer: Colorizer, key_every: int = KEY_EVERY
) -> dict[str, float | str]:
    """Colour one film steadily and frame by frame, and compare both with its true colours.

    Returns:
        `flicker`, `error` (mean distance of ab from the true colours), `edge_error` (the same where something was just
        uncovered) of each way, `flicker_true` (of the true colours), `steadier` (0..1: how much less flicker than frame
        by frame), `network_runs`.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = footage.write_film(Path(folder) / "film.mp4", footage.gray(frames))
        film = source.probe(path)
        steady = Steady(colorizer, (film.height, film.width), key_every=key_every)
        colored = list(steady.color(source.read_frames(film)))
        runs = steady.network_runs
        steps = [one.step for one in colored]
        ways = {"single": [steady.alone(step).ab() for step in steps], "film": [one.ab() for one in colored]}
    row: dict[str, float | str] = {"clip": name, "frames": len(frames), "network_runs": runs}
    for way, colors in ways.items():
        row |= {f"{key}_{way}": value for key, value in _compare(colors, frames, steps).items()}
    row["flicker_true"] = _compare(_true(frames, steps), frames, steps)["flicker"]
    row["steadier"] = 1 - row["flicker_film"] / row["flicker_single"]
    return row


def mean_of(rows: Sequence[dict[str, float | str]]) -> dict[str, float | str]:
    """The mean of what `measure` found in several films, of which each counts the same."""
    return {"clip": "mean"} | {key: float(np.mean([row[key] for row in rows])) for key in rows[0] if key != "clip"}


def measure_speed(frames: Sequence[np.ndarray], colorizer: Colorizer) -> dict[str, float]:
    """CPU seconds for a frame: coloured one by one as photographs are, and as a film; with reading, without writing."""
    with tempfile.TemporaryDirectory() as folder:
        film = source.probe(footage.write_film(Path(folder) / "film.mp4", footage.gray(frames)))
        pixels = next(source.read_frames(film)).pixels()
        colorizer.colorize(pixels)  # the first run prepares the network
        start = time.process_time()
        few = [colorizer.colorize(frame.pixels()) for frame in _first(source.read_frames(film), 12)]
        single = (time.process_time() - start) / len(few)
        start, wall = time.process_time(), time.perf_counter()
        steady = Steady(colorizer, (film.height, film.width))
        count = sum(1 for one in steady.color(source.read_frames(film)) if one.rgb() is not None)
        steadily = (time.process_time() - start) / count
    return {
        "cpu_seconds_single": single,
        "cpu_seconds_film": steadily,
        "times_faster": single / steadily,
        "frames_per_second": count / (time.perf_counter() - wall),
    }


def _compare(colors: list[np.ndarray], frames: Sequence[np.ndarray], steps: list[Step]) -> dict[str, float]:
    flickers, errors, edge_errors = [], [], []
    for number, (ab, frame, step) in enumerate(zip(colors, frames, steps, strict=True)):
        error = np.linalg.norm(ab - _small_ab(frame, step), axis=-1)
        errors.append(error.mean())
        if step.motion is not None:
            flickers.append(flicker(ab, colors[number - 1], step, steps[number - 1]))
            edge_errors += [*error[_uncovered(step)]]
    return {
        "flicker": float(np.mean(flickers)),
        "error": float(np.mean(errors)),
        "edge_error": float(np.mean(edge_errors)) if edge_errors else 0.0,
    }


def _true(frames: Sequence[np.ndarray], steps: list[Step]) -> list[np.ndarray]:
    return [_small_ab(frame, step) for frame, step in zip(frames, steps, strict=True)]


def _small_ab(frame: np.ndarray, step: Step) -> np.ndarray:
    return lab.rgb_to_lab(cv2.resize(frame, step.gray.shape[::-1], interpolation=cv2.INTER_AREA))[..., 1:]


def _uncovered(step: Step) -> np.ndarray:
    return cv2.dilate((step.motion.past_trust < 0.5).astype(np.uint8), np.ones((EDGE, EDGE), np.uint8)).astype(bool)


def _first(frames: Iterator, count: int) -> Iterator:
    for _, frame in zip(range(count), frames, strict=False):
        yield frame
