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
    em_widths = ImageFont.load_default(100).getlength(CAPTION) / 100 + 1
    size = max(10, round(min(0.03 * image.height, image.width / em_widths)))
    font = ImageFont.load_default(size)
    right = min(image.width, math.ceil(font.getlength(CAPTION)) + size)
    top = max(0, image.height - round(1.5 * size))
    band = image.crop((0, top, right, image.height)).point(lambda value: value // 4)
    ImageDraw.Draw(band).text((size // 2, band.height // 2), CAPTION, fill="white", font=font, anchor="lm")
    image.paste(band, (0, top))
    return np.array(image)


def _add_deep_caption(rgb: np.ndarray) -> np.ndarray:
    """The same for uint16, whose letters Pillow cannot draw: they are taken from a copy of 8 bits."""
    plain = (rgb >> 8).astype(np.uint8)
    captioned = add_caption(plain)
    changed = (captioned != plain).any(axis=-1)
    rgb = rgb.copy()
    rgb[changed] = captioned[changed] * np.uint16(257)
    return rgb
