"""Ways to look at a photograph before and after: our slider, two pictures, and `streamlit-image-comparison`."""

import base64
import io
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from colorizer.gallery import carousel

PICTURE_BYTES = 380 * 1024
"""Most that one picture may take as JPEG: a pair in base64 then stays within 1 MiB."""

_HERE = Path(__file__).parent
_QUALITIES = (92, 85, 75, 60, 40, 20)
_ONLINE_WIDTH = 640  # pixels; the package cannot follow the column
_PILLOW_LIMIT = threading.Lock()

_mount_slider = st.components.v2.component(
    "huestory_comparison",
    html=carousel.read("slider.html"),
    css=carousel.read("slider.css") + (_HERE.parent / "theme.css").read_text(encoding="utf-8"),
    js=carousel.read("slider.js") + (_HERE / "slider.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Picture:
    """One side of a comparison."""

    pixels: np.ndarray
    """uint8 (H, W) grey or (H, W, 3) sRGB, already scaled for the screen."""
    label: str
    """Constant word shown on the picture."""
    text: str
    """What a screen reader says."""


def slider(before: Picture, after: Picture, key: str = "comparison") -> None:
    """Show two pictures of one size, one above the other, with a handle between them."""
    height, width = after.pixels.shape[:2]
    sides = {
        side: {"picture": to_data_url(encode_jpeg(picture.pixels)), "label": picture.label, "text": picture.text}
        for side, picture in (("before", before), ("after", after))
    }
    _mount_slider(key=key, data={**sides, "width": width, "height": height})


def side_by_side(before: Picture, after: Picture) -> None:
    """Show two pictures next to each other; on a phone one above the other."""
    for column, picture in zip(st.columns(2), (before, after), strict=True):
        url = to_data_url(encode_jpeg(picture.pixels))
        column.image(url, caption=picture.label, alt=picture.text, width="stretch")


def online_slider(before: Picture, after: Picture) -> None:
    """Show `streamlit-image-comparison`, whose script the browser loads from the internet.

    The browser cannot tell us when that fails, so both pictures are shown below in any case. The package lifts
    Pillow's limit on picture size for the whole process; it is put back.
    """
    st.caption("If there is no slider here, its script from cdn.knightlab.com could not be loaded.")
    with _PILLOW_LIMIT:
        limit = Image.MAX_IMAGE_PIXELS
        try:
            from streamlit_image_comparison import image_comparison

            image_comparison(
                Image.fromarray(before.pixels),
                Image.fromarray(after.pixels),
                label1="Before",
                label2="After",
                width=_ONLINE_WIDTH,
                in_memory=True,
            )
        except (ImportError, OSError, ValueError, TypeError):
            st.info("This style is not available here. The pictures are below.")
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    side_by_side(before, after)


def crop_square(pixels: np.ndarray) -> np.ndarray:
    """The largest square in the middle of a picture."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def encode_jpeg(pixels: np.ndarray) -> bytes:
    """JPEG of a picture for the screen, at the best quality that stays within `PICTURE_BYTES`."""
    picture = Image.fromarray(pixels)
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= PICTURE_BYTES:
            break
    return buffer.getvalue()


def to_data_url(jpeg: bytes) -> str:
    """A picture as an address that holds it.

    Pictures are put into the page itself: Streamlit forgets a file that no page shows at the moment, so that one asked
    for while its page is just being drawn again would be missing.
    """
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
