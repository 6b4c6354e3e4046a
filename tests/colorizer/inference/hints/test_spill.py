"""How far a hint fills the outline of what was hinted, and how much of it ends up beyond, with the network that ships.

The pictures have two regions of one mean lightness and of different texture, so that only texture tells them apart.
"""

import numpy as np
import pytest
import skimage.data
from scipy.ndimage import gaussian_filter

from colorizer.color import lab
from colorizer.evaluation import levin
from colorizer.inference.hints.hint import Hint

PICTURES, SIDE = 30, 192


def textures(rng):
    """Photographs of surfaces, stripes, and noise of two sizes."""
    for name in ("brick", "grass", "gravel"):
        top, left = rng.integers(0, 512 - SIDE, 2)
        yield getattr(skimage.data, name)()[top : top + SIDE, left : left + SIDE].astype(float)
    angle, y, x = rng.uniform(0, np.pi), *np.mgrid[:SIDE, :SIDE]
    yield np.sin((x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(0.3, 1.2))
    yield gaussian_filter(rng.normal(size=(SIDE, SIDE)), rng.uniform(0.8, 2))
    yield gaussian_filter(rng.normal(size=(SIDE, SIDE)), rng.uniform(6, 12))


def picture(seed):
    """A grey picture, where its hinted region is, and row and column of the hint."""
    rng = np.random.default_rng(seed)
    found, (y, x) = list(textures(rng)), np.mgrid[:SIDE, :SIDE]
    one, two = (found[i] for i in rng.choice(len(found), 2, replace=False))
    if seed % 2:
        inside = ((y - 96) / rng.uniform(40, 70)) ** 2 + ((x - 96) / rng.uniform(40, 70)) ** 2 < 1
    else:
        inside = x < 96 + 20 * np.sin(y / rng.uniform(15, 40))
    detail = [texture - gaussian_filter(texture, 20) for texture in (one, two)]
    first, second = (50 + 8 * np.clip(values / values.std(), -2, 2) for values in detail)
    lightness = np.where(inside, first, second).astype(np.float32)
    return lab.lightness_to_gray(lightness), inside, (96, 96) if seed % 2 else (96, 45)


@pytest.mark.long
def test_a_hint_fills_an_outline_that_only_texture_shows_and_a_quarter_at_most_spills_beyond(colorizer):
    ours, filled = [], []
    for seed in range(PICTURES):
        gray, inside, (row, column) = picture(seed)
        prediction = colorizer.predict(gray)
        before, after = (
            lab.rgb_to_lab(colorizer.render(gray, prediction.with_hints(hints)))[..., 1:]
            for hints in ((), [Hint(column, row, (40, -30))])
        )
        changed = lab.chroma(after - before)
        ours.append(changed[~inside].sum() / changed.sum())
        missing = lab.chroma(after - (40, -30)) / lab.chroma(before[row, column] - (40, -30))
        filled.append(1 - np.minimum(missing, 1)[inside].mean())
    gray, inside, (row, column) = picture(0)
    known = np.zeros(gray.shape, bool)
    known[row - 3 : row + 4, column - 3 : column + 4] = True
    theirs = levin.propagate(lab.rgb_to_lightness(gray), np.ones((*gray.shape, 1)), known)[..., 0]
    assert np.mean(ours) < 0.25  # measured: 0.07
    assert np.mean(filled) > 0.5  # measured: 0.58
    assert theirs[~inside].sum() / theirs.sum() > np.mean(ours)
