"""Colour a photograph like another one: where both show alike things, the colours of the other become likelier.

To the network, places are alike if it gives them alike distributions over colours and they are equally light. Each
place of the grey photograph looks for such places in the reference, and the colours that these have there are a second
opinion, merged with the network's own in proportion to how alike they are. So the palette passes over by things, as a
prior and not as a tint: the sky takes the colour of the sky, and what the reference does not show stays as it was.
Most places of most photographs are alike a little, and what they have in common is the mean colour of the reference:
this is taken out of the second opinion, and the mean of the network's own put in its place. So of what a reference
changes, in squares of ab, 15 % is one tint: on 16 pairs of old photographs and slides with a tint of their own.

After Welsh, Ashikhmin, Mueller 2002, *Transferring Color to Greyscale Images*, and He et al. 2018, *Deep Exemplar-based
Colorization*, arXiv 1807.06587, which match lightness, and features of a network.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from colorizer.color.bins import bins_of
from colorizer.imaging.errors import ImageError
from colorizer.inference.threads import one_blas_thread

SIGMA_LIKENESS = 0.12
"""Standard deviation of the likeness, in distance of the directions of logits (0 to 2)."""

SIGMA_LIGHTNESS = 12.0
"""Standard deviation of the likeness in L*."""

SIGMA_AB = 8.0
"""A colour of the reference stands for those about so near to it, in ab."""

STRENGTH = 0.6
"""Share of the reference in the merged logits, where it shows the very same thing."""

ENOUGH = 0.03
"""Mean likeness over the whole reference at which half of `STRENGTH` is reached."""

COMMON = 1.0
"""Share of what is common to the whole reference that is no second opinion on a place hardly like it."""

FLOOR = 1e-3
"""Probability that all bins share in the second opinion, so that it excludes no colour."""

_STEP = 2  # every second place of the reference, along a side, is looked at


class GrayReferenceError(ImageError):
    """A photograph without colour cannot lend its colours."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A colour photograph in the network's eyes. Two are equal only if they are one object: arrays are not compared."""

    output: np.ndarray
    """Logits of its grey copy, `(h, w, bins)`."""
    lightness: np.ndarray
    """L* of the same places, `(h, w)`."""
    ab: np.ndarray
    """Its colours there, `(h, w, 2)`."""


def color_like(logits: np.ndarray, lightness: np.ndarray, reference: Reference, strength: float = 1.0) -> np.ndarray:
    """Logits with the reference as a second opinion: float32 `(h, w, bins)`.

    Args:
        logits: of the photograph to be coloured, float32 `(h, w, bins)`.
        lightness: L* of the same places, `(h, w)`.
        strength: 0 changes nothing.
    """
    height, _, bins = logits.shape
    keys = _describe(reference.output, reference.lightness)[::_STEP, ::_STEP].reshape(-1, bins + 1)
    colors = _soften(reference.ab[::_STEP, ::_STEP].reshape(-1, 2).astype(np.float32), bins)
    queries = _describe(logits, lightness)
    log_probabilities = logits - _log_sum(logits)
    common = COMMON * np.log(
        _with_floor(colors.mean(axis=0)) / _with_floor(np.exp(log_probabilities).mean(axis=(0, 1)))
    )
    merged = np.empty_like(logits)
    with one_blas_thread():
        for row in range(height):
            squared = (queries[row] ** 2).sum(axis=1)[:, None] + (keys**2).sum(axis=1) - 2 * queries[row] @ keys.T
            likeness = np.exp(np.clip(-squared / 2, -20, 0))
            total = likeness.sum(axis=1, keepdims=True)
            mean = total / len(keys)
            # A place that is like all of the reference has its colours for good reason.
            opinion = np.log(_with_floor(likeness @ colors / total)) - (1 - mean) * common
            share = np.minimum(1, strength * STRENGTH * mean / (mean + ENOUGH))
            merged[row] = (1 - share) * log_probabilities[row] + share * opinion
    return merged


def lightness_of_places(lightness: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """L* `(H, W)` at the places of a coarser grid: the mean around each, float32 `shape`."""
    around = [max(1, round(old / new)) for old, new in zip(lightness.shape, shape, strict=True)]
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int) for old, new in zip(lightness.shape, shape, strict=True)
    )
    return scipy.ndimage.uniform_filter(lightness.astype(np.float32), around, mode="nearest")[rows][:, columns]


def _describe(logits: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """What places are compared by, each divided by its standard deviation: `(h, w, bins + 1)`."""
    directions = logits.astype(np.float32)
    directions = directions - directions.mean(axis=-1, keepdims=True)
    directions /= SIGMA_LIKENESS * (np.linalg.norm(directions, axis=-1, keepdims=True) + 1e-3)
    light = lightness[..., None].astype(np.float32) / SIGMA_LIGHTNESS
    return np.concatenate([directions, light], axis=-1)


def _soften(ab: np.ndarray, bins: int) -> np.ndarray:
    """Colours `(n, 2)` as distributions over bins, `(n, bins)`."""
    weights = np.exp(-((ab[:, None] - bins_of(bins)) ** 2).sum(axis=-1) / (2 * SIGMA_AB**2)) + 1e-12
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _with_floor(probabilities: np.ndarray) -> np.ndarray:
    return (1 - FLOOR) * probabilities + FLOOR / probabilities.shape[-1]


def _log_sum(logits: np.ndarray) -> np.ndarray:
    highest = logits.max(axis=-1, keepdims=True)
    return highest + np.log(np.exp(logits - highest).sum(axis=-1, keepdims=True))
