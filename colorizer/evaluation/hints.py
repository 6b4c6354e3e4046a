"""Measure what hints do: reveal the true colour at random places, and see how much nearer the picture comes.

As Zhang et al. 2017 do (*Real-Time User-Guided Image Colorization with Learned Deep Priors*, arXiv 1705.02999,
section 4.1): the mean colour of small squares at random places is revealed. Beside ours stands the propagation of Levin
et al. 2004, from the same squares, on grey and as a correction of the prediction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from skimage.segmentation import slic

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.evaluation import levin, metrics
from colorizer.imaging import resizing, splits
from colorizer.imaging.errors import ImageError
from colorizer.imaging.photos import read_rgb
from colorizer.imaging.pixels import to_gray
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints.hint import Hint

SQUARE = 7
"""Side of the squares whose colour is revealed, in pixels."""

SUPERPIXELS = 200

COLUMNS = "hints images skipped psnr levin_gray levin_prediction spread_of_wrong_hint".split()


@dataclass(frozen=True)
class Measurement:
    """The values of one photograph."""

    psnr: dict[int, dict[str, float]]
    """By number of hints, then by column: `psnr` (ours), `levin_gray`, `levin_prediction`, in dB."""
    spread: float
    """Mean change of ab, through one wrong hint, of what does not belong to it; see `spread_of_wrong_hint`."""


def measure(
    paths: Sequence[Path], colorizer: Colorizer, counts: Sequence[int], size: int = 192, seed: int = 0
) -> Iterator[Measurement | None]:
    """Measure photographs one after the other; see `evaluate.measure`, which prepares them in the same way.

    Args:
        counts: numbers of hints. Those of a smaller number are among those of a larger one.
        size: short side that photographs are resized to, in pixels.

    Yields:
        None for a photograph that cannot be read or has no colour.
    """
    for number, path in enumerate(paths):
        try:
            original = resizing.fit_and_crop(read_rgb(path), size)
        except ImageError:
            original = None
        if original is None or metrics.chroma(original) < splits.MIN_CHROMA:
            yield None
            continue
        rng = np.random.default_rng([seed, number])
        places = rng.integers(0, size, (max(counts), 2))
        wrong = ab_bins()[rng.integers(len(ab_bins()))]
        yield _measure_one(original, colorizer, counts, places, wrong)


def summarize(measurements: Sequence[Measurement | None], counts: Sequence[int]) -> list[dict]:
    """One row per number of hints, with `COLUMNS`: the means over photographs."""
    found = [measurement for measurement in measurements if measurement is not None]
    if not found:
        return []
    skipped = len(measurements) - len(found)
    spreads = [measurement.spread for measurement in found]
    rows = []
    for count in counts:
        values = [measurement.psnr[count] for measurement in found]
        means = {column: float(np.mean([value[column] for value in values])) for column in values[0]}
        spread = float(np.nanmean(spreads)) if count == counts[0] else ""
        rows.append({"hints": count, "images": len(found), "skipped": skipped, **means, COLUMNS[-1]: spread})
    return rows


def reveal(original: np.ndarray, places: np.ndarray) -> list[Hint]:
    """Hints with the mean colour of the square around each place, `(n, 2)`, row and column."""
    ab = lab.rgb_to_lab(original)[..., 1:]
    return [Hint(x, y, ab[_square(y, x)].mean(axis=(0, 1))) for y, x in places]


def spread_of_wrong_hint(gray: np.ndarray, before: np.ndarray, after: np.ndarray, place: np.ndarray) -> float:
    """Mean change of ab where a hint should change nothing; NaN where there is no such place.

    These are the superpixels that neither hold the hint nor touch the one that does, in the other half of the picture:
    upper or lower, left or right, whichever the hint is farther from.

    Args:
        gray: the photograph, uint8 `(H, W)`.
        before, after: the coloured pictures without and with the hint, uint8 `(H, W, 3)`.
        place: row and column of the hint.
    """
    labels = slic(gray, SUPERPIXELS, 0.1, channel_axis=None)
    own = labels[tuple(place)]
    pairs = [(labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])]
    touching = {own} | {
        label for one, two in pairs for a, b in ((one, two), (two, one)) for label in np.unique(a[b == own])
    }
    center = np.array(gray.shape) / 2
    axis = int(np.argmax(np.abs(place - center) / center))
    other = (np.indices(gray.shape)[axis] >= center[axis]) != (place[axis] >= center[axis])
    outside = other & ~np.isin(labels, list(touching))
    if not outside.any():
        return float("nan")
    change = lab.rgb_to_lab(after)[..., 1:] - lab.rgb_to_lab(before)[..., 1:]
    return float(lab.chroma(change)[outside].mean())


def _measure_one(
    original: np.ndarray, colorizer: Colorizer, counts: Sequence[int], places: np.ndarray, wrong: np.ndarray
) -> Measurement:
    gray = to_gray(original)
    prediction = colorizer.predict(gray)
    predicted = colorizer.render(gray, prediction)
    hints = reveal(original, places)
    found = {}
    for count in counts:
        ours = colorizer.render(gray, prediction.with_hints(hints[:count]))
        pictures = (ours, *_levin(gray, predicted, places[:count], hints))
        names = ("psnr", "levin_gray", "levin_prediction")
        found[count] = {name: metrics.psnr(original, rgb) for name, rgb in zip(names, pictures, strict=True)}
    y, x = places[0]
    after = colorizer.render(gray, prediction.with_hints([Hint(x, y, wrong)]))
    return Measurement(found, spread_of_wrong_hint(gray, predicted, after, places[0]))


def _levin(gray: np.ndarray, predicted: np.ndarray, places: np.ndarray, hints: list[Hint]) -> tuple[np.ndarray, ...]:
    """The photograph coloured by Levin et al. from the same squares: on grey, and the prediction corrected by it."""
    lightness = lab.rgb_to_lightness(gray)
    shown = lab.rgb_to_lab(predicted)[..., 1:]
    if len(places) == 0:
        return np.repeat(gray[..., None], 3, axis=-1), predicted
    known = np.zeros(gray.shape, bool)
    given = np.zeros((*gray.shape, 4), np.float32)
    for (y, x), hint in zip(places, hints, strict=False):
        square = _square(y, x)
        known[square] = True
        given[square] = np.concatenate(
            [np.broadcast_to(hint.ab, shown[square].shape), hint.ab - shown[square]], axis=-1
        )
    filled = levin.propagate(lightness, given, known)
    return lab.merge(lightness, filled[..., :2]), lab.merge(lightness, shown + filled[..., 2:])


def _square(y: int, x: int) -> tuple[slice, slice]:
    half = SQUARE // 2
    return slice(max(0, y - half), y + half + 1), slice(max(0, x - half), x + half + 1)
