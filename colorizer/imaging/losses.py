"""What of a photograph's file a result cannot hold, in words for users."""

import numpy as np

from colorizer.imaging.reading import Photo


def describe_losses(photo: Photo, format: str) -> list[str]:
    """What a result of this format lacks of the photograph: a sentence each.

    Args:
        photo: as read for this format: with `master` for "tiff".
        format: "png", "jpeg" or "tiff".
    """
    lost = []
    deep = photo.bits > 8
    if deep and format != "tiff":
        lost.append(f"its {photo.bits} bits became 8: --format tiff keeps 16.")
    elif deep and photo.pixels.dtype == np.uint8:
        lost.append(f"its {photo.bits} bits became 8: its colour profile is one that can be read with 8 only.")
    if photo.has_alpha and photo.alpha is None:
        lost.append("what is transparent became white: --format tiff keeps it.")
    if photo.pictures > 1 and photo.format != "TIFF":
        lost.append(f"it holds {photo.pictures} pictures, of which the first was coloured.")
    return lost
