"""A photograph before and after, in the style that the visitor chose."""

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize.memory import current, made_once, setting
from pages.parts.pictures import Picture
from pages.parts.widgets.online_slider import online_slider
from pages.parts.widgets.side_by_side import side_by_side
from pages.parts.widgets.slider import slider

VIEWS = {"Slider": slider, "Side by side": side_by_side, "Online slider": online_slider}
VIEW_NOTES = ["", "", "Loads a script from the internet"]


def compare(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Show the photograph before and after, in the style chosen in `choose_view`."""
    what = key, photograph.version, photograph.edits.hints, colorizer.name, look, current("against"), current("doubt")
    before, after = made_once("comparison", what, lambda: _draw(photograph, colorizer, look))
    VIEWS[current("view")](before, after)


def _draw(photograph: Photograph, colorizer: Colorizer, look: Look) -> tuple[Picture, Picture]:
    if current("against") == "Grey" or photograph.original is None:
        before = Picture(photograph.gray, "Before", f"{photograph.name} in grey")
    else:
        before = Picture(photograph.original, "Original", f"{photograph.name} in its own colours")
    if current("doubt") and photograph.knows_uncertainty(colorizer.name):
        after = Picture(
            album.render_uncertainty(photograph, colorizer), "Guesses", f"{photograph.name}, guesses in orange"
        )
    else:
        rgb = album.render_view(photograph, colorizer, look)
        after = Picture(rgb, "After", f"{photograph.name} coloured by Huestory")
    return before, after


def choose_view(photograph: Photograph, colorizer: Colorizer) -> None:
    """Let the visitor choose in which style both pictures are shown, and what is shown."""
    with st.container(horizontal=True, gap="large"):
        setting(st.radio, "view", "View", list(VIEWS), captions=VIEW_NOTES, horizontal=True)
        if photograph.original is not None:
            setting(st.radio, "against", "Compare with", ["Grey", "Original colours"], horizontal=True)
        knows = photograph.knows_uncertainty(colorizer.name)
        doubt = setting(st.toggle, "doubt", "Show where it guesses", disabled=not knows)
    if doubt and knows:
        st.caption(
            "Orange: where Huestory is least sure in this photograph. Grey: where it is surest, and may still be wrong."
        )


def show_waiting(photograph: Photograph | None) -> None:
    """Show a photograph in grey where it will be seen in colour, as soon as it has been read; None: nothing."""
    if photograph is not None and photograph.gray is not None:
        slider(Picture(photograph.gray, "Colouring", f"{photograph.name} in grey"), None)
