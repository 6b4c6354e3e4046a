"""The object around a hinted place: what a touch on a shirt means is the shirt, to its seam.

A walker wanders from place to place over a grid. It crosses edges seldom: steps in lightness, in texture and in what
the network has recognised (`features`). It also stops now and then. Where it has been often when it started at the hint
is likely to belong to the object. Of all the outlines around the most visited places, the one is taken that the walker
crosses least for its size (a sweep cut; Andersen, Chung, Lang 2006, *Local Graph Partitioning using PageRank Vectors*).
So the object is connected, reaches its border at full strength, and ends there.

Where the objects of several hints overlap, a place belongs to the hint that a walker from there would meet first
(Grady 2006, *Random Walks for Image Segmentation*).
"""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np
import scipy

from colorizer.inference import rendering
from colorizer.inference.hints.hint import MAX_HINTS

GRID = 112
"""The grid has about the area of a square of this side."""

LIGHTNESS_STEP, TEXTURE_STEP, FEATURE_STEP = 3.0, 0.25, 0.05
"""Steps between neighbours that make an edge: in L*, in the logarithm of its local deviation, and in units of
`features.describe`."""

THROUGH_EDGES = 1e-3
"""How often a walker crosses the hardest edge, per step on an even surface."""

STOPS = 1e-3
"""How often it stops, likewise."""

ALIKE_LIGHTNESS, ALIKE_FEATURES, ALIKE_SPACE = 30.0, 0.3, 0.4
"""Standard deviations of the likeness to the hinted place, in L*, in units of `features.describe`, and in sides of
`GRID`: an object hardly has parts that differ by much more."""

SMALLEST, USUAL, LARGEST = 0.012, 0.35, 0.65
"""Sizes of objects, as shares of the picture: the least, and the largest without and with an especially clear outline,
such as a sky has."""

CLEAR = 0.25
"""Largest score of an especially clear outline, as a share of that of the best outline of a usual size."""

SIZE_EXPONENT = 0.65
"""Between 1/2 (the sharpest outline, however small) and 1 (large objects)."""

STRAY = 0.01
"""How much a place that is unlike the hinted one counts against an outline around it, beside what crosses it."""

SOFTNESS = 0.25
"""Width of the step at the outline, as a share of the difference between there and the inside (in logarithms)."""

MAX_SURFACES, MAX_OBJECTS = 4, MAX_HINTS
"""Numbers of photographs that are kept in memory (about 10 MB each), and of objects of each (75 KB each): with them, a
new hint takes only as long as its own object."""

_SEED_RADIUS = 2  # places of the grid around the hint where walkers start, if they are as light as the hint's
_SEED_LIGHTNESS = 8.0
_SMOOTH = 0.7  # standard deviation of L*, in places of the grid
_DETAIL_SIGMA, _TEXTURE_SIGMA = 2.0, 3.0  # pixels of the network's input
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))


def find(lightness: np.ndarray, features: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Which hint's object each place of a grid belongs to: shares, float32 `(h, w, n)`, the sum of them at most 1.

    Args:
        lightness: L*, float32 `(H, W)`; the grid covers the same.
        features: of the places, `(h, w, k)`, see `features.describe`.
        places: rows and columns in `lightness`, integers `(n, 2)`, at least one.
    """
    surface = _known(_Surface(lightness, features))
    here = places * surface.shape // np.array(lightness.shape)
    surface.prepare()
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # a photograph that is opened again may have hundreds of hints
        visits, inside = map(np.stack, zip(*pool.map(surface.object, *here.T.tolist()), strict=True))
    shares = inside if len(places) == 1 else _share_out(inside, visits, np.ravel_multi_index(here.T, surface.shape))
    return shares.T.astype(np.float32, order="C").reshape(*surface.shape, -1)


class _Surface:
    """A photograph as a walker sees it. Two are equal if they were made from equal arrays."""

    def __init__(self, lightness: np.ndarray, features: np.ndarray):
        scale = min(1.0, GRID / lightness.size**0.5)
        self.shape = tuple(max(2, round(side * scale)) for side in lightness.shape)
        self._made_from = lightness, features
        self._objects: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}  # the last used at the end
        self._lock = Lock()
        self._digest = hashlib.sha256(lightness.tobytes() + features.tobytes()).digest()

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Surface) and self._digest == other._digest

    def object(self, row: int, column: int) -> tuple[np.ndarray, np.ndarray]:
        """See `_object`; the last `MAX_OBJECTS` are kept.

        In a dictionary of our own: `lru_cache` of a method would hold the surface, which holds it, so that 20 MB would
        stay until Python collects cycles.
        """
        with self._lock:
            found = self._objects.pop((row, column), None)
        found = found or self._object(row, column)
        with self._lock:
            self._objects[row, column] = found
            while len(self._objects) > MAX_OBJECTS:
                del self._objects[next(iter(self._objects))]
        return found

    def prepare(self) -> None:
        """Compute now what all objects need: of several threads, each would compute it."""
        _ = self.edges, self.walk

    @cached_property
    def lightness(self) -> np.ndarray:
        """L*, `(h, w)`."""
        lightness = self._made_from[0]
        smooth = scipy.ndimage.gaussian_filter(lightness, _SMOOTH * lightness.shape[0] / self.shape[0])
        return rendering.resized(smooth[None], self.shape)[0]

    @cached_property
    def texture(self) -> np.ndarray:
        """Logarithm of how much L* varies around, `(h, w)`."""
        lightness = self._made_from[0]
        detail = scipy.ndimage.gaussian_filter(
            (lightness - scipy.ndimage.gaussian_filter(lightness, _DETAIL_SIGMA)) ** 2, _TEXTURE_SIGMA
        )
        return rendering.resized(np.log1p(np.sqrt(np.maximum(detail, 0)))[None], self.shape)[0]

    @cached_property
    def features(self) -> np.ndarray:
        """`(h, w, k)`."""
        planes = np.moveaxis(self._made_from[1].astype(np.float32), -1, 0)
        return np.ascontiguousarray(np.moveaxis(rendering.resized(planes, self.shape), 0, -1))

    @cached_property
    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of neighbours, as flat indexes `(2, m)`, and how often a walker steps between them, `(m,)`."""
        height, width = self.shape
        index = np.arange(height * width).reshape(height, width)
        pairs, weights = [], []
        for down, right in _NEIGHBOURS:
            one = slice(0, height - down), slice(max(0, -right), width - max(0, right))
            other = slice(down, height), slice(max(0, right), width + min(0, right))
            squared = ((self.lightness[one] - self.lightness[other]) / LIGHTNESS_STEP) ** 2
            squared += ((self.texture[one] - self.texture[other]) / TEXTURE_STEP) ** 2
            squared += ((self.features[one] - self.features[other]) ** 2).sum(axis=-1) / FEATURE_STEP**2
            pairs.append(np.stack([index[one].ravel(), index[other].ravel()]))
            weights.append((np.exp(-squared / np.hypot(down, right)) + THROUGH_EDGES).ravel())
        return np.concatenate(pairs, axis=1), np.concatenate(weights).astype(np.float64)

    @cached_property
    def walk(self) -> Callable[[np.ndarray], np.ndarray]:
        """Takes where walkers start, `(h * w,)`, and gives how often they are where."""
        pairs, weights = self.edges
        count = int(np.prod(self.shape))
        steps = scipy.sparse.coo_array((weights, tuple(pairs)), shape=(count, count))
        steps = (steps + steps.T).tocsc()
        leaving = scipy.sparse.dia_array(((steps.sum(axis=0) + STOPS)[None], [0]), shape=(count, count))
        system = (leaving - steps).tocsc()
        return scipy.sparse.linalg.splu(
            system, "MMD_AT_PLUS_A", diag_pivot_thresh=0, options={"SymmetricMode": True}
        ).solve

    def _object(self, row: int, column: int) -> tuple[np.ndarray, np.ndarray]:
        """How often walkers from a place are where, and how far inside of its object everything is, `(h * w,)` each."""
        rows, columns = np.ogrid[: self.shape[0], : self.shape[1]]
        squared = ((rows - row) ** 2 + (columns - column) ** 2).astype(np.float32)
        lighter = self.lightness - self.lightness[row, column]
        start = (squared <= _SEED_RADIUS**2) * np.exp(-((lighter / _SEED_LIGHTNESS) ** 2) / 2)
        visits = self.walk((start / start.sum()).ravel().astype(np.float64))
        visits = np.maximum(visits, 1e-30).astype(np.float32)
        unlike = squared / (ALIKE_SPACE * GRID) ** 2 + (lighter / ALIKE_LIGHTNESS) ** 2
        unlike += ((self.features - self.features[row, column]) ** 2).sum(axis=-1) / ALIKE_FEATURES**2
        unlike = unlike.ravel() / 2
        return visits, _cut(np.log(visits) - unlike, unlike, *self.edges).astype(np.float16)


@lru_cache(maxsize=MAX_SURFACES)
def _known(surface: _Surface) -> _Surface:
    """The equal surface that was here before, if there was one, with what has been computed of it."""
    return surface


def _cut(visits: np.ndarray, unlike: np.ndarray, pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How far inside of the best outline around the most visited places everything is, 0..1, `(h * w,)`.

    Args:
        visits: in logarithms, `(h * w,)`.
        unlike: how unlike the hinted place everything is, from 0, `(h * w,)`.
        pairs, weights: see `_Surface.edges`.
    """
    count = len(visits)
    order = np.argsort(-visits)
    rank = np.empty(count, int)
    rank[order] = np.arange(count)
    one, other = rank[pairs]
    begins, ends = np.minimum(one, other), np.maximum(one, other)
    crossed = np.cumsum(np.bincount(begins, weights, count) - np.bincount(ends, weights, count))
    size = np.arange(1, count + 1)
    stray = STRAY * np.cumsum(np.minimum(unlike, 2)[order])
    score = (crossed + stray) / np.minimum(size, count + 1 - size) ** SIZE_EXPONENT
    least, usual, most = int(SMALLEST * count), int(USUAL * count) + 1, int(LARGEST * count) + 1
    best = least + int(np.argmin(score[least:usual]))
    larger = least + int(np.argmin(score[least:most]))
    if score[larger] < CLEAR * score[best]:
        best = larger
    outline, inside = visits[order[best]], np.median(visits[order[: best + 1]])
    width = max(SOFTNESS * (inside - outline), 1e-3)
    return 1 / (1 + np.exp(-np.clip((visits - outline) / width, -9, 9)))  # beyond, float16 is slow and little is seen


def _share_out(inside: np.ndarray, visits: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Divide what lies inside of several outlines, `(n, h * w)`, by which hint a walker from there meets first."""
    among = visits[:, places].astype(np.float64)
    among = (among + among.T) / 2
    among += 1e-6 * np.trace(among) / len(among) * np.eye(len(among))  # two hints may be at one place of the grid
    meets = np.maximum(np.linalg.inv(among).astype(np.float32) @ visits, 0) * inside
    return inside.max(axis=0) * meets / (meets.sum(axis=0) + 1e-12)
