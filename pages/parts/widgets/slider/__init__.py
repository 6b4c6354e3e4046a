"""A photograph before and after, one above the other, with a handle between them; it can be enlarged and shared.

Enlarging: pinch, double click, Ctrl with the wheel (in full screen the wheel alone), and the keys + - 0 (whole), 1 (one
pixel of the photograph is one of the screen) and f (full screen).
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from colorizer.gallery import carousel
from pages.parts.pictures import Picture, embed, to_data_url

_HERE = Path(__file__).parent

_mount_slider = st.components.v2.component(
    "huestory_comparison",
    html=carousel.read("slider.html") + (_HERE / "tools.html").read_text(encoding="utf-8"),
    css=carousel.read("slider.css")
    + (_HERE.parent / "theme.css").read_text(encoding="utf-8")
    + (_HERE / "slider.css").read_text(encoding="utf-8"),
    js=carousel.read("slider.js")
    + (_HERE / "zoom.js").read_text(encoding="utf-8")
    + (_HERE / "slider.js").read_text(encoding="utf-8"),
)


def slider(
    before: Picture,
    after: Picture | None,
    key: str = "comparison",
    full_width: int = 0,
    note: tuple[float, float] | None = None,
    share: str = "",
    on_step: Callable[[], None] | None = None,
    on_detail: Callable[[], None] | None = None,
) -> None:
    """Show two pictures of one size, one above the other, with a handle between them.

    Args:
        after: None while it is still being made: then the first picture is shown alone, in the same place.
        full_width: of the photograph, in pixels, at most what `on_detail` can bring; 0: that of the pictures.
        note: how far the note in the second picture's lower left corner reaches up and to the right, as shares of its
            sides; it is seen at every position of the handle. None: there is no note.
        share: name of the file as which the second picture can be shared, where the browser can; empty: it is not.
        on_step: is called when the keyboard asks for the next photograph or the one before; which one is in
            `st.session_state[key]["step"]`, 1 or -1.
        on_detail: is called when the pictures are enlarged so far that larger ones would show more.
    """
    height, width = before.pixels.shape[:2]
    sides = {
        side: picture and {"picture": _address(picture), "label": picture.label, "text": picture.text}
        for side, picture in (("before", before), ("after", after))
    }
    size = {"width": width, "height": height, "full": full_width or width, "note": note, "share": share}
    asked = {"on_step_change": on_step, "on_detail_change": on_detail}
    asked = {name: call for name, call in asked.items() if call is not None}
    _mount_slider(key=key, data={**sides, **size, "asks": list(asked)}, **asked)


def _address(picture: Picture) -> str:
    return to_data_url(picture.jpeg) if picture.jpeg else embed(picture.pixels)
