"""Find the line along one side of a picture at which the tone of a border ends.

At each place along the side, it is measured how far the tone reaches that the picture has at the side. The line on
which most of these ends lie is found with a Hough transform (Duda & Hart 1972, *Use of the Hough Transformation to
Detect Lines and Curves in Pictures*).
"""

from dataclasses import dataclass, replace

import numpy as np

DARKEST, LIGHTEST = 28.0, 72.0
"""L* of a border: at most the first, or at least the second."""

TOLERANCE = 2.5, 11.0
"""Difference in L* up to which a pixel has the tone of the border: the first, but up to the second in a noisy scan."""

UNEVEN = 12.0
"""Largest change in L* of the tone of a border across the scan."""

MAX_DEPTH = 0.45
"""Deepest border, as a share of the picture's height (top, bottom) or width."""

MAX_DEPTH_ALONE = 0.1
"""Deepest border that is found without a border of the same tone along another side, as the same share."""

SLOPES = np.linspace(-0.04, 0.04, 33)
"""Rotations of an edge that are tried, as rise over run: up to 2.3 degrees."""

RAGGED = (0, 2, 4)
"""Numbers of outermost rows that are left out, where the border itself begins with a ragged line."""

SAMPLES = 200
"""Least number of places along a longer side at which the border is measured."""

_PARTS = 8  # of a side, in each of which the tone is measured
_ON_LINE = 1.5  # pixels between an end and the line on which it lies


@dataclass(frozen=True)
class Edge:
    """A straight line along one side that may part a border from the photograph."""

    start: float
    """Distance of the line from the side where the side begins, in pixels."""
    slope: float
    depth: float
    """Mean distance from the side, as a share of the picture's height or width."""
    first: int
    """Where along the side the photograph begins; before that is the border of the side that meets this one."""
    last: int
    """Where along the side the photograph ends."""
    tone: float
    """Median L* of the border."""
    straight: float
    """Share of the places along the side at which the tone ends on the line."""
    clean: float
    """Share of the border's pixels that have its tone: writing and dust do not."""
    beyond: float
    """Share of the pixels just inside of the line that have the tone, too: the photograph may be as dark there."""

    @property
    def is_likely(self) -> bool:
        """Whether it is the edge of a border if other sides have the same one."""
        return self.straight >= 0.5 and self.clean >= 0.82 and self.beyond <= 0.55

    @property
    def is_clear(self) -> bool:
        """Whether it is the edge of a border if another side has a similar one."""
        return self.straight >= 0.85 and self.clean >= 0.92 and self.beyond <= 0.15

    @property
    def is_sure(self) -> bool:
        """Whether it is the edge of a border, whatever the other sides have.

        Light borders are judged more strictly: a horizon under a pale sky is straight, too.
        """
        upright = abs(self.slope) <= 0.012 and self.depth <= MAX_DEPTH_ALONE and self.clean >= 0.94
        if self.tone <= DARKEST:
            return upright and self.straight >= 0.65 and self.beyond <= 0.25
        return upright and self.straight >= 0.9 and self.beyond <= 0.1

    def distance(self, place: float) -> float:
        """Distance from the side at a place along it."""
        return self.start + self.slope * place


def trace(view: np.ndarray) -> Edge | None:
    """The most likely edge of a border along the first row of L* `(depth, length)`."""
    places = np.arange(0, view.shape[1], max(1, view.shape[1] // SAMPLES))
    strip = np.ascontiguousarray(view[: int(MAX_DEPTH * len(view)), places])
    for skipped in RAGGED:
        tone = _tone_along(strip[skipped : skipped + 2])
        edge = None if tone is None else _trace_tone(strip[skipped:], tone, places)
        if edge is not None:
            return replace(edge, start=edge.start + skipped, depth=(edge.depth + skipped) / len(view))
    return None


def _trace_tone(strip: np.ndarray, tone: np.ndarray, places: np.ndarray) -> Edge | None:
    """The line on which a tone ends that begins in the first row; `depth` is in pixels."""
    differences = strip - tone
    noise = 1.48 * np.median(np.abs(differences[:2]))  # the standard deviation, from the median absolute deviation
    differences -= _drift(differences)[:, None]
    same = np.abs(differences) <= np.clip(4 * noise, *TOLERANCE)
    other = ~(same[:-1] | same[1:])  # two pixels in a row, since a single one may be dust
    ends = np.where(other.any(axis=0), other.argmax(axis=0), len(other))
    ended = np.flatnonzero(ends < len(other))
    if len(ended) < len(places) / 3:
        return None
    part = slice(ended[0], ended[-1] + 1)
    places, ends, same = places[part], ends[part], same[:, part]
    start, slope, straight = _vote(places, ends)
    line = start + slope * places
    if line.min() < 1.5 or line.max() > len(strip) - 4:
        return None
    rows = np.arange(int(line.max()) + 4)[:, None]
    same = same[: len(rows)]
    clean = same[rows < line - 0.5].mean()
    beyond = same[(rows > line + 0.9) & (rows < line + 3.9)].mean()
    first, last = int(places[0]), int(places[-1]) + 1
    return Edge(start, slope, float(line.mean()), first, last, float(np.median(tone)), straight, clean, beyond)


def _tone_along(rows: np.ndarray) -> np.ndarray | None:
    """L* of a border at each place along its side, from its outermost rows; None if it cannot be a border.

    The light may be uneven, so medians of parts of the side are joined by straight lines.
    """
    middle = np.median(rows)
    if DARKEST < middle < LIGHTEST or (np.abs(rows - middle) <= UNEVEN).mean() < 0.6:
        return None
    length = rows.shape[1]
    size = length // _PARTS
    tones = np.median(rows[:, : _PARTS * size].reshape(len(rows), _PARTS, size), axis=(0, 2))
    usual = np.abs(tones - middle) <= UNEVEN / 2  # the other parts are written on
    if usual.sum() <= _PARTS / 2:
        return None
    middles = (np.arange(_PARTS) + 0.5) * size
    return np.interp(np.arange(length), middles[usual], tones[usual]).astype(np.float32)


def _drift(differences: np.ndarray) -> np.ndarray:
    """Slow change of a border's tone with the distance from its side, from L* less the tone: `(rows,)`.

    It is measured as long as most of a row belongs to the border, and stays the same from there on.
    """
    medians = np.median(differences[:, ::4], axis=1)
    ended = (np.abs(np.diff(medians, prepend=0.0)) > 1) | (np.abs(medians) > UNEVEN)
    if ended.any():
        end = ended.argmax()
        medians[end:] = medians[end - 1] if end else 0
    return medians


def _vote(places: np.ndarray, ends: np.ndarray) -> tuple[float, float, float]:
    """The straight line on which most ends lie (Hough transform): start, slope, and the share of the ends on it."""
    starts = ends - SLOPES[:, None] * places
    bins = np.rint(starts).astype(int)
    lowest = bins.min()
    count = bins.max() - lowest + 3  # an empty one at each end
    rows = count * np.arange(len(SLOPES))[:, None]
    votes = np.bincount((bins - lowest + 1 + rows).ravel(), minlength=count * len(SLOPES)).reshape(-1, count)
    votes = votes[:, :-2] + votes[:, 1:-1] + votes[:, 2:]
    votes = votes - 0.02 * len(ends) * np.abs(SLOPES)[:, None] / SLOPES.max()  # of equal lines the least rotated one
    best, bin = np.unravel_index(votes.argmax(), votes.shape)
    near = np.abs(starts[best] - (bin + lowest)) <= _ON_LINE
    x, y = places[near] - places[near].mean(), ends[near].mean()
    slope = (x @ ends[near]) / max(x @ x, 1e-9)  # least squares
    start = y - slope * places[near].mean()
    return float(start), float(slope), float((np.abs(ends - start - slope * places) <= _ON_LINE).mean())
