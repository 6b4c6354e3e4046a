"""Measure models on colour photographs, with the same `Colorizer.colorize` that users call.

Each photograph is resized to a short side of `size`, centre-cropped, converted to grey and coloured; the result is
compared with the crop.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from colorizer.color import lab
from colorizer.evaluation import metrics
from colorizer.imaging import degradation, resizing, splits
from colorizer.imaging.errors import ImageError
from colorizer.imaging.photos import list_photos, read_rgb
from colorizer.imaging.pixels import to_gray
from colorizer.inference.colorizer import Colorizer

GRAYSCALE = "grayscale"
"""Name of the baseline that colours nothing."""

COLUMNS = (
    "model images skipped psnr ssim delta_e colorfulness delta_colorfulness patchiness bleeding bleeding_edges "
    "ab_accuracy gray_share tint tint_original lightness_bound lightness_bound_original chroma_detail "
    "chroma_detail_original seconds_per_image chroma chroma_original folder"
).split()

PAIR_METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "psnr": metrics.psnr,
    "ssim": metrics.ssim,
    "delta_e": metrics.delta_e,
    "patchiness": metrics.patchiness,
    "ab_accuracy": metrics.ab_accuracy,
    "gray_share": metrics.gray_share,
}
"""Metrics of a pair: original and coloured picture."""

PICTURE_METRICS: dict[str, Callable[[np.ndarray], float]] = {
    "colorfulness": metrics.colorfulness,
    "chroma": metrics.chroma,
    "tint": metrics.tint,
    "lightness_bound": metrics.lightness_bound,
    "chroma_detail": metrics.chroma_detail,
}
"""Metrics of one picture, measured on the coloured picture and on the original."""


@dataclass(frozen=True)
class Measurement:
    """The values of one photograph coloured by one model."""

    model: str
    path: Path
    values: dict[str, float]
    edges: np.ndarray
    """Gradients at its colour edges, `(edges, 2)`, see `metrics.edge_gradients`."""


def choose_photos(
    folder: Path,
    split: str | None = None,
    limit: int | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> list[Path]:
    """The photographs to measure on: those of a folder or of one of its splits.

    As in training, `val` has no near duplicates of `test` photographs.

    Args:
        split: `val` or `test`; None takes the whole folder.
        limit: take at most so many, evenly spaced.
        report: called with a line that says how many were left out of `val`.

    Raises:
        DataError: the folder has no photographs, or too few to be split.
    """
    paths = list_photos(folder)
    if split is not None:
        held_out = splits.split(paths)
        paths = list(getattr(held_out, split))
        if split == "val":
            paths = list(splits.apart_from_test(held_out))
            report(f"Left out of val: {len(held_out.val) - len(paths)} near duplicates of test")
    if limit is not None and limit < len(paths):
        paths = [paths[i * len(paths) // limit] for i in range(limit)]
    return paths


def measure(
    paths: Sequence[Path], colorizers: Sequence[Colorizer], size: int = 256, degraded: bool = False
) -> Iterator[Measurement | None]:
    """Measure every photograph with every model and with the grey baseline, one photograph after the other.

    Args:
        size: short side that photographs are resized to, in pixels.
        degraded: give the models a photograph with film degradation, like old film in a poor scan (`degradation`).
            The predicted colours are put on the clean photograph, so that the values can be compared with those
            without degradation.

    Yields:
        one measurement per model; or None, once, for a photograph that cannot be read or has no colour (mean chroma
        under 2).
    """
    names = {colorizer.name for colorizer in colorizers}
    for number, path in enumerate(paths):
        try:
            original = resizing.fit_and_crop(read_rgb(path), size)
        except ImageError:
            yield None
            continue
        if metrics.chroma(original) < splits.MIN_CHROMA:
            yield None
            continue
        gray = to_gray(original)
        if GRAYSCALE not in names:  # unless it is measured as a model
            yield _measurement(GRAYSCALE, path, original, np.repeat(gray[..., None], 3, axis=-1), 0.0)
        old = None
        if degraded:
            old = lab.lightness_to_gray(degradation.degrade(original, np.random.default_rng(number)))
        for colorizer in colorizers:
            start = time.perf_counter()
            predicted = colorizer.colorize(gray) if old is None else _colorize_like(colorizer, gray, old)
            yield _measurement(colorizer.name, path, original, predicted, time.perf_counter() - start)


def _colorize_like(colorizer: Colorizer, gray: np.ndarray, old: np.ndarray) -> np.ndarray:
    """A photograph in the colours that the network gives an old print of it, which follow its own lightness."""
    prediction = colorizer.predict(old)
    lightness = lab.rgb_to_lightness(resizing.resize(gray, prediction.lightness.shape))
    return colorizer.render(gray, replace(prediction, lightness=lightness.astype(np.float16)))


def consistency(
    paths: Sequence[Path], colorizer: Colorizer, sizes: Sequence[int], on_photo: Callable[[], None] = lambda: None
) -> list[dict]:
    """Measure how much predicted colours depend on the size of the photograph and on the working size of the network.

    Args:
        sizes: in pixels, both the short sides that photographs are resized to and the working sizes of the network.
        on_photo: called after each photograph.

    Returns:
        one row per pair of sizes: `sizes`, and the mean distance in ab between the two colourings when the photograph
        has these sizes (`photo`) and when the network works at these sizes (`working`).
    """
    pairs = list(itertools.combinations(sizes, 2))
    distances = {pair: ([], []) for pair in pairs}
    for path in paths:
        photo = to_gray(resizing.fit_and_crop(read_rgb(path), max(sizes)))
        resized = {size: _colors(colorizer, resizing.resize(photo, (size, size))) for size in sizes}
        worked = {size: _colors(colorizer.at_working_size(size), photo) for size in sizes}
        for first, second in pairs:
            for found, colors in zip(distances[first, second], (resized, worked), strict=True):
                found.append(lab.chroma(colors[first] - colors[second]).mean())
        on_photo()
    return [
        {"sizes": f"{first} and {second}", "photo": float(np.mean(photo)), "working": float(np.mean(working))}
        for (first, second), (photo, working) in distances.items()
    ]


def _colors(colorizer: Colorizer, gray: np.ndarray) -> np.ndarray:
    """ab of a coloured photograph, float32 `(128, 128, 2)`: one small size, so that all can be compared."""
    return lab.rgb_to_lab(resizing.resize(colorizer.colorize(gray), (128, 128)))[..., 1:]


def summarize(measurements: Sequence[Measurement | None], folder: Path) -> list[dict]:
    """One row per model over all photographs, then one per sub-folder and model if there are any, with `COLUMNS`."""
    skipped = sum(m is None for m in measurements)
    found = [m for m in measurements if m is not None]
    names = list(dict.fromkeys(m.model for m in found))
    rows = [_row([m for m in found if m.model == name], skipped) for name in names]
    folders = sorted({m.path.parent.relative_to(folder).as_posix() for m in found})
    if folders != ["."]:
        for sub in folders:
            inside = [m for m in found if m.path.parent.relative_to(folder).as_posix() == sub]
            rows += [_row([m for m in inside if m.model == name], 0) | {"folder": sub} for name in names]
    return rows


def _measurement(model: str, path: Path, original: np.ndarray, predicted: np.ndarray, seconds: float) -> Measurement:
    values = {name: metric(original, predicted) for name, metric in PAIR_METRICS.items()}
    for name, metric in PICTURE_METRICS.items():
        values |= {name: metric(predicted), f"{name}_original": metric(original)}
    values["seconds_per_image"] = seconds
    return Measurement(model, path, values, metrics.edge_gradients(original, predicted))


def _row(measurements: Sequence[Measurement], skipped: int) -> dict:
    means = {name: _mean(m.values[name] for m in measurements) for name in measurements[0].values}
    # The difference of the two means, not the mean difference: it tells whether the whole set is too dull.
    means["delta_colorfulness"] = abs(means["colorfulness"] - means.pop("colorfulness_original"))
    edges = np.concatenate([m.edges for m in measurements])
    row = {"model": measurements[0].model, "images": len(measurements), "skipped": skipped} | means
    row |= {"bleeding": metrics.bleeding(edges), "bleeding_edges": len(edges)}
    return {column: row.get(column, "") for column in COLUMNS}


def _mean(values) -> float:
    """Mean of the finite values: some metrics are not defined for every picture, such as the tint of a grey one."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
