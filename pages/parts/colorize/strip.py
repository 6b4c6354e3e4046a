"""The strip of small pictures from which visitors choose the photograph on show."""

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.colorize.look import look_of
from pages.parts.pictures import embed
from pages.parts.wording import escape

SIDE = 112
"""Longest side of a small picture, in pixels: twice what it takes on the screen."""


def show_strip(colorizer: Colorizer) -> None:
    """Show a small picture of each photograph, coloured as they come; one photograph alone needs none."""
    photographs, shown = memory.accepted(), memory.shown()
    if len(photographs) < 2:
        return
    keys = list(photographs)
    place = keys.index(shown)
    with st.container(gap=None):
        _show_row(photographs, shown, colorizer)
        with st.container(key="colorize_name", horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f"{place + 1} of {len(keys)}: {escape(photographs[shown].name)}", width="content")
            help = "Takes this photograph off the page."
            st.button(
                "Remove", key="colorize_remove", type="tertiary", on_click=memory.remove, args=(shown,), help=help
            )


def _show_row(photographs: dict[str, Photograph], shown: str, colorizer: Colorizer) -> None:
    """Show the small pictures in one row, between the buttons for the one before and the next."""
    place, last = list(photographs).index(shown), len(photographs) - 1
    with st.container(key="colorize_strip", horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center"):
        _step("Previous", ":material/chevron_left:", -1, "Shift+Left", place == 0)
        with st.container(key="colorize_thumbnails", horizontal=True, wrap=False, gap="xsmall"):
            for number, (key, photograph) in enumerate(photographs.items(), 1):
                st.button(
                    _label(key, photograph, colorizer, number),
                    key=f"colorize_show_{key}",
                    on_click=memory.show,
                    args=(key,),
                    type="primary" if key == shown else "secondary",
                )
        _step("Next", ":material/chevron_right:", 1, "Shift+Right", place == last)


def _step(label: str, icon: str, way: int, shortcut: str, at_the_end: bool) -> None:
    st.button(
        label,
        key=f"colorize_step_{way}",
        icon=icon,
        on_click=memory.step,
        args=(way,),
        disabled=at_the_end,
        shortcut=shortcut,
        type="tertiary",
    )


def _label(key: str, photograph: Photograph, colorizer: Colorizer, number: int) -> str:
    """The small picture as Markdown, or the photograph's number until it has been read."""
    if photograph.gray is None:
        return f"{number}"
    look = look_of(key, colorizer)
    waits = photograph.awaits(colorizer.name)
    what = look, photograph.preparation, photograph.version, photograph.edits.hints, colorizer.name, waits
    picture = memory.made_once(key, what, lambda: embed(album.render_thumbnail(photograph, colorizer, look, SIDE)))
    state = ", on show" if key == memory.shown() else ""
    state += ", not coloured yet" if waits else ""
    return f"![{escape(photograph.name)}{state}]({picture})"
