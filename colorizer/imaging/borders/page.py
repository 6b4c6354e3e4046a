"""What a scan shows besides a photograph: its border; or no photograph at all."""

from dataclasses import dataclass

import numpy as np

from colorizer.color import lab
from colorizer.imaging import limits, resizing
from colorizer.imaging.borders.border import Border
from colorizer.imaging.borders.edge import DARKEST
from colorizer.imaging.borders.search import find_border
from colorizer.imaging.borders.sharpening import sharpen

SIDE = 512
"""Longest side, in pixels, of the copy on which borders are looked for."""

PAPER = 80.0
"""Lowest L* of blank paper; unexposed film has at most `DARKEST`."""

UNEVEN = 5.0
"""Largest difference in L* between parts of a blank page: uneven light, yellowed margins."""

MARK = 4.0
"""Difference in L* from the part of the page around it from which a pixel is a mark."""

MARKED = 0.01
"""Largest share of a blank page that is marks: dust, a crease, a word."""

SMALLEST = 0.1
"""Least width and height of the photograph inside a border, as a share of the picture's."""

_PARTS = 8  # of a side


@dataclass(frozen=True)
class Page:
    """What `examine` has found."""

    border: Border | None
    """None where the photograph fills the picture."""
    is_blank: bool
    """Whether there is no photograph, only paper or unexposed film, with at most a few marks."""


def examine(pixels: np.ndarray) -> Page:
    """Look for the border of a scan, and whether there is a photograph inside.

    Args:
        pixels: uint8 or uint16, grey `(H, W)`, or uint8, sRGB `(H, W, 3)`.
    """
    lightness = lab.rgb_to_lightness(resizing.preview(pixels, SIDE))
    border = find_border(lightness)
    if border is None:
        return Page(None, _is_blank(lightness))
    if _is_blank(lightness[border.box(lightness.shape)]):
        return Page(None, True)
    border = sharpen(border, pixels, pixels.shape[0] / lightness.shape[0])
    for side, size in zip(border.box(pixels.shape[:2]), pixels.shape, strict=False):
        if side.stop - side.start < max(limits.MIN_SIDE, SMALLEST * size):
            return Page(None, False)
    return Page(border, False)


def _is_blank(lightness: np.ndarray) -> bool:
    """Whether L* `(h, w)` is all of one light or dark tone, apart from a few marks."""
    middle = np.median(lightness[::4, ::4])
    if DARKEST < middle < PAPER or (np.abs(lightness[::4, ::4] - middle) > UNEVEN + MARK).mean() > 4 * MARKED:
        return False
    down, across = (min(_PARTS, size) for size in lightness.shape)
    height, width = lightness.shape[0] // down, lightness.shape[1] // across
    parts = lightness[: height * down, : width * across].reshape(down, height, across, width)
    tones = np.median(parts, axis=(1, 3), keepdims=True)
    return bool(np.ptp(tones) <= UNEVEN and (np.abs(parts - tones) > MARK).mean() <= MARKED)
