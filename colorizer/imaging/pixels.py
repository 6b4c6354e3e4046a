"""Arrays of pixels: check their type, tell whether they are grey, convert them to grey."""

import numpy as np

from colorizer.color import lab

ROWS = 256
"""Rows handled at a time, so that there is never a second full-size copy of a picture in memory."""


def check_pixels(pixels: np.ndarray) -> None:
    gray = pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16)
    if not gray and (pixels.ndim != 3 or pixels.shape[-1] != 3 or pixels.dtype != np.uint8):
        raise lab.PixelTypeError(
            f"pixels must be uint8 or uint16 (H, W), or uint8 (H, W, 3). Received {pixels.dtype} {pixels.shape}."
        )


def is_neutral(rgb: np.ndarray) -> bool:
    """Whether all pixels are grey; of a picture in colour, only the rows up to the first colour are looked at."""
    blocks = (rgb[top : top + ROWS] for top in range(0, len(rgb), ROWS))
    return all((block[..., 0] == block[..., 1]).all() and (block[..., 1] == block[..., 2]).all() for block in blocks)


def to_gray(pixels: np.ndarray) -> np.ndarray:
    """Grey `(H, W)` of the same L*: colour uint8 `(H, W, 3)` becomes uint8; grey uint8 or uint16 stays as it is."""
    check_pixels(pixels)
    if pixels.ndim == 2:
        return pixels
    gray = np.empty(pixels.shape[:2], np.uint8)
    for top in range(0, len(pixels), ROWS):
        rows = slice(top, top + ROWS)
        gray[rows] = lab.lightness_to_gray(lab.rgb_to_lightness(pixels[rows]))
    return gray
