"""A photograph before and after, one above the other, with a handle between them."""

from pathlib import Path

import streamlit as st

from colorizer.gallery import carousel
from pages.parts.pictures import Picture, embed

_HERE = Path(__file__).parent

_mount_slider = st.components.v2.component(
    "huestory_comparison",
    html=carousel.read("slider.html"),
    css=carousel.read("slider.css")
    + (_HERE.parent / "theme.css").read_text(encoding="utf-8")
    + (_HERE / "slider.css").read_text(encoding="utf-8"),
    js=carousel.read("slider.js") + (_HERE / "slider.js").read_text(encoding="utf-8"),
)


def slider(before: Picture, after: Picture | None, key: str = "comparison") -> None:
    """Show two pictures of one size, one above the other, with a handle between them.

    Args:
        after: None while it is still being made: then the first picture is shown alone, in the same place.
    """
    height, width = before.pixels.shape[:2]
    sides = {
        side: picture and {"picture": embed(picture.pixels), "label": picture.label, "text": picture.text}
        for side, picture in (("before", before), ("after", after))
    }
    _mount_slider(key=key, data={**sides, "width": width, "height": height})
