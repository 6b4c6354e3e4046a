"""Panoramas: the network looks at overlapping windows of a long photograph, and their outputs are joined.

Squeezed into the network's input, a long photograph would show it slim people and trees. Neighbouring windows may
disagree, so their outputs are cross-faded where they overlap.
"""

from collections.abc import Sequence

import numpy as np

ASPECT = 2
"""Length of a window, in units of the panorama's short side."""

OVERLAP = 0.25
"""Smallest overlap of two windows, as a share of a window's length."""

MAX_WINDOWS = 16
"""Most windows of a photograph: enough for 24:1. A longer one is squeezed to that, so that its time has a limit."""


def lay_out(aspect: float, window: tuple[int, int], multiple: int) -> tuple[int, list[int]]:
    """Where the windows are on the small copy of a panorama: its length in pixels, and the start of each window.

    Args:
        aspect: of the panorama, long side to short side.
        window: long and short side of a window, in pixels; the short side is that of the small copy, too.
        multiple: all results are multiples of it, in pixels.
    """
    long, short = window
    stride = int(long * (1 - OVERLAP))
    longest = long + (MAX_WINDOWS - 1) * stride
    length = min(round(aspect * short / multiple), longest // multiple) * multiple
    count = 1 + -(-(length - long) // stride)
    return length, [round(start / multiple) * multiple for start in np.linspace(0, length - long, count)]


def cut(array: np.ndarray, start: int, end: int, axis: int) -> np.ndarray:
    """The part of an array from `start` to `end` along an axis, as a view."""
    return array[(slice(None),) * axis + (slice(start, end),)]


def join(outputs: Sequence[np.ndarray], starts: Sequence[int], axis: int) -> np.ndarray:
    """One array for the whole panorama, of the networks' outputs for its windows, `(h, w, n)` each.

    Where windows overlap, their outputs (logits, or ab) are averaged; the weight of each falls linearly to its end.

    Args:
        starts: of the windows along `axis` of the result, the first being 0; the last window ends where it ends.
    """
    size = outputs[0].shape[axis]
    ramp = np.minimum(np.arange(size) + 0.5, size - 0.5 - np.arange(size)).astype(np.float32)
    shape = list(outputs[0].shape)
    shape[axis] = starts[-1] + size
    along = [-1 if i == axis else 1 for i in range(len(shape))]
    total, weights = np.zeros(shape, np.float32), np.zeros(shape[axis], np.float32)
    for output, start in zip(outputs, starts, strict=True):
        part = cut(total, start, start + size, axis)
        part += output * ramp.reshape(along)
        weights[start : start + size] += ramp
    return total / weights.reshape(along)
