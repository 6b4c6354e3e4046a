"""A choice of other plausible colourings of a photograph."""

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.pictures import embed
from pages.parts.wording import escape

SIDE = 280
"""Longest side, in pixels, of the small pictures."""

NAMES = ("First guess", "Another version", "A third version")


def choose_version(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Show a small picture of each version; the chosen one is shown large and is the one that is downloaded."""
    what = key, photograph.preparation, photograph.edits.hints, colorizer.name, look
    pictures = memory.made_once("versions", what, lambda: _draw(photograph, colorizer, look))
    st.header("Other colours that are possible", anchor=False)
    if photograph.predictions[colorizer.name].is_untouched:
        st.caption("This page is blank: there is nothing to colour, and it stays as it is.")
        return
    if len(pictures) == 1:
        st.caption("For this photograph Huestory sees no other likely colours.")
        return
    shown = min(photograph.version, len(pictures) - 1)
    with st.container(horizontal=True, gap="medium"):
        for version, picture in enumerate(pictures):
            with st.container(width=160, gap="small"):
                text = f"{NAMES[version]} of {photograph.name}"
                st.image(picture, alt=text, width="stretch")
                st.button(
                    f"{NAMES[version]} ✓" if version == shown else NAMES[version],
                    key=f"colorize_version_{key}_{version}",
                    help=None if version == shown else f"Show this version of {escape(photograph.name)}",
                    on_click=memory.choose_version,
                    args=(key, version),
                    type="primary" if version == shown else "secondary",
                    width="stretch",
                )


def _draw(photograph: Photograph, colorizer: Colorizer, look: Look) -> list[str]:
    return [embed(picture) for picture in album.render_variants(photograph, colorizer, look, SIDE)]
