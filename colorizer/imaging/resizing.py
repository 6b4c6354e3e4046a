"""Resizing: one function that training, evaluation and use all share, and helpers built on it."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from colorizer.color import lab
from colorizer.imaging.errors import TooSmallError
from colorizer.imaging.pixels import check_pixels
from storage.parallel import each

BANDED_PIXELS = 500_000
"""Pictures from this size are resized in bands of rows, on all cores. The bands do not depend on how many these are."""

ROWS = 32
"""Rows of a band."""

GAP = 3
"""A copy for the screen is made from means of blocks of pixels, where these are still so many times as many."""


def resize(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resample to `size` (height, width), antialiased, in encoded values; used both in training and in use.

    `pixels` is grey uint8 or uint16 `(H, W)` or uint8 `(H, W, 3)`; dtype and channels do not change. The filter is a
    triangle two target pixels wide (Pillow's BILINEAR), so that shrinking averages all the pixels that it covers. To
    average blocks of pixels first, as `preview` does, would move the colours that the network gives by 0.2 in ab.

    Raises:
        TooSmallError: a side of `size` is under 1.
        PixelTypeError: `pixels` is of another type or shape.
    """
    check_pixels(pixels)
    height, width = size
    if min(height, width) < 1:
        raise TooSmallError(f"size must be (height, width) of at least 1 pixel each. Received size={size}.")
    return _resample(pixels, size, pixels.shape[:2])


def _resample(pixels: np.ndarray, size: tuple[int, int], extent: tuple[float, float]) -> np.ndarray:
    """Resample the part of a picture that begins at its first pixel and has the `extent` (height, width)."""
    image = Image.fromarray(pixels)
    height, width = size

    def make(top: int, rows: int) -> np.ndarray:
        box = 0, top * extent[0] / height, extent[1], (top + rows) * extent[0] / height
        return np.array(image.resize((width, rows), Image.Resampling.BILINEAR, box))

    if pixels.size < BANDED_PIXELS:
        return make(0, height)
    return np.concatenate(each(lambda top: make(top, min(ROWS, height - top)), range(0, height, ROWS)))


def _reduce(pixels: np.ndarray, block: Sequence[int]) -> np.ndarray:
    """The means of blocks of pixels, by bands on all cores; blocks at the right and at the bottom may be smaller.

    Args:
        block: its height and width, in pixels.
    """
    down, across = block

    def make(top: int) -> np.ndarray:
        return np.asarray(Image.fromarray(pixels[top : top + ROWS * down]).reduce((across, down)))

    return np.concatenate(each(make, range(0, len(pixels), ROWS * down)))


def preview(pixels: np.ndarray, max_side: int) -> np.ndarray:
    """A uint8 copy for the screen, `(h, w)` or `(h, w, 3)`, neither side above `max_side`; never enlarged."""
    height, width = pixels.shape[:2]
    scale = min(1, max_side / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    block = [max(1, int(old / new / GAP)) for old, new in zip(pixels.shape, size, strict=False)]
    if max(block) == 1 or pixels.dtype == np.uint16:  # Pillow cannot average these
        small = resize(pixels, size)
    else:
        check_pixels(pixels)
        small = _resample(_reduce(pixels, block), size, (height / block[0], width / block[1]))
    return small if small.dtype == np.uint8 else np.rint(small / 257).astype(np.uint8)


def fit_and_crop(rgb: np.ndarray, size: int) -> np.ndarray:
    """Resize the short side to `size`, then cut the square in the centre: uint8 `(size, size, 3)`."""
    height, width = rgb.shape[:2]
    scale = size / min(height, width)
    rgb = resize(rgb, (max(size, round(height * scale)), max(size, round(width * scale))))
    top, left = (rgb.shape[0] - size) // 2, (rgb.shape[1] - size) // 2
    return rgb[top : top + size, left : left + size]


def square_lightness(pixels: np.ndarray, side: int) -> np.ndarray:
    """L* of a whole photograph squeezed into a square: float32 `(side, side, 1)`.

    This is the input of an extractor, in training and in use.

    Args:
        pixels: uint8, grey `(H, W)` or sRGB `(H, W, 3)`.
    """
    return lab.rgb_to_lightness(resize(pixels, (side, side)))[..., None]
