import numpy as np

from colorizer.color import lab
from colorizer.color.bins import AB_GRID, ab_bins


def test_ab_bins_hold_every_color_of_a_random_picture(rng):
    bins = {tuple(b) for b in ab_bins()}
    assert len(bins) == 261
    colors = lab.rgb_to_lab(rng.integers(0, 256, (20000, 3), dtype=np.uint8))[:, 1:]
    assert {tuple(c) for c in np.rint(colors / AB_GRID) * AB_GRID} <= bins
