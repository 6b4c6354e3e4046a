"""A photograph before and after, in the style that the visitor chose."""

from pathlib import PurePath

import streamlit as st

from colorizer import images
from colorizer.imaging.caption import caption_share
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize.memory import current, made_once, setting, step
from pages.parts.network import turn
from pages.parts.pictures import Picture
from pages.parts.widgets.online_slider import online_slider
from pages.parts.widgets.side_by_side import side_by_side
from pages.parts.widgets.slider import slider

VIEWS = {"Slider": slider, "Side by side": side_by_side, "Online slider": online_slider}
LARGE_SIDE = 4096
"""Longest side, in pixels, of the pictures that are fetched for a close look: one to one for 12 megapixels."""

QUALITY = 92
"""Of pictures for the screen that carry the mark, and of those for a close look."""

VIEW_NOTES = ["", "", "Loads a script from the internet"]


def compare(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Show the photograph before and after, in the style chosen in `choose_view`."""
    doubt = current("doubt") and photograph.knows_uncertainty(colorizer.name)
    large = st.session_state.colorize_large == key and not doubt
    made_of = photograph.preparation, photograph.version, photograph.edits.hints
    what = key, *made_of, colorizer.name, look, current("against"), doubt, large
    before, after = made_once("comparison", what, lambda: _draw(photograph, colorizer, look, doubt, large))
    if current("view") != "Slider":
        return VIEWS[current("view")](before, after)
    height, width = photograph.prepared_size
    slider(
        before,
        after,
        full_width=round(width * min(1, LARGE_SIDE / max(width, height))),
        note=caption_share(*after.pixels.shape[:2]) if look.caption and not doubt and after.jpeg else None,
        share=f"{PurePath(photograph.name).stem}_colorized.jpg" if after.jpeg else "",
        on_step=lambda: step(st.session_state["comparison"]["step"]),
        on_detail=lambda: st.session_state.update(colorize_large=key),
    )


def _draw(photograph: Photograph, colorizer: Colorizer, look: Look, doubt: bool, large: bool) -> tuple:
    """Both pictures; the coloured one carries the mark, as it can be saved and shared from here, too."""
    mark = None
    if doubt:
        gray, after = photograph.gray, album.render_uncertainty(photograph, colorizer)
    elif large:
        with st.spinner("Fetching a larger picture"), turn():
            gray, after, mark = album.render_large(photograph, colorizer, look, LARGE_SIDE)
            gray = images.to_gray(gray)
    else:
        gray, after = photograph.gray, album.render_view(photograph, colorizer, look)
        mark = album.mark_of(after, photograph, colorizer, look)
    name = photograph.name
    before = Picture(gray, "Before", f"{name} in grey", _write(gray) if large else b"")
    if current("against") != "Grey" and photograph.original is not None:
        before = Picture(photograph.original, "Original", f"{name} in its own colours")
    if doubt:
        return before, Picture(after, "Doubts", f"{name}, doubts in orange")
    marked = mark is not None and look.saturation > 0
    file = _write(after, mark) if marked or large else b""
    return before, Picture(after, "After", f"{name} coloured by Huestory", file)


def _write(pixels, mark=None) -> bytes:
    rgb = pixels if pixels.ndim == 3 else pixels[..., None].repeat(3, axis=-1)
    return images.write(rgb, "jpeg", provenance=mark, quality=QUALITY)


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
