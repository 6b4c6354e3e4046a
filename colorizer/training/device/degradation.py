"""`imaging.degradation` for the device, in JAX: the same defects with the same probabilities, for one picture.

Every defect is computed and then kept or not, so that the whole can be compiled and mapped over a batch. A change in
one of the two files needs the same change in the other; a test compares their statistics.
"""

from functools import cache

import jax.numpy as jnp
import numpy as np

from colorizer.color import formulas
from colorizer.imaging.degradation import ORTHOCHROMATIC, PANCHROMATIC
from colorizer.training.device import resampling
from colorizer.training.device.draws import Draws

BLUR_RADIUS = 5
"""Of the largest blur: `scipy.ndimage.gaussian_filter` cuts a Gaussian off at four standard deviations, here 1.3."""

SCRATCHES, SPECKS = 5, 11
"""At most so many of each."""


def degrade(linear, draws: Draws):
    """A colour photograph as old film and a poor scan would show it; see `imaging.degradation.degrade`.

    Args:
        linear: linear light of the photograph, 0..1, float32 `(H, W, 3)`.
        draws: draws the defects and how strong they are.

    Returns:
        L*, float32 `(H, W)`, 0..100.
    """
    lightness = _expose(linear, draws)
    for chance, defect in ((0.3, _soften), (0.7, _change_contrast), (0.3, _bleach), (0.5, _grain), (0.2, _scratch)):
        lightness = jnp.where(draws.chance(chance), defect(lightness, draws), lightness)
    return jnp.clip(lightness, 0, 100)


def add_border(rgb, draws: Draws):
    """A photograph with a grey border on some of its sides; see `imaging.degradation.add_border`.

    Args:
        rgb: sRGB, 0..255, float32 `(H, W, 3)`.
        draws: draws the sides, how broad the border is on each, and its shade.
    """
    height, width, _ = rgb.shape
    shade = jnp.where(draws.chance(0.5), draws.integer(0, 40), draws.integer(200, 256))
    breadth = jnp.round(draws.uniform(0.01, 0.08, (4,)) * min(height, width))
    breadth = jnp.where(draws.chance(0.6, (4,)), breadth, 0)
    rows, columns = jnp.arange(height)[:, None], jnp.arange(width)
    inside = (rows >= breadth[0]) & (columns < width - breadth[1])
    inside &= (rows < height - breadth[2]) & (columns >= breadth[3])
    return jnp.where(inside[..., None], rgb, shade)


def _expose(linear, draws: Draws):
    film = (1 - draws.uniform() ** 2) * jnp.array(PANCHROMATIC)
    film = film + (1 - film.sum()) * jnp.array(ORTHOCHROMATIC)  # old film is rarer
    f = formulas.white_share_to_f(jnp.clip((linear * film).sum(axis=-1), 0, 1), jnp)
    return formulas.f_to_lab(f, f, f)[0]


def _soften(lightness, draws: Draws):
    return blur(lightness, draws.uniform(0.3, 1.3))


def _change_contrast(lightness, draws: Draws):
    """Change gamma, then either narrow the range (faded) or widen it (hard: shadows and highlights are lost)."""
    curved = 100 * (jnp.clip(lightness, 0, 100) / 100) ** jnp.exp(draws.normal(0.25))
    faded, black, white = draws.chance(0.5), draws.uniform(), draws.uniform()
    black = jnp.where(faded, 25 * black, 25 * black - 25)
    white = jnp.where(faded, 70 + 30 * white, 100 + 20 * white)
    return black + curved * (white - black) / 100


def _bleach(lightness, draws: Draws):
    """Make some places lighter and others darker, in a smooth pattern."""
    coarse = draws.normal(draws.uniform(2, 8), (3, 3))
    return lightness + resampling.resample(coarse[..., None], lightness.shape)[..., 0]


def _grain(lightness, draws: Draws):
    noise = draws.noise(lightness.shape)
    noise = jnp.where(draws.chance(0.5), 2.5 * blur(noise, 0.7), noise)
    return lightness + draws.uniform(0.5, 5) * noise


def _scratch(lightness, draws: Draws):
    """Draw scratches along the film, and specks of dust."""
    height, width = lightness.shape
    rows, columns = jnp.arange(height)[:, None], jnp.arange(width)

    def add(lightness, masks, how_many, dark, light):
        amounts = jnp.where(draws.chance(0.5, (len(masks), 1, 1)), dark, light)
        kept = masks & (jnp.arange(len(masks))[:, None, None] < how_many)
        return lightness + jnp.where(kept, amounts, 0).sum(axis=0)

    shape = (SCRATCHES, 1, 1)
    top, left, slope = draws.integer(0, height, shape), draws.integer(0, width, shape), draws.uniform(-0.2, 0.2, shape)
    scratches = (rows >= top) & (columns == left + jnp.trunc(slope * (rows - top)).astype(jnp.int32))
    lightness = add(lightness, scratches, draws.integer(1, SCRATCHES + 1), -30, 40)
    shape = (SPECKS, 1, 1)
    top, left, size = draws.integer(0, height, shape), draws.integer(0, width, shape), draws.integer(1, 4, shape)
    specks = (rows >= top) & (rows < top + size) & (columns >= left) & (columns < left + size)
    return add(lightness, specks, draws.integer(0, SPECKS + 1), -40, 50)


def blur(picture, sigma):
    """`scipy.ndimage.gaussian_filter` of `(H, W)`, as products with matrices, which compile faster than shifts."""
    offsets = np.arange(-BLUR_RADIUS, BLUR_RADIUS + 1)
    weights = jnp.exp(-0.5 * (offsets / sigma) ** 2) * (np.abs(offsets) <= jnp.floor(4 * sigma + 0.5))
    weights = weights / weights.sum()
    down, across = (jnp.einsum("o,oij->ij", weights, _shifts(length), precision="highest") for length in picture.shape)
    return jnp.einsum("ij,jk,lk->il", down, picture, across, precision="highest")


@cache
def _shifts(length: int) -> np.ndarray:
    """Matrices that shift by -`BLUR_RADIUS` to `BLUR_RADIUS`, mirrored at the edges: `(shifts, length, length)`."""
    padded = np.pad(np.eye(length, dtype=np.float32), ((BLUR_RADIUS, BLUR_RADIUS), (0, 0)), mode="symmetric")
    return np.stack([padded[start : start + length] for start in range(2 * BLUR_RADIUS + 1)])
