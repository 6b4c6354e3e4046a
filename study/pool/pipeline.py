"""The image functions that process every picture of a study, real or recoloured.

This package contains no colour conversion of its own. The functions of `colorizer` are passed in, so that real and
recoloured pictures cannot differ because of a second implementation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np


@dataclass(frozen=True)
class Pipeline:
    """The image functions that process every picture."""

    read: Callable[[bytes], np.ndarray]
    """file -> upright pixels: grey `(H, W)` or uint8 sRGB `(H, W, 3)`; ValueError if it is not a photograph"""
    resize: Callable[[np.ndarray, tuple[int, int]], np.ndarray]
    """uint8 sRGB and (height, width) -> uint8 sRGB of that size"""
    rgb_to_lab: Callable[[np.ndarray], np.ndarray]
    """uint8 sRGB `(..., 3)` -> float Lab `(..., 3)`"""
    merge: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """L* `(...)` and ab `(..., 2)` -> uint8 sRGB `(..., 3)`, chroma reduced to the gamut, L* kept"""

    @classmethod
    def from_modules(cls, images: ModuleType, lab: ModuleType) -> "Pipeline":
        """The functions of `colorizer.images` and `colorizer.color.lab`, which every study uses."""
        return cls(lambda data: images.read(data).pixels, images.resize, lab.rgb_to_lab, lab.merge)
