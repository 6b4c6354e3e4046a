"""Carry the colours of hints to the places that belong together with them.

What a hint says is how far the network was wrong at one place: hinted minus predicted ab. This correction is carried to
other places by kriging (Gaussian-process regression; Rasmussen & Williams 2006, *Gaussian Processes for
Machine Learning*, section 2.2): every place gets the correction that is most likely, given that places which resemble
each other in lightness, predicted colour and position were predicted with similar errors.
"""

from collections.abc import Sequence

import numpy as np

from colorizer.inference import rendering
from colorizer.inference.hints.hint import Hint

SIGMA_SPACE = 0.2
"""Standard deviation of the similarity in space, as a share of the square root of the picture's area."""

SIGMA_LIGHTNESS = 12.0
"""Standard deviation of the similarity in L*."""

SIGMA_AB = 15.0
"""Standard deviation of the similarity in predicted ab."""

NOISE = 0.01
"""Variance of what hints say, as a share of that of the network's errors: two hints at one place are averaged."""

SETTLED = 0.015
"""Around a hint, its colour is met up to about this distance, as a share of the square root of the picture's area."""

_REFINEMENTS = 2  # rendering smooths corrections a little, which the hints' own places must make up for
_ROWS = 32  # rows of a block: memory grows with it and with the number of hints


def correction(ab: np.ndarray, lightness: np.ndarray, hints: Sequence[Hint], size: tuple[int, int]) -> np.ndarray:
    """What is to be added to the predicted colours for the hints to come true: float32 `(H, W, 2)`.

    Args:
        ab: as it would be shown without hints, float32 `(H, W, 2)`.
        lightness: L*, float32 `(H, W)`.
        hints: at least one.
        size: height and width of the photograph that the hints count in, in pixels.
    """
    added = np.zeros_like(ab)
    wide = [hint for hint in hints if hint.reach != "spot"]
    if wide:
        features = _features(ab, lightness)
        places = np.array([_place(hint, size, lightness.shape) for hint in wide])
        wrong = np.array([hint.ab for hint in wide]) - ab[tuple(places.T)]
        added = _krige(features, places, wrong, np.array([hint.reach == "object" for hint in wide]))
        carried, asked = added, wrong
        for _ in range(_REFINEMENTS):
            added = _settle(carried, lightness, places, asked)
            asked = asked + wrong - rendering.spread(lightness, added)[tuple(places.T)]
        added = _settle(carried, lightness, places, asked)
    spots = [hint for hint in hints if hint.reach == "spot"]
    return _paint(ab + added, spots, size) - ab if spots else added


def _features(ab: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """What places are compared by, each divided by its standard deviation: `(h, w, 5)`, row and column first."""
    height, width = lightness.shape
    reach = SIGMA_SPACE * (height * width) ** 0.5
    rows, columns = np.divide(np.arange(height), reach)[:, None], np.divide(np.arange(width), reach)
    planes = (rows, columns, lightness / SIGMA_LIGHTNESS, ab[..., 0] / SIGMA_AB, ab[..., 1] / SIGMA_AB)
    return np.stack([np.broadcast_to(plane, lightness.shape) for plane in planes], axis=-1).astype(np.float32)


def _krige(features: np.ndarray, places: np.ndarray, wrong: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Corrections everywhere, `(h, w, 2)`, from those that hints ask for at their places, `(n, 2)`."""
    keys = features[tuple(places.T)]
    among = _similarity(keys, keys, local).astype(np.float64)
    shares = np.linalg.solve(among + NOISE * np.eye(len(keys)), wrong).astype(np.float32)
    height, width, count = features.shape
    added = np.empty((height, width, 2), np.float32)
    for top in range(0, height, _ROWS):
        queries = features[top : top + _ROWS].reshape(-1, count)
        added[top : top + _ROWS] = (_similarity(queries, keys, local) @ shares).reshape(-1, width, 2)
    return added


def _settle(added: np.ndarray, lightness: np.ndarray, places: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Corrections that are as asked for right around the places of the hints, where the lightness is theirs."""
    height, width = lightness.shape
    reach = SETTLED * (height * width) ** 0.5
    total, asked = np.zeros((height, width, 1), np.float32), np.zeros_like(added)
    for (row, column), target in zip(places, wrong, strict=True):
        rows = slice(max(0, int(row - 3 * reach)), int(row + 3 * reach) + 1)
        columns = slice(max(0, int(column - 3 * reach)), int(column + 3 * reach) + 1)
        y, x = np.ogrid[rows.start : min(rows.stop, height), columns.start : min(columns.stop, width)]
        squared = (np.hypot(y - row, x - column) / reach) ** 4
        squared = squared + ((lightness[rows, columns] - lightness[row, column]) / SIGMA_LIGHTNESS) ** 2
        share = np.exp(-squared / 2)[..., None]
        total[rows, columns] += share
        asked[rows, columns] += share * target
    mean = asked / np.maximum(total, 1e-6)
    return added + np.minimum(total, 1) * (mean - added)


def _similarity(queries: np.ndarray, keys: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Similarity of places to hints, 0..1: `(n, 5)` and `(m, 5)` -> `(n, m)`. Where not `local`, space is ignored."""
    alike = _gauss(queries[:, 2:], keys[:, 2:])
    return alike * np.where(local, _gauss(queries[:, :2], keys[:, :2]), 1)


def _gauss(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    squared = (queries**2).sum(axis=1)[:, None] + (keys**2).sum(axis=1) - 2 * queries @ keys.T
    return np.exp(np.maximum(-squared / 2, -20))


def _paint(ab: np.ndarray, spots: Sequence[Hint], size: tuple[int, int]) -> np.ndarray:
    """Colours with discs painted over them; where discs overlap, their colours are mixed."""
    height, width = ab.shape[:2]
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) * size[0] / height
    x = (np.arange(width, dtype=np.float32) + 0.5) * size[1] / width
    soft = max(size[0] / height, size[1] / width)  # a pixel of `ab`
    shares = []
    for hint in spots:
        distance = np.hypot(y - hint.y - 0.5, x - hint.x - 0.5)
        shares.append(np.clip((max(hint.radius, soft) - distance) / soft + 0.5, 0, 1))
    shares = np.stack(shares, axis=-1)
    total = shares.sum(axis=-1, keepdims=True)
    painted = shares @ np.array([hint.ab for hint in spots], np.float32) / np.maximum(total, 1e-6)
    return ab + np.minimum(total, 1) * (painted - ab)


def _place(hint: Hint, size: tuple[int, int], shape: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the place of a hint in an array of `shape` that covers the photograph."""
    row, column = int((hint.y + 0.5) * shape[0] / size[0]), int((hint.x + 0.5) * shape[1] / size[1])
    return min(row, shape[0] - 1), min(column, shape[1] - 1)
