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

    Zhang et al. count 313 with a looser rule (see `ab_bins_zhang`); a bin that no 8-bit colour rounds to can be
    neither learnt nor shown.
    """
    return np.unique(np.rint(_gamut_ab() / AB_GRID) * AB_GRID, axis=0).astype(np.float32)


@cache
def ab_bins_zhang() -> np.ndarray:
    """The 313 bins of Zhang et al. 2016, as they published them: float32 `(313, 2)`, sorted by a*, then b*.

    Every corner of a square of the grid that some sRGB colour lies in, which makes 309, and four more at the rim.
    """
    low = np.floor(_gamut_ab() / AB_GRID)
    corners = [(low + np.array([a, b])) * AB_GRID for a in (0, 1) for b in (0, 1)]
    rim = [(40, 90), (100, -90), (100, -10), (100, 0)]
    return np.unique(np.concatenate([*corners, rim]), axis=0).astype(np.float32)


def bins_of(count: int) -> np.ndarray:
    """The grid with so many bins: 261 is `ab_bins()`, 313 `ab_bins_zhang()`.

    Raises:
        BinsError: there is no such grid.
    """
    grids = {261: ab_bins, 313: ab_bins_zhang}
    if count not in grids:
        raise BinsError(f"A grid of ab bins has 261 or 313 of them. Received {count}.")
    return grids[count]()


def _gamut_ab() -> np.ndarray:
    """The ab of all colours on the faces of the RGB cube, `(n, 2)`: seen along L*, they cover its inside."""
    u, v = np.meshgrid(*2 * [np.arange(256, dtype=np.uint8)], indexing="ij")
    faces = [np.stack([np.full_like(u, level), u, v], axis=-1) for level in (0, 255)]
    rgb = np.concatenate([np.roll(face, shift, axis=-1) for face in faces for shift in range(3)]).reshape(-1, 3)
    return rgb_to_lab(rgb)[:, 1:]
