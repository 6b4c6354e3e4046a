"""The grid of ab bins, over which the classifying networks give a distribution.

Source: Zhang, Isola, Efros 2016, *Colorful Image Colorization*, arXiv 1603.08511, section 2.
"""

from functools import cache

import numpy as np

from colorizer.color.lab import rgb_to_lab

AB_GRID = 10
"""Side of an ab bin, in units of a* and b* (Zhang et al. 2016)."""


class BinsError(ValueError):
    """There is no grid of ab bins of that size."""


@cache
def ab_bins() -> np.ndarray:
    """Centres of the ab bins that some sRGB colour falls into: float32 `(261, 2)`, sorted by a*, then b*.

    Zhang et al. count 313 with a looser rule (see `ab_bins_zhang`). A bin that no 8-bit colour rounds to is left out:
    a network could neither learn nor show it.
    """
    return _centers(np.rint(_gamut_ab() / AB_GRID))


@cache
def ab_bins_zhang() -> np.ndarray:
    """The 313 bins of Zhang et al. 2016, as they published them: float32 `(313, 2)`, sorted by a*, then b*.

    These are the corners of every grid square that contains an sRGB colour (309 corners), and four more at the edge.
    """
    low = np.floor(_gamut_ab() / AB_GRID)
    corners = [low + np.array([a, b]) for a in (0, 1) for b in (0, 1)]
    rim = [(4, 9), (10, -9), (10, -1), (10, 0)]
    return _centers(np.concatenate([*corners, rim]))


def bins_of(count: int) -> np.ndarray:
    """The grid with `count` bins, float32 `(count, 2)`: `ab_bins()` for 261, `ab_bins_zhang()` for 313.

    Raises:
        BinsError: there is no such grid.
    """
    grids = {261: ab_bins, 313: ab_bins_zhang}
    if count not in grids:
        raise BinsError(f"A grid of ab bins has 261 or 313 of them. Received {count}.")
    return grids[count]()


def _centers(steps: np.ndarray) -> np.ndarray:
    """The different ones of these places on the grid, `(n, 2)` in steps of it: ab, float32, sorted by a*, then b*."""
    half = 100  # more steps than ab has on either side of grey
    rows, columns = steps.T.astype(int) + half
    seen = np.zeros((2 * half, 2 * half), bool)  # to sort pairs would take half a second
    seen[rows, columns] = True
    return ((np.argwhere(seen) - half) * AB_GRID).astype(np.float32, order="C")


def _gamut_ab() -> np.ndarray:
    """ab of all 8-bit colours on the faces of the RGB cube, `(n, 2)`: they cover the same ab as the whole cube."""
    u, v = np.meshgrid(*2 * [np.arange(256, dtype=np.uint8)], indexing="ij")
    faces = [np.stack([np.full_like(u, level), u, v], axis=-1) for level in (0, 255)]
    rgb = np.concatenate([np.roll(face, shift, axis=-1) for face in faces for shift in range(3)]).reshape(-1, 3)
    return rgb_to_lab(rgb)[:, 1:]
