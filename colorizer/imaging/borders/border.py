"""Where a photograph is inside its border, in numbers that fit a copy of any size."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Border:
    """Where the photograph is inside its border: four straight edges, as distances from the picture's sides.

    Each edge has two distances, at its two ends, as shares of the picture's height (top, bottom) or width (left,
    right). The ends of top and bottom are left and right, those of left and right are top and bottom.
    """

    top: tuple[float, float] = (0.0, 0.0)
    bottom: tuple[float, float] = (0.0, 0.0)
    left: tuple[float, float] = (0.0, 0.0)
    right: tuple[float, float] = (0.0, 0.0)

    def box(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the smallest upright rectangle that holds the photograph, in a copy of any shape."""
        height, width = shape
        return _inside(min(self.top), min(self.bottom), height), _inside(min(self.left), min(self.right), width)

    def slivers(self, shape: tuple[int, int]) -> list[tuple[slice, slice]]:
        """Rows and columns of the parts of the box that hold some of the border, because an edge is rotated."""
        height, width = shape
        rows, columns = self.box(shape)
        inner_rows = _inside(max(self.top), max(self.bottom), height)
        inner_columns = _inside(max(self.left), max(self.right), width)
        parts = (
            (slice(rows.start, inner_rows.start + 1), columns),
            (slice(inner_rows.stop - 1, rows.stop), columns),
            (rows, slice(columns.start, inner_columns.start + 1)),
            (rows, slice(inner_columns.stop - 1, columns.stop)),
        )
        edges = self.top, self.bottom, self.left, self.right
        return [part for part, edge in zip(parts, edges, strict=True) if edge[0] != edge[1]]

    def outside(self, shape: tuple[int, int], part: tuple[slice, slice]) -> np.ndarray:
        """Which pixels of a part of a copy of the given shape belong to the border: bool, of the part's shape."""
        height, width = shape
        y = ((np.arange(part[0].start, part[0].stop) + 0.5) / height)[:, None]
        x = (np.arange(part[1].start, part[1].stop) + 0.5) / width
        vertical = (y < _between(self.top, x)) | (1 - y < _between(self.bottom, x))
        return vertical | (x < _between(self.left, y)) | (1 - x < _between(self.right, y))


def _inside(before: float, after: float, size: int) -> slice:
    """The part of a side between two borders; at least one pixel."""
    start = min(round(before * size), size - 1)
    return slice(start, max(start + 1, size - round(after * size)))


def _between(ends: tuple[float, float], share: np.ndarray) -> np.ndarray:
    return ends[0] + (ends[1] - ends[0]) * share
