"""Colorization using optimization: the baseline that hints are compared with.

Levin, Lischinski, Weiss 2004, *Colorization using Optimization*, ACM Transactions on Graphics 23 (3): the colour of a
pixel is the weighted mean of the colours around it, with large weights for neighbours of a similar lightness, except
where a person has given the colour. That is a sparse system of linear equations.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import splu

VARIANCE_SHARE = 0.6
"""Variance of the weights, as a share of the variance of the lightness around a pixel (the authors' own program)."""

SMALLEST_WEIGHT = 0.01
"""No neighbour's weight before normalisation is smaller than this (the authors' own program)."""

_NEIGHBORS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


def propagate(lightness: np.ndarray, values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill in what is not known: values `(H, W, n)` -> `(H, W, n)`.

    Args:
        lightness: L* `(H, W)`, 0..100.
        values: read where `known`, such as ab.
        known: bool `(H, W)`, at least one of them true.
    """
    system = _system(lightness.astype(np.float64) / 100, known)
    given = np.where(known.reshape(-1, 1), values.reshape(known.size, -1), 0.0)
    # The pattern of a grid is symmetric: for such matrices this ordering leaves few entries in the factors.
    solved = splu(system.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(given)
    return solved.reshape(values.shape).astype(np.float32)


def _system(lightness: np.ndarray, known: np.ndarray) -> csr_array:
    """One equation per pixel: it is as given where known, else the weighted mean of its neighbours."""
    height, width = lightness.shape
    pixels = np.arange(height * width).reshape(height, width)
    around = np.stack([_shifted(lightness, offset) for offset in [*_NEIGHBORS, (0, 0)]])
    inside = ~np.isnan(around)
    neighbors = np.stack([_shifted(pixels.astype(np.float64), offset) for offset in _NEIGHBORS])

    squared = (around[:-1] - lightness) ** 2
    nearest = np.nanmin(squared, axis=0)
    # The least variance at which the most similar neighbour still has the smallest weight.
    variance = np.maximum(VARIANCE_SHARE * np.nanvar(around, axis=0), -nearest / np.log(SMALLEST_WEIGHT))
    weights = np.where(inside[:-1], np.exp(-np.nan_to_num(squared) / np.maximum(variance, 2e-6)), 0)
    weights /= weights.sum(axis=0)

    used = inside[:-1] & ~known
    rows = np.broadcast_to(pixels, used.shape)[used]
    entries = np.concatenate([np.ones(pixels.size), -weights[used]])
    rows = np.concatenate([pixels.ravel(), rows])
    columns = np.concatenate([pixels.ravel(), neighbors[used].astype(int)])
    return csr_array((entries, (rows, columns)), shape=(pixels.size, pixels.size))


def _shifted(plane: np.ndarray, offset: tuple[int, int]) -> np.ndarray:
    """The neighbour at `offset` of every pixel; NaN beyond the border."""
    padded = np.pad(plane, 1, constant_values=np.nan)
    height, width = plane.shape
    return padded[1 + offset[0] : 1 + offset[0] + height, 1 + offset[1] : 1 + offset[1] + width]
