"""Put the coloured inside of a scan back into its border, which stays as neutral as paper and film are."""

from collections.abc import Sequence

import numpy as np

from colorizer.color import lab
from colorizer.imaging import resizing
from colorizer.imaging.borders.border import Border
from colorizer.inference import rendering
from colorizer.inference.hints import propagation
from colorizer.inference.hints.features import describe
from colorizer.inference.hints.hint import Hint

HINTED_SIDE = 256
"""Longest side, in pixels, of the copy on which hints for the border are carried to what belongs together."""

_NEUTRAL = np.zeros((4, 1, 1), np.float32)  # coefficients that give no colour


def as_it_is(pixels: np.ndarray, depth: int = 8) -> np.ndarray:
    """A picture as sRGB `(H, W, 3)`, uint8 or, for a depth of 16 bits, uint16. Its own colours are kept."""
    if depth == 8:
        pixels = rendering.as_8_bit(pixels)
    elif pixels.dtype == np.uint8:
        pixels = pixels.astype(np.uint16) * 257
    elif pixels.dtype != np.uint16:
        pixels = np.rint(np.clip(np.nan_to_num(pixels), 0, 1) * 65535).astype(np.uint16)
    return pixels.copy() if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)


def surround(pixels: np.ndarray, inside: np.ndarray, border: Border, around: np.ndarray | None = None) -> np.ndarray:
    """The whole picture, sRGB `(H, W, 3)`, from its inside and its border.

    Args:
        pixels: the whole picture, see `rendering.as_pixels`.
        inside: its coloured inside, uint8 or uint16 `(h, w, 3)`: what `border.box` covers.
        around: the whole picture with a coloured border, of the same type; None leaves the border neutral.
    """
    height, width = pixels.shape[:2]
    rows, columns = border.box((height, width))
    rgb = np.empty((height, width, 3), inside.dtype)
    rgb[rows, columns] = inside

    def outer(part: tuple[slice, slice]) -> np.ndarray:
        depth = 16 if inside.dtype == np.uint16 else 8
        return around[part] if around is not None else rendering.join(pixels[part], _NEUTRAL, depth=depth)

    above, below = slice(0, rows.start), slice(rows.stop, height)
    before, after = slice(0, columns.start), slice(columns.stop, width)
    for part in ((above, slice(0, width)), (below, slice(0, width)), (rows, before), (rows, after)):
        if rgb[part].size:
            rgb[part] = outer(part)
    for part in border.slivers((height, width)):
        rgb[part] = np.where(border.outside((height, width), part)[..., None], outer(part), rgb[part])
    return rgb


def color_border(
    pixels: np.ndarray, hints: Sequence[Hint], size: tuple[int, int], saturation: float, depth: int = 8
) -> np.ndarray:
    """A picture with the colours that hints give to its border, sRGB `(H, W, 3)`: uint8, or uint16 for 16 bits.

    Args:
        pixels: the whole picture, see `rendering.as_pixels`.
        hints: those for places in the border.
        size: height and width of the photograph that the hints count in, in pixels.
    """
    lightness = lab.rgb_to_lightness(resizing.preview(rendering.as_8_bit(pixels), HINTED_SIDE))
    neutral = np.zeros((*lightness.shape, 2), np.float32)
    correction = np.float32(saturation) * propagation.correction(neutral, lightness, describe(neutral), hints, size)
    return rendering.join(pixels, _NEUTRAL, correction, depth)
