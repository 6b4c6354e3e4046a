"""Pictures for the screen, made small enough to be put into the page itself."""

import base64
from dataclasses import dataclass

import numpy as np

from colorizer import images


@dataclass(frozen=True)
class Picture:
    """A picture to be shown, with its texts."""

    pixels: np.ndarray
    """uint8 (H, W) grey or (H, W, 3) sRGB, already scaled for the screen."""
    label: str
    """Word shown on the picture, the same for every photograph."""
    text: str
    """Description for screen readers."""
    jpeg: bytes = b""
    """The same picture as a file with the mark of colouring; empty: it needs none."""


def to_data_url(jpeg: bytes) -> str:
    """Return a data URL that contains a JPEG picture.

    Pictures are put into the page itself, because Streamlit deletes a media file that no page shows at the moment: a
    picture that is requested while its page is drawn again would be missing.
    """
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def embed(pixels: np.ndarray, max_side: int | None = None) -> str:
    """Return uint8 pixels, (H, W) grey or (H, W, 3) sRGB, as a data URL; no side is longer than `max_side`."""
    return to_data_url(images.encode_preview(pixels, max_side))


def crop_square(pixels: np.ndarray) -> np.ndarray:
    """Return the largest square in the middle of a picture."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]
