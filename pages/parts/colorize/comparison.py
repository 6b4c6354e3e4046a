"""A photograph before and after, in the style that the visitor chose."""

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize.memory import setting
from pages.parts.pictures import Picture
from pages.parts.widgets.online_slider import online_slider
from pages.parts.widgets.side_by_side import side_by_side
from pages.parts.widgets.slider import slider

VIEWS = {"Slider": slider, "Side by side": side_by_side, "Online slider": online_slider}
VIEW_NOTES = ["", "", "Loads a script from the internet"]


def compare(photograph: Photograph, colorizer: Colorizer, look: Look, picture) -> None:
    """Show the photograph before and after in the container `picture`, in the style that the visitor chooses here."""
    view = setting(st.radio, "view", "View", list(VIEWS), captions=VIEW_NOTES, horizontal=True)
    against = "Grey"
    if photograph.original is not None:
        against = setting(st.radio, "against", "Compare with", ["Grey", "Original colours"], horizontal=True)
    if against == "Grey":
        before = Picture(photograph.gray, "Before", f"{photograph.name} in grey")
    else:
        before = Picture(photograph.original, "Original", f"{photograph.name} in its own colours")
    if setting(st.toggle, "doubt", "Show where it guesses", disabled=not photograph.knows_uncertainty(colorizer.name)):
        st.caption(
            "Orange: where Huestory is least sure in this photograph. Grey: where it is surest, and may still be wrong."
        )
        after = Picture(
            album.render_uncertainty(photograph, colorizer), "Guesses", f"{photograph.name}, guesses in orange"
        )
    else:
        rgb = album.render_view(photograph, colorizer, look)
        after = Picture(rgb, "After", f"{photograph.name} coloured by Huestory")
    with picture:
        VIEWS[view](before, after)
