"""Film degradation: make colour photographs for training look like scans of old photographs.

Old scans differ from clean grey JPEGs: the film reacted little to red, the contrast has faded or was too high from the
start, and there are grain, blur, scratches, dust, uneven bleaching and a border. The network still learns the true
colours.
"""

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from colorizer.color import lab
from colorizer.color.formulas import linear_to_srgb

PANCHROMATIC = (0.2127, 0.7152, 0.0722)
"""Weights of linear red, green and blue in luminance, for the eye and for film since about 1930."""

ORTHOCHROMATIC = (0.05, 0.50, 0.45)
"""The same for older film, which hardly reacts to red: red lips and brick are nearly black, blue sky is white."""


def degrade(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A colour photograph as old film and a poor scan would show it.

    Args:
        rgb: uint8 sRGB `(H, W, 3)`.
        rng: draws the defects and how strong they are.

    Returns:
        L*, float32 `(H, W)`, 0..100.
    """
    lightness = _expose(rgb, rng)
    for chance, defect in ((0.3, _soften), (0.7, _change_contrast), (0.3, _bleach), (0.5, _grain), (0.2, _scratch)):
        if rng.random() < chance:
            lightness = defect(lightness, rng)
    return np.clip(lightness, 0, 100).astype(np.float32)


def add_border(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photograph with a grey border on some of its sides, as prints and film have: uint8 sRGB `(H, W, 3)`."""
    rgb = rgb.copy()
    height, width = rgb.shape[:2]
    shade = rng.choice([rng.integers(0, 40), rng.integers(200, 256)])
    for side in range(4):
        if rng.random() < 0.6:
            breadth = round(rng.uniform(0.01, 0.08) * min(height, width))
            np.rot90(rgb, side)[:breadth] = shade
    return rgb


def _expose(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    film = (1 - rng.random() ** 2) * np.array(PANCHROMATIC)
    film = film + (1 - film.sum()) * np.array(ORTHOCHROMATIC)  # old film is rarer
    luminance = lab.linear_rgb(rgb) @ film.astype(np.float32)
    return lab.rgb_to_lightness(linear_to_srgb(luminance))


def _soften(lightness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return gaussian_filter(lightness, rng.uniform(0.3, 1.3))


def _change_contrast(lightness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change gamma, then either narrow the range (faded) or widen it (hard: shadows and highlights are lost)."""
    curved = 100 * (np.clip(lightness, 0, 100) / 100) ** np.exp(rng.normal(0, 0.25))
    if rng.random() < 0.5:
        black, white = rng.uniform(0, 25), rng.uniform(70, 100)
    else:
        black, white = rng.uniform(-25, 0), rng.uniform(100, 120)
    return black + curved * (white - black) / 100


def _bleach(lightness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make some places lighter and others darker, in a smooth pattern."""
    coarse = rng.normal(0, rng.uniform(2, 8), (3, 3))
    height, width = lightness.shape
    return lightness + zoom(coarse, (height / 3, width / 3), order=1, grid_mode=True, mode="nearest")


def _grain(lightness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(lightness.shape, np.float32)
    if rng.random() < 0.5:
        noise = 2.5 * gaussian_filter(noise, 0.7)
    return lightness + rng.uniform(0.5, 5) * noise


def _scratch(lightness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw scratches along the film, and specks of dust."""
    lightness = lightness.copy()
    height, width = lightness.shape
    for _ in range(rng.integers(1, 6)):
        rows = np.arange(rng.integers(height), height)
        columns = rng.integers(width) + (rng.uniform(-0.2, 0.2) * (rows - rows[0])).astype(int)
        inside = (columns >= 0) & (columns < width)
        lightness[rows[inside], columns[inside]] += rng.choice([-30, 40])
    for _ in range(rng.integers(0, 12)):
        row, column, size = rng.integers(height), rng.integers(width), rng.integers(1, 4)
        lightness[row : row + size, column : column + size] += rng.choice([-40, 50])
    return lightness
