"""The view in which visitors correct colours: they touch a place and say which colour belongs there."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from colorizer.color import lab
from colorizer.color.names import color_name, distinct_names
from colorizer.imaging.preparation import AS_IT_IS
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints.hint import GRAY, MAX_AB
from colorizer.inference.hints.palette import palette
from pages.parts.hints.actions import Desk, follow
from pages.parts.pictures import embed
from pages.parts.widgets.hint_canvas import hint_canvas

_WEAKEST = 0.1
"""Least strength of the colours by which a colour taken from the picture is divided."""


@dataclass
class View:
    """The coloured photograph as it is on the screen, kept so that a touch that changes nothing renders nothing."""

    what: tuple
    rgb: np.ndarray
    url: str
    neutral: np.ndarray | None = None
    """The same in neutral light, if the light is another and it has been needed."""


def correct(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Show the photograph with its hints, and let the visitor change them."""
    # Turned or cropped, it is another picture: the place touched last and what the browser knows of it are gone.
    name = key if photograph.preparation == AS_IT_IS else f"{key}_{hash(photograph.preparation)}"
    desk = _desk(name)
    view = _view(key, photograph, colorizer, look)
    color_of = _taker(photograph, colorizer, view, look)
    content = {
        "hints": [_describe(hint, photograph) for _, hint in album.seen_hints(photograph)],
        "offer": _offer(desk, photograph, colorizer, color_of),
        "can_undo": photograph.edits.can_undo,
        "can_redo": photograph.edits.can_redo,
        "done": desk.done,
        "refusal": desk.refusal,
    }
    widget = f"colorize_hints_{name}"

    def take_actions() -> None:
        follow(desk, photograph, st.session_state[widget]["actions"] or (), color_of)

    size, text = photograph.prepared_size, f"{photograph.name} coloured by Huestory"
    hint_canvas(view.url, text, size, content, take_actions, widget)
    if look.saturation == 0:
        st.info("Without colour no hint is seen. Give the colours some strength.")


def _desk(key: str) -> Desk:
    return st.session_state.colorize_desks.setdefault(key, Desk())


def _view(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> View:
    what = (key, photograph.preparation, photograph.edits.hints, photograph.version, colorizer.name, look)
    view = st.session_state.colorize_shown
    if view is None or view.what != what:
        rgb = album.render(photograph.gray, photograph, colorizer, look)
        view = st.session_state.colorize_shown = View(what, rgb, embed(rgb))
    return view


def _taker(photograph: Photograph, colorizer: Colorizer, view: View, look: Look) -> Callable:
    """Return the function that gives the ab with which a hint looks like a place of the view does."""

    def color_of(x: float, y: float) -> tuple[float, float]:
        if view.neutral is None:  # a hint says what the colour is in neutral light
            view.neutral = _in_neutral_light(photograph, colorizer, look) if look.warmth else view.rgb
        ab = album.color_at(photograph, view.neutral, x, y)
        a, b = np.clip(np.divide(ab, max(look.saturation, _WEAKEST)), -MAX_AB, MAX_AB)
        return float(a), float(b)

    return color_of


def _in_neutral_light(photograph: Photograph, colorizer: Colorizer, look: Look) -> np.ndarray:
    seen = album.developed(photograph, colorizer)  # a touch comes before the page runs, also from who was away
    return album.render(seen.gray, seen, colorizer, replace(look, warmth=0.0))


def _describe(hint, photograph: Photograph) -> dict[str, object]:
    lightness = album.lightness_at(photograph, hint.x, hint.y)
    a, b = hint.ab
    place = {"x": hint.x, "y": hint.y, "reach": hint.reach, "radius": hint.radius}
    return {**place, "a": a, "b": b, **_look_of(lightness, hint.ab)}


def _offer(desk: Desk, photograph: Photograph, colorizer: Colorizer, color_of: Callable) -> dict[str, object] | None:
    """Return the colours for the place touched last: likely ones, grey, the present one, and all that are possible.

    The present one, as a hint, keeps a neighbour's colour off.
    """
    place = desk.place and album.to_prepared(photograph, *desk.place)
    if place is None:
        return None
    x, y = place
    lightness = album.lightness_at(photograph, x, y)
    likely = [swatch.ab for swatch in photograph.predictions[colorizer.name].likeliest(x, y)]
    names = distinct_names(lightness, likely)
    swatches = [
        {"a": ab[0], "b": ab[1], **_look_of(lightness, ab), "name": name}
        for ab, name in zip(likely, names, strict=True)
    ]
    gray = {"a": 0, "b": 0, **_look_of(lightness, GRAY), "name": "no colour (grey)"}
    now = color_of(x, y)
    keep = {"a": now[0], "b": now[1], **_look_of(lightness, now), "name": "as it is"}
    possible = palette(round(lightness))
    return {
        "x": x,
        "y": y,
        "now": color_name(lightness, now),
        "swatches": [*swatches, gray, keep],
        "palette": {
            "ab": possible.ab[:, -1].tolist(),
            "colors": [[_hex(rgb) for rgb in row] for row in possible.rgb],
            "names": [[color_name(lightness, ab) for ab in row] for row in possible.ab],
        },
    }


def _look_of(lightness: float, ab: tuple[float, float]) -> dict[str, str]:
    rgb = lab.merge(np.float32(lightness), np.asarray(ab, np.float32))
    return {"hex": _hex(rgb), "name": color_name(lightness, ab)}


def _hex(rgb: np.ndarray) -> str:
    return "#" + rgb.tobytes().hex()
