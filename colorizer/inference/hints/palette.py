"""All colours that a place can have, given its lightness: a table of hues and strengths for a colour picker."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from colorizer.color import lab

HUES = 72
"""Number of hues, evenly spaced in the hue angle of CIELAB, beginning at 0 degrees (pink)."""

STRENGTHS = 11
"""Number of steps from grey to the strongest colour that sRGB can show."""

_BEYOND = 140.0  # more chroma than any colour of sRGB has


@dataclass(frozen=True)
class Palette:
    """The colours that sRGB can show at one lightness."""

    ab: np.ndarray
    """float32 (HUES, STRENGTHS, 2)."""
    rgb: np.ndarray
    """uint8 (HUES, STRENGTHS, 3), the same colours as they look at this lightness."""


@lru_cache(maxsize=32)
def palette(lightness: int) -> Palette:
    """The colours that are possible at a lightness L*, 0..100.

    Every hue has the same number of steps, however weak its strongest colour is.
    """
    angles = np.radians(np.arange(HUES) * 360 / HUES)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1).astype(np.float32)
    strongest = lab.merge(np.full(HUES, lightness, np.float32), _BEYOND * directions)
    # Measured along the hue: the colour that is read back from 8-bit codes may lie a little beside it.
    chroma = np.maximum((lab.rgb_to_lab(strongest)[:, 1:] * directions).sum(axis=-1), 0)
    shares = np.linspace(0, 1, STRENGTHS, dtype=np.float32)
    ab = (chroma[:, None] * shares)[..., None] * directions[:, None]
    return Palette(ab, lab.merge(np.full(ab.shape[:2], lightness, np.float32), ab))
