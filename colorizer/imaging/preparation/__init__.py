"""Before colouring: turn, straighten, crop, invert a negative. The file of the photograph is never changed."""

from colorizer.imaging.preparation.apply import prepare, prepare_pixels
from colorizer.imaging.preparation.frame import Frame
from colorizer.imaging.preparation.preparation import (
    AS_IT_IS,
    MAX_STRAIGHTEN,
    TURNS,
    WHOLE,
    CropError,
    Preparation,
    PreparationError,
    StraightenError,
    TurnError,
)
from colorizer.imaging.preparation.scan import find_in_scan

__all__ = [
    "AS_IT_IS",
    "MAX_STRAIGHTEN",
    "TURNS",
    "WHOLE",
    "CropError",
    "Frame",
    "Preparation",
    "PreparationError",
    "StraightenError",
    "TurnError",
    "find_in_scan",
    "prepare",
    "prepare_pixels",
]
