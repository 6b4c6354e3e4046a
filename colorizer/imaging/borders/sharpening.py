"""Find the edges of a border more exactly, in the full-size scan, after they were found on a small copy."""

import numpy as np

from colorizer.color import lab
from colorizer.imaging.borders.border import Border

PLACES = 256
"""Number of places along an edge at which it is looked for."""

REACH = 2.0
"""How far on both sides of the known edge, in pixels of the small copy."""

CONTRAST = 8.0
"""Least difference in L* between border and photograph at a place that counts."""

AGREEING = 0.3
"""Least share of the places that must agree; with fewer the edge stays as it is."""


def sharpen(border: Border, pixels: np.ndarray, scale: float) -> Border:
    """A border whose edges are exact to a pixel of the scan.

    Args:
        border: as it was found on a small copy.
        pixels: the scan, grey `(H, W)` or sRGB `(H, W, 3)`.
        scale: pixels of the scan per pixel of the small copy.
    """
    if scale < 1.5:
        return border
    across = np.swapaxes(pixels, 0, 1)
    sides = (border.top, pixels), (border.bottom, pixels[::-1]), (border.left, across), (border.right, across[::-1])
    return Border(*(_sharpen(ends, view, scale) if any(ends) else ends for ends, view in sides))


def _sharpen(ends: tuple[float, float], view: np.ndarray, scale: float) -> tuple[float, float]:
    """The same for the edge along the first row of a view."""
    depth, length = view.shape[:2]
    places = np.linspace(0.02 * length, 0.98 * length - 1, min(PLACES, length)).astype(int)
    line = depth * np.interp((places + 0.5) / length, (0, 1), ends)
    reach = int(np.ceil(REACH * scale))
    offsets = np.arange(-reach, reach + 1)
    rows = np.clip(line.astype(int) + offsets[:, None], 0, depth - 1)
    lightness = lab.rgb_to_lightness(view[rows, places])
    quarter = max(1, reach // 2)
    outside, inside = np.median(lightness[:quarter], axis=0), np.median(lightness[-quarter:], axis=0)
    # The first row that is nearer to the photograph than to the border.
    crossed = np.abs(lightness - outside) > np.abs(lightness - inside)
    moved = offsets[crossed.argmax(axis=0)]
    usable = np.abs(inside - outside) >= CONTRAST
    if not usable.any():
        return ends
    usable &= np.abs(moved - np.median(moved[usable])) <= scale
    if usable.mean() < AGREEING:
        return ends
    slope, start = np.polyfit(places[usable] + 0.5, (line.astype(int) + moved)[usable], 1)
    return float(max(0, start) / depth), float(max(0, start + slope * length) / depth)
