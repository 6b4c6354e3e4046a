"""The last step of carrying hints: around its own place, every hint is met exactly."""

from collections.abc import Sequence

import numpy as np

from colorizer.inference import rendering
from colorizer.inference.hints.hint import Hint

SETTLED = 0.015
"""Around a hint, its colour is met up to about this distance, as a share of the square root of the picture's area."""

SETTLED_LIGHTNESS = 12.0
"""Standard deviation in L* of what counts as the hint's own place."""

_REFINEMENTS = 4  # rendering smooths corrections a little, which the hints' own places must make up for


def settle_exactly(
    carried: np.ndarray, shown: np.ndarray, lightness: np.ndarray, places: np.ndarray, colors: np.ndarray
) -> np.ndarray:
    """Corrections with which the rendered picture shows the colours `(n, 2)` of the hints at their places."""
    surroundings = [_around(lightness, row, column) for row, column in places.tolist()]
    total = np.zeros((*lightness.shape, 1), np.float32)
    for part, share in surroundings:
        total[part] += share
    spread = rendering.spreader(lightness, lightness.shape)

    def settle(asked: np.ndarray) -> np.ndarray:
        sums = np.zeros_like(carried)
        for (part, share), color in zip(surroundings, asked.astype(np.float32), strict=True):
            sums[part] += share * color
        mean = sums / np.maximum(total, 1e-6) - shown
        return carried + np.minimum(total, 1) * (mean - carried)

    asked, at = colors, tuple(places.T)
    for _ in range(_REFINEMENTS):
        asked = asked + colors - shown[at] - spread(settle(asked))[at]
    return settle(asked)


def _around(lightness: np.ndarray, row: int, column: int) -> tuple[tuple[slice, slice], np.ndarray]:
    """Where a hint is met exactly: rows and columns, and how much every place of them is its own, 0..1 `(h, w, 1)`."""
    height, width = lightness.shape
    reach = max(2.0, SETTLED * (height * width) ** 0.5)
    rows = slice(max(0, int(row - 3 * reach)), int(row + 3 * reach) + 1)
    columns = slice(max(0, int(column - 3 * reach)), int(column + 3 * reach) + 1)
    y, x = np.ogrid[rows.start : min(rows.stop, height), columns.start : min(columns.stop, width)]
    squared = (np.hypot(y - row, x - column) / reach) ** 4
    squared = squared + ((lightness[rows, columns] - lightness[row, column]) / SETTLED_LIGHTNESS) ** 2
    return (rows, columns), np.exp(-squared / 2)[..., None].astype(np.float32)


def paint(ab: np.ndarray, spots: Sequence[Hint], size: tuple[int, int]) -> np.ndarray:
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
