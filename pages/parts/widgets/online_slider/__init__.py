"""`streamlit-image-comparison`: a slider whose script the browser loads from the internet."""

import threading

import streamlit as st
from PIL import Image

from pages.parts.pictures import Picture
from pages.parts.widgets.side_by_side import side_by_side

_WIDTH = 640  # pixels; the package cannot follow the column
_PILLOW_LIMIT = threading.Lock()


def online_slider(before: Picture, after: Picture) -> None:
    """Show the slider, and both pictures below it in any case: the browser cannot tell us when its script fails.

    The package lifts Pillow's limit on picture size for the whole process; it is put back.
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
