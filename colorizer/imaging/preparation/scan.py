"""Find the photograph in a scan that lies askew and has a border: the preparation that straightens it and crops it."""

import math

import numpy as np
from PIL import Image

from colorizer.color import lab
from colorizer.imaging import resizing
from colorizer.imaging.borders.border import Border
from colorizer.imaging.borders.page import SIDE
from colorizer.imaging.borders.search import find_border
from colorizer.imaging.preparation.preparation import MAX_STRAIGHTEN, CropError, Preparation

ROTATIONS = (0, -4, 4, -8, 8, -12, 12)
"""Degrees by which the scan is rotated before its border is looked for, which is found if it is then nearly level."""

INSET = 0.003
"""What is cut off besides the border, as a share of each side: its edge is known to a pixel of a small copy."""

REFINED = 2
"""How often the rotation is measured again in the scan that was straightened by what was known."""

_LEVEL = 0.15  # degrees; less is not seen


def find_in_scan(pixels: np.ndarray) -> Preparation | None:
    """The preparation that leaves the photograph of a scan without its border and level; None if there is no border.

    Args:
        pixels: the upright scan: uint8 or uint16, grey `(H, W)`, or uint8, sRGB `(H, W, 3)`.
    """
    lightness = lab.rgb_to_lightness(resizing.preview(pixels, SIDE))
    for degrees in ROTATIONS:
        border = find_border(_rotated(lightness, degrees))
        # Of a scan that was rotated, a border on one side alone may be one of the corners that were empty.
        if border is None or (degrees and not all(map(any, _sides(border)))):
            continue
        straighten, level = float(degrees), border
        for _ in range(REFINED):
            straighten = round(straighten - _tilt(level, lightness.shape), 1)
            level = find_border(_rotated(lightness, straighten)) or level
        if abs(straighten) > MAX_STRAIGHTEN:
            continue
        if abs(straighten) < _LEVEL:
            straighten, level = 0.0, find_border(lightness) or level
        try:
            found = Preparation(straighten=straighten, crop=_crop(level))
            found.check(pixels.shape[:2])
        except CropError:
            continue
        return found
    return None


def _rotated(lightness: np.ndarray, degrees: float) -> np.ndarray:
    """L* rotated clockwise about its middle; empty corners get the tone that is usual along the sides."""
    if degrees == 0:
        return lightness
    ring = np.concatenate([lightness[0], lightness[-1], lightness[:, 0], lightness[:, -1]])
    image = Image.fromarray(lightness.astype(np.float32))
    return np.asarray(image.rotate(-degrees, Image.Resampling.BILINEAR, fillcolor=float(np.median(ring))))


def _tilt(border: Border, shape: tuple[int, int]) -> float:
    """By how many degrees clockwise the photograph lies askew: the median of its edges."""
    height, width = shape
    rises = (
        (border.top[1] - border.top[0]) * height / width,
        (border.bottom[0] - border.bottom[1]) * height / width,
        (border.left[0] - border.left[1]) * width / height,
        (border.right[1] - border.right[0]) * width / height,
    )
    known = [rise for rise, side in zip(rises, _sides(border), strict=True) if any(side)]
    return math.degrees(math.atan(float(np.median(known))))


def _crop(border: Border) -> tuple[float, float, float, float]:
    left, top, right, bottom = (
        max(side) + INSET if any(side) else 0.0 for side in (border.left, border.top, border.right, border.bottom)
    )
    return left, top, 1 - right, 1 - bottom


def _sides(border: Border) -> tuple[tuple[float, float], ...]:
    return border.top, border.bottom, border.left, border.right
