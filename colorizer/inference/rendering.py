"""Scale the network's colours up to the size of a photograph and join them with its lightness.

A learned upsampler or a guided filter makes ab follow the edges of L*: both give, on a small grid, the coefficients of
ab as a linear function of L*. The full-size picture is made from them in blocks of rows, so that working memory depends
on the size of a block and not of the photograph. L* itself is never changed.
"""

from collections.abc import Callable
from types import ModuleType

import numpy as np
import scipy

from colorizer.color import lab
from colorizer.imaging import limits, resizing
from storage.parallel import each

GUIDE_SIZE = 512
"""The guided filter works on a copy with at most the area of a square of this side, in pixels."""

GUIDE_RADIUS = 2.0
"""Radius of the guided filter's window, in pixels of the network's output."""

GUIDE_EPSILON = 64.0
"""Variance of L* below which the guided filter treats a window as one surface, in squared units of L*."""

BLOCK_PIXELS = 1 << 16
"""Pixels of a block of rows; its float32 planes fit a processor's cache."""

STRETCHED = 32
"""Rows of coefficients that are stretched to the photograph's width at a time."""

FUSED_PIXELS = 2_000_000
"""Once a process has joined so many pixels, it goes on in one pass, see `color.fused`: to load that takes a while."""


Upsampler = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Takes L* `(1, 4 h, 4 w, 1)` and ab `(1, h, w, 2)`, gives coefficients `(1, 2 h, 2 w, 4)`; see `models.upsampler`."""


def coefficients(
    pixels: np.ndarray, ab: np.ndarray, upsampler: Upsampler | None = None, lightness: np.ndarray | None = None
) -> np.ndarray:
    """Slope and offset of ab as a linear function of L*: float32 `(4, h, w)`, a pair for a*, then for b*.

    Args:
        pixels: see `as_pixels`.
        ab: float32 `(h, w, 2)`, of any size.
        upsampler: None takes the guided filter.
        lightness: L* of a copy of `pixels`, if there is one: spares to make another where it has the size for it.
    """
    if upsampler is None:
        return _guided_coefficients(pixels, ab)
    height, width = 4 * ab.shape[0], 4 * ab.shape[1]
    if lightness is None or lightness.shape != (height, width):
        lightness = lab.rgb_to_lightness(resizing.resize(as_8_bit(pixels), (height, width)))
    return _learned_coefficients(upsampler, lightness.astype(np.float32), ab)


def finer(ab: np.ndarray) -> np.ndarray:
    """The same colours on a grid twice as fine along a side: ab `(h, w, 2)` -> `(2 h, 2 w, 2)`."""
    height, width = ab.shape[:2]
    return np.moveaxis(resized(np.moveaxis(ab, -1, 0), (2 * height, 2 * width)), 0, -1)


def colors_at(coefficients: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """The colours that coefficients give a picture of this lightness: L* `(H, W)` -> ab `(H, W, 2)`."""
    a_slope, a_offset, b_slope, b_offset = resized(coefficients, lightness.shape)
    return np.stack([a_slope * lightness + a_offset, b_slope * lightness + b_offset], axis=-1)


def spreader(lightness: np.ndarray, shape: tuple[int, int]) -> Callable[[np.ndarray], np.ndarray]:
    """The function that scales colours of one shape up with the guided filter: ab `(*shape, 2)` -> ab `(H, W, 2)`.

    Args:
        lightness: L* `(H, W)`.
    """
    fit = _guide(lab.lightness_to_gray(lightness), shape)
    return lambda ab: colors_at(fit(ab), lightness)


def join(
    pixels: np.ndarray, coefficients: np.ndarray, correction: np.ndarray | None = None, depth: int = 8
) -> np.ndarray:
    """Colour a photograph: sRGB `(H, W, 3)`, with the photograph's L*.

    Args:
        pixels: see `as_pixels`.
        coefficients: see there.
        correction: added to the colours, float32 `(h, w, 2)`, of a size of its own.
        depth: bits of the result: 8 (uint8) or 16 (uint16).
    """
    if correction is not None:
        coefficients = corrected(pixels, coefficients, correction)
    return _merge_blocks(pixels, coefficients, depth)


def corrected(pixels: np.ndarray, coefficients: np.ndarray, correction: np.ndarray) -> np.ndarray:
    """Coefficients with something added to their colours; arguments as for `join`."""
    added = _guided_coefficients(pixels, correction)
    return resized(coefficients, added.shape[1:]) + added


def as_pixels(image: np.ndarray) -> np.ndarray:
    """Check an image's type and size, and return it as `(H, W)` or `(H, W, 3)`, without alpha.

    Raises:
        PixelTypeError: the shape or dtype is not one that `lab` reads.
        TooSmallError: a side is under `limits.MIN_SIDE` pixels.
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[-1] == 4:
        image = image[..., :3]
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[-1] == 3):
        raise lab.PixelTypeError(f"image must have shape (H, W), (H, W, 3) or (H, W, 4). Received {image.shape}.")
    if image.dtype not in (np.uint8, np.uint16) and not np.issubdtype(image.dtype, np.floating):
        raise lab.PixelTypeError(f"image must be uint8, uint16 or float in 0..1. Received dtype={image.dtype}.")
    limits.check_size(*image.shape[:2])
    return image


def as_8_bit(pixels: np.ndarray) -> np.ndarray:
    """Convert to uint8, for the network's small copy; the full-size L* is computed from all bits."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return np.rint(np.clip(np.nan_to_num(pixels), 0, 1) * 255).astype(np.uint8)


def _guided_coefficients(pixels: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """The coefficients by a guided filter."""
    return _guide(pixels, ab.shape[:2])(ab)


def _guide(pixels: np.ndarray, shape: tuple[int, int]) -> Callable[[np.ndarray], np.ndarray]:
    """The guided filter for colours of one shape: takes ab `(*shape, 2)`, gives the coefficients `(4, h, w)`.

    He & Sun 2015, *Fast Guided Filter*, arXiv 1505.00996: fitted on a small copy, applied at any size.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, GUIDE_SIZE / (height * width) ** 0.5)
    small = max(1, round(height * scale)), max(1, round(width * scale))
    guide = lab.rgb_to_lightness(resizing.resize(as_8_bit(pixels), small))
    window = [2 * round(GUIDE_RADIUS * new / old) + 1 for new, old in zip(small, shape, strict=True)]

    def mean(plane: np.ndarray) -> np.ndarray:
        return scipy.ndimage.uniform_filter(plane, window, mode="nearest")

    guide_mean = mean(guide)
    variance = mean(guide * guide) - guide_mean**2

    def fit(ab: np.ndarray) -> np.ndarray:
        planes = []
        for color in resized(np.moveaxis(ab, -1, 0), small):
            color_mean = mean(color)
            slope = (mean(guide * color) - guide_mean * color_mean) / (variance + GUIDE_EPSILON)
            planes += [mean(slope), mean(color_mean - slope * guide_mean)]
        return np.stack(planes)

    return fit


def _learned_coefficients(upsampler: Upsampler, lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """The coefficients by the learned upsampler, `(4, 2 h, 2 w)`, from L* `(4 h, 4 w)`."""
    a_slope, b_slope, a_offset, b_offset = np.moveaxis(
        upsampler(lightness[None, ..., None], ab[None].astype(np.float32))[0], -1, 0
    )
    return np.stack([a_slope, a_offset, b_slope, b_offset])


def _merge_blocks(pixels: np.ndarray, coefficients: np.ndarray, depth: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    rgb = np.empty((height, width, 3), np.uint16 if depth == 16 else np.uint8)
    fused = _load_fused(height * width) if depth == 8 else None
    small = np.ascontiguousarray(np.moveaxis(coefficients, 1, 0))
    wide = np.empty((*small.shape[:2], width), np.float32)

    def widen(top: int) -> None:
        wide[top : top + STRETCHED] = _stretch(small[top : top + STRETCHED], width, axis=2)

    each(widen, range(0, len(small), STRETCHED))  # in parts: what all rows need on the way would take 0.2 GB
    low, share = _between(len(wide), height)
    rows = max(1, BLOCK_PIXELS // width)

    def fill(top: int) -> None:
        block = slice(top, min(top + rows, height))
        if fused is not None:
            levels, table = lab.lightness_levels(pixels[block])
            levels = np.ascontiguousarray(levels)
            fused.join_rows(levels, table, wide, low[block], share[block], lab.srgb_table(), rgb[block])
            return
        lightness = lab.rgb_to_lightness(pixels[block])
        a_slope, a_offset, b_slope, b_offset = np.moveaxis(_stretch(wide, height, axis=0, part=block), 1, 0)
        ab = np.stack([a_slope * lightness + a_offset, b_slope * lightness + b_offset])
        rgb[block] = lab.merge(lightness, np.moveaxis(ab, 0, -1), depth)

    each(fill, range(0, height, rows))
    return rgb


class _Joined:
    """How many pixels this process has joined."""

    pixels = 0


def _load_fused(pixels: int) -> ModuleType | None:
    """`color.fused`, if so many more pixels make it worth loading. With or without it, the result is the same."""
    _Joined.pixels += pixels
    if _Joined.pixels < FUSED_PIXELS:
        return None
    from colorizer.color import fused

    return fused


def resized(planes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bilinear interpolation of `(n, h, w)` to `(n, *shape)`."""
    return _stretch(_stretch(planes, shape[0], axis=1), shape[1], axis=2)


def _stretch(planes: np.ndarray, size: int, axis: int, part: slice = slice(None)) -> np.ndarray:
    """Bilinear interpolation of one axis to `size` samples (pixel centres aligned), or to a `part` of them."""
    old = planes.shape[axis]
    if old == size:
        return planes[(slice(None),) * axis + (part,)]
    low, share = _between(old, size, part)
    share = np.expand_dims(share, [i for i in range(planes.ndim) if i != axis])
    first, second = np.take(planes, low, axis), np.take(planes, np.minimum(low + 1, old - 1), axis)
    return first + (second - first) * share


def _between(old: int, size: int, part: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
    """For each of `size` samples of an axis, or a `part` of them: between which two of its old ones it lies, and where.

    Returns:
        the first of the two, and how far from it to the second, 0..1, float32.
    """
    at = np.clip((np.arange(size)[part] + 0.5) * old / size - 0.5, 0, old - 1).astype(np.float32)
    low = np.minimum(at.astype(int), max(old - 2, 0))
    return low, (at - low).astype(np.float32)
