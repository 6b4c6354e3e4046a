"""Moods: how much likelier each colour is among the photographs of a kind than among those a network was trained on.

A mood is learnt by counting and is no filter: its logarithms are added to the network's logits (logit adjustment; Menon
et al. 2021, *Long-tail learning via logit adjustment*, arXiv 2007.07314). So a colour that the network holds for
impossible at a place stays so, and of several likely ones that of the mood is taken.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import scipy

from colorizer.color import lab
from colorizer.color.bins import AB_GRID, ab_bins, bins_of

MOODS = {"kodachrome": "Kodachrome, 1940s"}
"""Moods that come along: names, and what they are called for people."""

SMALLEST_SHARE = 1e-5
"""Shares of colours are raised by this, so that a colour that was never seen is not impossible."""

MARGIN = 0.1
"""Of each side of a photograph, this share is not counted: old slides show their mount."""

_COLUMNS = "a,b,log_ratio"
_SMOOTHING = 1.0  # standard deviation, in bins


class MoodError(ValueError):
    """There is no such mood, or its file cannot be read."""


def mood_table(name: str) -> np.ndarray:
    """Logarithms of a mood, float32 `(261,)`, for `ab_bins()`.

    Args:
        name: one of `MOODS`, or the path of a file that `write_mood` made.

    Raises:
        MoodError
    """
    path = Path(__file__).parent / f"{name}.csv" if name in MOODS else Path(name)
    try:
        return _read(path.read_text())
    except (OSError, ValueError) as error:
        raise MoodError(
            f"A mood must be one of {', '.join(MOODS)}, or a file made by the command mood. Received {name!r}."
        ) from error


def apply_mood(logits: np.ndarray, table: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Logits `(..., bins)` with a mood's logarithms added."""
    return logits + np.float32(strength) * _for_bins(table, logits.shape[-1])


def learn_mood(photographs: Iterable[np.ndarray], others: Iterable[np.ndarray]) -> np.ndarray:
    """The table of a mood from photographs of its kind and from others, uint8 sRGB `(H, W, 3)` each."""
    return np.log(_shares(photographs) / _shares(others)).astype(np.float32)


def write_mood(table: np.ndarray) -> str:
    """A table as CSV."""
    rows = [f"{a:g},{b:g},{value:.3f}" for (a, b), value in zip(ab_bins(), table, strict=True)]
    return "\n".join([_COLUMNS, *rows, ""])


def _shares(photographs: Iterable[np.ndarray]) -> np.ndarray:
    """How often each bin occurs, every photograph counting the same, a little smoothed: `(261,)`, sum 1."""
    low = np.rint(ab_bins() / AB_GRID).astype(int)
    corner = low.min(axis=0) - 1
    grid = np.zeros(tuple(low.max(axis=0) - corner + 2))
    for rgb in photographs:
        top, left = (round(MARGIN * side) for side in rgb.shape[:2])
        ab = lab.rgb_to_lab(rgb[top : rgb.shape[0] - top, left : rgb.shape[1] - left])[..., 1:].reshape(-1, 2)
        at = np.rint(ab / AB_GRID).astype(int) - corner
        at = np.clip(at, 0, np.array(grid.shape) - 1)
        np.add.at(grid, tuple(at.T), 1 / len(at))
    shares = scipy.ndimage.gaussian_filter(grid, _SMOOTHING)[tuple((low - corner).T)]
    return shares / shares.sum() + SMALLEST_SHARE


@cache
def _nearest(count: int) -> np.ndarray:
    """For each bin of another grid, the nearest of `ab_bins()`."""
    return ((bins_of(count)[:, None] - ab_bins()) ** 2).sum(axis=-1).argmin(axis=1)


def _for_bins(table: np.ndarray, count: int) -> np.ndarray:
    return table if count == len(table) else table[_nearest(count)]


def _read(text: str) -> np.ndarray:
    header, *rows = text.splitlines()
    values = np.array([[float(cell) for cell in row.split(",")] for row in rows], np.float32)
    if header != _COLUMNS or not np.array_equal(values[:, :2], ab_bins()) or not np.isfinite(values).all():
        raise ValueError("another table")
    return values[:, 2]
