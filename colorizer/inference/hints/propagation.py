"""Carry the colours of hints to the places that belong together with them.

What a hint says is how far the network was wrong at one place: hinted minus predicted ab. This correction is carried to
other places by kriging (Gaussian-process regression; Rasmussen & Williams 2006, *Gaussian Processes for Machine
Learning*, chapter 2): every place gets the correction that is most likely, given that places which resemble each other
were predicted with similar errors. Places are compared by position, by lightness and by what the network has recognised
(`features`).

It takes two steps. The first finds a trend over the whole photograph: a common tint, colours that are all too strong
or too weak, things of one kind that are all wrong. It mistrusts a hint that is far from what the others say (robust
regression, as with a heavy-tailed noise), because one red hat says nothing of the rest. The second step meets what
remains of every hint: most of it is common to the object in which the hint is (`objects`), the rest is met around it.
Before, the predicted colours of each such object are evened out a little, because what a person names is one thing.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy

from colorizer.inference import rendering
from colorizer.inference.hints import objects, settling
from colorizer.inference.hints.hint import Hint
from colorizer.inference.threads import one_blas_thread


@dataclass(frozen=True)
class Scales:
    """Standard deviations of a similarity: places that differ by more are hardly alike."""

    space: float
    """As a share of the square root of the picture's area."""
    lightness: float
    """In L*."""
    features: float
    """In units of `features.describe`."""

    def apply(self, descriptions: np.ndarray) -> np.ndarray:
        """Descriptions `(n, 3 + k)`, see `_describe`, each divided by its standard deviation."""
        return descriptions / np.float32(
            [*2 * [self.space], self.lightness, *(descriptions.shape[1] - 3) * [self.features]]
        )


NEAR = Scales(space=0.18, lightness=25, features=0.3)
"""How far a hint is met."""

FAR = Scales(space=0.6, lightness=30, features=0.4)
"""How far the trend follows."""

NEAR_NOISE = 0.05
"""Variance of what hints say, as a share of that of the network's errors: two hints at one place are averaged."""

FAR_VARIANCE, COMMON_VARIANCE, STRENGTH_VARIANCE = 3.0, 0.3, 1.0
"""Prior variances of the trend, as shares of the variance of what it leaves to the second step: of a trend by
similarity, of one and the same correction for all places, and of a factor on the colours (at a chroma of 30)."""

OBJECT_VARIANCE = 8.0
"""Variance of what is wrong with a whole object, as a share of the variance of what is wrong around a place."""

EVENNESS = 0.5
"""By this share the predicted colours of an object move to those at the hint."""

MEANT_AFAR = 0.02
"""How much a hint that only the trend connects with a place says on what colour is meant there."""

SLACK, OVERSHOOT = 4.0, 0.3
"""A correction may go this far, in ab, beyond the colours that are meant, and by this share of the rest."""

MANY = 20
"""From so many hints on, the share is 1: each place then has hints of its own nearby, and they know better."""

TRUSTED = 13.0
"""A hint that differs from the trend by more than this, in ab, hardly moves it."""

_STRENGTH_CHROMA = 30.0
_ROUNDS = 4  # of the robust regression
_ROWS = 32  # of a block: memory grows with it and with the number of hints


def correction(
    shown: np.ndarray, lightness: np.ndarray, features: np.ndarray, hints: Sequence[Hint], size: tuple[int, int]
) -> np.ndarray:
    """What is to be added to the predicted colours for the hints to come true: float32 `(H, W, 2)`.

    Args:
        shown: the colours as they would be shown without hints, ab, float32 `(H, W, 2)`.
        lightness: L*, float32 `(H, W)`.
        features: of the places, `(h, w, n)`, see `features.describe`.
        hints: at least one.
        size: height and width of the photograph that the hints count in, in pixels.
    """
    added = np.zeros_like(shown)
    wide = [hint for hint in hints if hint.reach != "spot"]
    if wide:
        with one_blas_thread():  # the matrices are small: more threads would wait for each other
            added = _carry_wide(shown, lightness, features, wide, size)
    spots = [hint for hint in hints if hint.reach == "spot"]
    return settling.paint(shown + added, spots, size) - shown if spots else added


def _carry_wide(
    shown: np.ndarray, lightness: np.ndarray, features: np.ndarray, hints: Sequence[Hint], size: tuple[int, int]
) -> np.ndarray:
    """What hints that reach over objects or everything alike add to the colours, see `correction`."""
    places = np.array([_place(hint, size, lightness.shape) for hint in hints])
    colors = np.array([hint.ab for hint in hints])
    local = np.array([hint.reach == "object" for hint in hints])
    even, members = shown, None
    if local.any():
        shares = objects.find(lightness, features, places[local])
        even = _even_out(shown, shares, places[local])
        members = np.zeros((*shares.shape[:2], len(hints)), np.float32)
        members[..., local] = shares / np.maximum(1, np.linalg.norm(shares, axis=-1, keepdims=True))
    carried = even - shown + _carry(_describe(lightness, features), even, places, colors, local, members)
    return settling.settle_exactly(carried, shown, lightness, places, colors)


def _place(hint: Hint, size: tuple[int, int], shape: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the place of a hint in an array of `shape` that covers the photograph."""
    row, column = int((hint.y + 0.5) * shape[0] / size[0]), int((hint.x + 0.5) * shape[1] / size[1])
    return min(row, shape[0] - 1), min(column, shape[1] - 1)


def _describe(lightness: np.ndarray, features: np.ndarray) -> np.ndarray:
    """What places are compared by, `(H, W, 3 + n)`: row and column as `Scales.space` counts them, L*, features."""
    height, width = lightness.shape
    side = (height * width) ** 0.5
    rows, columns = np.divide(np.arange(height), side)[:, None], np.divide(np.arange(width), side)
    planes = [np.broadcast_to(plane, lightness.shape)[..., None] for plane in (rows, columns, lightness)]
    fine = rendering.resized(np.moveaxis(features.astype(np.float32), -1, 0), lightness.shape)
    return np.concatenate([*planes, np.moveaxis(fine, 0, -1)], axis=-1).astype(np.float32)


def _even_out(shown: np.ndarray, shares: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Colours `(H, W, 2)`, nearer to those at the hints inside of their objects, of which `shares` are `(h, w, n)`."""
    total = shares.sum(axis=-1)
    there = shares @ shown[tuple(places.T)] / np.maximum(total, 1e-6)[..., None]
    planes = np.concatenate([total[None], np.moveaxis(there, -1, 0)]).astype(np.float32)
    inside, *there = rendering.resized(planes, shown.shape[:2])
    return shown + EVENNESS * inside[..., None] * (np.stack(there, axis=-1) - shown)


def _carry(
    descriptions: np.ndarray,
    shown: np.ndarray,
    places: np.ndarray,
    colors: np.ndarray,
    local: np.ndarray,
    members: np.ndarray | None,
) -> np.ndarray:
    """Corrections everywhere, `(H, W, 2)`, which give places `(n, 2)` these colours, `(n, 2)`, more or less.

    Args:
        local: whether each hint reaches over an object only.
        members: memberships of the grid's places in the objects of the hints, `(h, w, n)`; None if there are none.
    """
    at = tuple(places.T)
    keys = descriptions[at]
    trend, strength, rest = _fit_trend(keys, shown[at] / _STRENGTH_CHROMA, colors - shown[at])
    near = _near(keys, keys, local).astype(np.float64)
    if members is not None:
        grid = members.shape[:2]
        own = members[tuple((places * grid // np.array(shown.shape[:2])).T)]
        near += OBJECT_VARIANCE * own @ own.T
    shares = np.linalg.solve(near + NEAR_NOISE * np.eye(len(keys)), rest).astype(np.float32)
    added, meant = np.empty_like(shown), np.empty_like(shown)
    asked = np.concatenate([colors, np.ones((len(colors), 1))], axis=1).astype(np.float32)

    def fill(top: int) -> None:
        queries = descriptions[top : top + _ROWS].reshape(-1, keys.shape[-1])
        far, near = _far(queries, keys), _near(queries, keys, local)
        added[top : top + _ROWS] = (far @ trend + near @ shares).reshape(-1, *shown.shape[1:])
        sums = (near + MEANT_AFAR * far) @ asked
        meant[top : top + _ROWS] = (sums[:, :2] / sums[:, 2:]).reshape(-1, *shown.shape[1:])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, range(0, len(shown), _ROWS)))
    if members is not None:
        common = OBJECT_VARIANCE * members @ (own.T @ shares)
        added += np.moveaxis(rendering.resized(np.moveaxis(common, -1, 0), shown.shape[:2]), 0, -1)
    share = np.clip(len(colors) / MANY, OVERSHOOT, 1)
    return _without_overshoot(added + (strength / _STRENGTH_CHROMA) * shown, meant - shown, np.float32(share))


def _without_overshoot(added: np.ndarray, needed: np.ndarray, share: np.float32) -> np.ndarray:
    """Corrections that go hardly further than what is needed to reach the colours that the hints nearby ask for.

    Two places beside each other may be wrong by different amounts: the red of trousers that are grey, and the little
    of it that lies on the floor. What takes all red from the first would turn the second blue.

    Args:
        added, needed: ab, `(H, W, 2)`.
        share: of what goes beyond, this much stays, 0..1.
    """
    length = np.hypot(added[..., 0], added[..., 1])[..., None] + 1e-3
    most = np.maximum((added * needed).sum(axis=-1, keepdims=True) / length, 0) + SLACK
    beyond = np.maximum(length - most, 0)
    return added * (1 - (1 - share) * beyond / length)


def _fit_trend(keys: np.ndarray, own: np.ndarray, wrong: np.ndarray) -> tuple[np.ndarray, np.float32, np.ndarray]:
    """The trend of the corrections by iteratively reweighted least squares.

    Args:
        keys: descriptions of the places of the hints, `(n, 3 + n)`.
        own: the colours shown there, over `_STRENGTH_CHROMA`, `(n, 2)`.
        wrong: the corrections asked for, `(n, 2)`.

    Returns:
        shares of the hints in the trend, float32 `(n, 2)`; factor on the colours; corrections beyond the trend.
    """
    # The covariance of the 2 n corrections is that of the places, for a* and b* apart, and one joint direction: the
    # factor on the colours. So systems of n unknowns do (Woodbury's identity).
    covariance = _far(keys, keys).astype(np.float64)
    # Round by round, a hint far from the trend counts for less (Welsch's weights; Holland & Welsch 1977). The first
    # round is milder: if all hints ask for much, that is the trend.
    noise = 1 + (wrong**2).sum(axis=1) / TRUSTED**2
    for _ in range(_ROUNDS):
        solved = scipy.linalg.solve(covariance + np.diag(noise), np.concatenate([wrong, own], axis=1), assume_a="pos")
        of_wrong, of_own = solved[:, :2], solved[:, 2:]
        strength = STRENGTH_VARIANCE * (own * of_wrong).sum() / (1 + STRENGTH_VARIANCE * (own * of_own).sum())
        shares = of_wrong - strength * of_own
        rest = wrong - covariance @ shares - strength * own
        noise = np.exp(np.minimum((rest**2).sum(axis=1) / (2 * TRUSTED**2), 12))
    return shares.astype(np.float32), np.float32(strength), rest


def _far(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Covariance of the trend between places: `(n, 3 + k)` and `(m, 3 + k)` -> `(n, m)`."""
    return FAR_VARIANCE * _gauss(FAR.apply(queries), FAR.apply(keys)) + np.float32(COMMON_VARIANCE)


def _near(queries: np.ndarray, keys: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Similarity of places to hints, 0..1: `(n, 3 + k)` and `(m, 3 + k)` -> `(n, m)`. Not `local`, space is ignored."""
    queries, keys = NEAR.apply(queries), NEAR.apply(keys)
    if local.all():
        return _gauss(queries, keys)
    return _gauss(queries[:, 2:], keys[:, 2:]) * np.where(local, _gauss(queries[:, :2], keys[:, :2]), 1)


def _gauss(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    squared = (queries**2).sum(axis=1)[:, None] + (keys**2).sum(axis=1) - 2 * queries @ keys.T
    return np.exp(np.clip(-squared / 2, -20, 0))
