"""Samples of any type and range as grey or RGB of 8 or 16 bits, and alpha."""

import math

import numpy as np

from colorizer.imaging.errors import UnsupportedFormatError
from colorizer.imaging.tiff.decoding import ASSOCIATED, RGB, UNASSOCIATED, WHITE_IS_ZERO


def split(
    samples: np.ndarray, photometric: int, extra_samples: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Grey `(H, W)` or RGB `(H, W, 3)`, and alpha `(H, W)` where there is one: uint8 for 8 bits, otherwise uint16.

    Black is 0, and colours are not multiplied by alpha. Extra samples that are no alpha are left out.

    Args:
        samples: `(H, W, samples)`, as `decoding.decode` gives them.
    """
    count = 3 if photometric == RGB else 1
    colors, rest = samples[..., :count], samples[..., count:]
    colors = to_unsigned(colors)
    if photometric == WHITE_IS_ZERO:
        colors = np.iinfo(colors.dtype).max - colors
    alpha = None
    for number, kind in enumerate(extra_samples[: rest.shape[-1]]):
        if kind in (ASSOCIATED, UNASSOCIATED):
            alpha = to_unsigned(rest[..., number])
            if kind == ASSOCIATED:
                colors = _divide(colors, alpha)
            break
    return (colors if count == 3 else colors[..., 0]), alpha


def to_unsigned(values: np.ndarray) -> np.ndarray:
    """Samples as uint8 or uint16. Unsigned ones of 8 and 16 bits are kept as they are.

    Other whole numbers within 0..65535 and fractions within 0..1 keep their scale; other ranges are stretched from
    their least to their greatest value.

    Raises:
        UnsupportedFormatError: some are not finite.
    """
    if values.dtype in (np.uint8, np.uint16):
        return values
    low, high = float(values.min()), float(values.max())
    if not math.isfinite(low + high):
        raise UnsupportedFormatError("Pixels must be finite numbers. Received some that are not: save it as PNG first.")
    white = 65535 if values.dtype.kind in "iu" else 1
    if low < 0 or high > white:
        return np.rint((values.astype(np.float64) - low) * (65535 / max(high - low, 1e-30))).astype(np.uint16)
    return np.rint(values * (65535 / white)).astype(np.uint16)


def over_white(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours `(H, W)` or `(H, W, 3)` laid over white, of the same type."""
    white = np.iinfo(colors.dtype).max
    share = (alpha / np.float32(np.iinfo(alpha.dtype).max)).reshape(*alpha.shape, *(1,) * (colors.ndim - 2))
    return np.rint(colors * share + white * (1 - share)).astype(colors.dtype)


def _divide(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Undo the multiplication of colours `(H, W, n)` by alpha."""
    white = np.iinfo(colors.dtype).max
    share = np.maximum(alpha, 1) / np.float32(np.iinfo(alpha.dtype).max)
    return np.rint(np.minimum(colors / share[..., None], white)).astype(colors.dtype)
