"""Resizing: one function that training, evaluation and use all share, and helpers built on it."""

import numpy as np
from PIL import Image

from colorizer.color import lab
from colorizer.imaging.errors import TooSmallError
from colorizer.imaging.pixels import check_pixels


def resize(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resample to `size` (height, width), antialiased, in encoded values; used both in training and in use.

    `pixels` is grey uint8 or uint16 `(H, W)` or uint8 `(H, W, 3)`; dtype and channels do not change. The filter is a
    triangle two target pixels wide (Pillow's BILINEAR), so that shrinking averages all the pixels that it covers.

    Raises:
        TooSmallError: a side of `size` is under 1.
        PixelTypeError: `pixels` is of another type or shape.
    """
    check_pixels(pixels)
    height, width = size
    if min(height, width) < 1:
        raise TooSmallError(f"size must be (height, width) of at least 1 pixel each. Received size={size}.")
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def preview(pixels: np.ndarray, max_side: int) -> np.ndarray:
    """A uint8 copy for the screen, `(h, w)` or `(h, w, 3)`, neither side above `max_side`; never enlarged."""
    height, width = pixels.shape[:2]
    scale = min(1, max_side / max(height, width))
    small = resize(pixels, (max(1, round(height * scale)), max(1, round(width * scale))))
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
