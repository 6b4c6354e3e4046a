"""A picture to touch, the colours to choose from for the place touched, and the list of hints.

What the visitor does goes to the Python side as numbered actions, which the browser sends again until `done` says that
they are done: so none is lost when Streamlit interrupts a run, and none is done twice. Kinds of actions, places in
pixels of the photograph:

- touch: x, y. Asks for the colours of a place.
- set: index, x, y, a, b, reach, radius. Puts a hint at this index of the list; at its end, a new one.
- pick: as set, with from_x and from_y in place of a and b: the place whose colour the hint takes.
- remove: index. clear, undo, redo: nothing more.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from colorizer.gallery import carousel

_HERE = Path(__file__).parent

_mount_canvas = st.components.v2.component(
    "huestory_hint_canvas",
    html=(_HERE / "hint_canvas.html").read_text(encoding="utf-8"),
    css=(_HERE.parent / "theme.css").read_text(encoding="utf-8")
    + (_HERE / "hint_canvas.css").read_text(encoding="utf-8"),
    js=carousel.read("element.js") + (_HERE / "hint_canvas.js").read_text(encoding="utf-8"),
)


def hint_canvas(
    picture: str,
    text: str,
    size: tuple[int, int],
    content: Mapping[str, object],
    on_actions: Callable[[], None],
    key: str,
) -> None:
    """Show the picture with its hints.

    Args:
        picture: a data URL.
        text: its description for screen readers.
        size: height and width of the photograph, in pixels, in which all places are given.
        content: `hints` (a list of x, y, a, b, hex, name, reach, radius), `offer` (the colours for the place
            touched, or None), `can_undo`, `can_redo`, `done` (number of the last action that is done) and `refusal`
            (why it could not be done).
        on_actions: is called before the page runs when there are actions in `st.session_state[key]["actions"]`.
    """
    height, width = size
    data = {"picture": picture, "text": text, "width": width, "height": height, **content}
    _mount_canvas(key=key, data=data, on_actions_change=on_actions)
