"""The slider of `streamlit-image-comparison`, whose script the browser loads from the internet."""

import threading
from types import SimpleNamespace

import streamlit as st
from PIL import Image

from pages.parts.pictures import Picture
from pages.parts.widgets.side_by_side import side_by_side

_WIDTH = 640  # pixels; the package cannot adapt to the width of the column
_PILLOW_LIMIT = threading.Lock()


def online_slider(before: Picture, after: Picture) -> None:
    """Show the slider, and always both pictures below it: where its script cannot be loaded, there is no slider."""
    st.caption("If there is no slider here, its script from cdn.knightlab.com could not be loaded.")
    height, width = after.pixels.shape[:2]
    try:
        st.iframe(
            make_html(before, after),
            width=_WIDTH,
            height=round(_WIDTH * height / width),
            alt="Before and after, slider",
        )
    except (ImportError, OSError, ValueError, TypeError):
        st.info("This style is not available here. The pictures are below.")
    side_by_side(before, after)


def make_html(before: Picture, after: Picture) -> str:
    """Return the package's HTML; where its script cannot be loaded, its frame gives back the room and is quiet.

    The package removes Pillow's limit on picture size for the whole process; the limit is restored afterwards.

    Raises:
        ImportError: the package is not installed.
    """
    with _PILLOW_LIMIT:
        limit = Image.MAX_IMAGE_PIXELS
        try:
            import streamlit_image_comparison as package

            package.components = SimpleNamespace(html=lambda code, **size: code)  # gives it to us, not to the page
            code = package.image_comparison(
                Image.fromarray(before.pixels),
                Image.fromarray(after.pixels),
                label1="Before",
                label2="After",
                width=_WIDTH,
                in_memory=True,
            )
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    code = code.replace('.js"></script>', """.js" onerror="frameElement.style.display = 'none'"></script>""")
    return code.replace("slider = new juxtapose", "if (window.juxtapose) slider = new juxtapose")
