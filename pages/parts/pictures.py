"""Pictures on their way to the screen: small enough to be put into the page itself."""

import base64
from dataclasses import dataclass

import numpy as np

from colorizer import images


@dataclass(frozen=True)
class Picture:
    """A picture to be shown, and the words that go with it."""

    pixels: np.ndarray
    """uint8 (H, W) grey or (H, W, 3) sRGB, already scaled for the screen."""
    label: str
    """Constant word shown on the picture."""
    text: str
    """What a screen reader says."""


def to_data_url(jpeg: bytes) -> str:
    """A picture as an address that holds it.

    Pictures are put into the page itself: Streamlit forgets a file that no page shows at the moment, so that one asked
    for while its page is just being drawn again would be missing.
    """
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def embed(pixels: np.ndarray, max_side: int | None = None) -> str:
    """Pixels, uint8 (H, W) grey or (H, W, 3) sRGB, as an address that holds them; no side is longer than `max_side`."""
    return to_data_url(images.encode_preview(pixels, max_side))


def crop_square(pixels: np.ndarray) -> np.ndarray:
    """The largest square in the middle of a picture."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]
