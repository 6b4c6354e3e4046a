"""The slider of `streamlit-image-comparison`, whose script the browser loads from the internet."""

import threading

import streamlit as st
from PIL import Image

from pages.parts.pictures import Picture
from pages.parts.widgets.side_by_side import side_by_side

_WIDTH = 640  # pixels; the package cannot adapt to the width of the column
_PILLOW_LIMIT = threading.Lock()


def online_slider(before: Picture, after: Picture) -> None:
    """Show the slider, and always both pictures below it, because we are not told if its script fails in the browser.

    The package removes Pillow's limit on picture size for the whole process; the limit is restored afterwards.
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
                width=_WIDTH,
                in_memory=True,
            )
        except (ImportError, OSError, ValueError, TypeError):
            st.info("This style is not available here. The pictures are below.")
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    side_by_side(before, after)
