"""The steps that every picture passes, real or recoloured, as one value.

This package knows no colour maths: it is handed in, so that a study shows what `colorizer` makes of a photograph. Were
the maths written here again, real and recoloured pictures could come to differ by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np


@dataclass(frozen=True)
class Pipeline:
    """The steps that every picture passes."""

    read: Callable[[bytes], np.ndarray]
    """file -> upright pixels: grey `(H, W)`, or uint8 sRGB `(H, W, 3)`; ValueError for what is no photograph"""
    resize: Callable[[np.ndarray, tuple[int, int]], np.ndarray]
    """uint8 sRGB and (height, width) -> uint8 sRGB of that size"""
    rgb_to_lab: Callable[[np.ndarray], np.ndarray]
    """uint8 sRGB `(..., 3)` -> float Lab `(..., 3)`"""
    merge: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """L* `(...)` and ab `(..., 2)` -> uint8 sRGB `(..., 3)`, chroma reduced to the gamut, L* kept"""

    @classmethod
    def from_modules(cls, images: ModuleType, lab: ModuleType) -> "Pipeline":
        """The steps of `colorizer.images` and `colorizer.color.lab`: the same for every study, whoever builds it."""
        return cls(lambda data: images.read(data).pixels, images.resize, lab.rgb_to_lab, lab.merge)
