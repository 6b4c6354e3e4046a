"""A line of text inside a picture that says where its colours come from."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

CAPTION = "Coloured by software; colours are guesses"


def add_caption(rgb: np.ndarray) -> np.ndarray:
    """A copy of uint8 or uint16 `(H, W, 3)` with `CAPTION` in the lower left corner, on a darkened band.

    The letters take 3 % of the height, or as much as the width allows, and at least 10 pixels.
    """
    if rgb.dtype == np.uint16:
        return _add_deep_caption(rgb)
    image = Image.fromarray(rgb)
    size, top, right = _place(image.height, image.width)
    font = ImageFont.load_default(size)
    band = image.crop((0, top, right, image.height)).point(lambda value: value // 4)
    ImageDraw.Draw(band).text((size // 2, band.height // 2), CAPTION, fill="white", font=font, anchor="lm")
    image.paste(band, (0, top))
    return np.array(image)


def caption_share(height: int, width: int) -> tuple[float, float]:
    """How far the band of the caption reaches up from below, and from the left, as shares of the picture's sides."""
    _, top, right = _place(height, width)
    return 1 - top / height, right / width


def _place(height: int, width: int) -> tuple[int, int, int]:
    """The size of the letters, and the upper and right edge of the band, in pixels."""
    em_widths = ImageFont.load_default(100).getlength(CAPTION) / 100 + 1
    size = max(10, round(min(0.03 * height, width / em_widths)))
    right = min(width, math.ceil(ImageFont.load_default(size).getlength(CAPTION)) + size)
    return size, max(0, height - round(1.5 * size)), right


def _add_deep_caption(rgb: np.ndarray) -> np.ndarray:
    """The same for uint16, whose letters Pillow cannot draw: they are taken from a copy of 8 bits."""
    plain = (rgb >> 8).astype(np.uint8)
    captioned = add_caption(plain)
    changed = (captioned != plain).any(axis=-1)
    rgb = rgb.copy()
    rgb[changed] = captioned[changed] * np.uint16(257)
    return rgb
