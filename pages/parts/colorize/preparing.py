"""Before colouring: the visitor turns, straightens and crops a scan, and says that it is a negative."""

import streamlit as st

from colorizer.imaging.preparation import AS_IT_IS, MAX_STRAIGHTEN, PreparationError
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.colorize.memory import made_once, setting
from pages.parts.network import BUSY, turn, turn_shown
from pages.parts.pictures import embed
from pages.parts.wording import escape

SIDE = 360
"""Longest side of the small picture, in pixels: twice what it takes on the screen."""

MOST_CUT = 90.0
"""Most that is cut off on one side, in percent."""

_SIDES = {
    "cut_left": "Cut left, %",
    "cut_right": "Cut right, %",
    "cut_top": "Cut top, %",
    "cut_bottom": "Cut bottom, %",
}


def prepare_all(colorizer: Colorizer) -> None:
    """Let all photographs be prepared as their settings say, and colour the one on show again if that has changed.

    It is coloured at once, before the page is drawn: so no control vanishes and none loses the keyboard. What cannot
    be done is taken back, and `choose_preparation` says why.
    """
    for key, photograph in memory.accepted().items():
        try:
            memory.photographs()[key] = album.prepare_anew(photograph, memory.preparation_of(key))
        except PreparationError as error:
            memory.keep_preparation(key, photograph.preparation)
            st.session_state.colorize_unprepared[key] = str(error)
    _color_again(memory.photographs().get(memory.shown()), colorizer)


def _color_again(photograph: Photograph | None, colorizer: Colorizer) -> None:
    """Colour a photograph that has been coloured before; if too many are waiting, it waits like a new one."""
    if photograph is None or not photograph.height or not photograph.awaits(colorizer.name):
        return
    if photograph.predictions or st.session_state.colorize_pause:  # another model has seen it as it is now
        return
    bar = st.empty()
    try:
        with turn_shown(bar, 0.0, f"Colouring {escape(photograph.name)}"):
            album.develop(photograph, colorizer)
    except BUSY as error:
        memory.pause(str(error))
    bar.empty()


def choose_preparation(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Show the controls; on a phone with a small picture, since the large one is out of sight."""
    with st.expander("Straighten and crop", icon=":material/crop_rotate:"):
        with st.container(key="colorize_prepared"):
            what = key, photograph.preparation, photograph.version, photograph.edits.hints, colorizer.name, look
            picture = made_once("prepared", what, lambda: _draw(photograph, colorizer, look))
            st.image(picture, alt=f"{photograph.name} as it is straightened and cropped")
        st.caption("Before it is coloured. Your file stays as it is.")
        with st.container(horizontal=True, gap="small"):
            for label, icon, degrees in (("Turn left", "rotate_left", 270), ("Turn right", "rotate_right", 90)):
                st.button(label, icon=f":material/{icon}:", on_click=memory.turn, args=(key, degrees))
        note = "To the right of 0 it turns clockwise. Corners that would be empty are cropped away."
        most = MAX_STRAIGHTEN
        setting(st.slider, "straighten", "Straighten", -most, most, step=0.1, format="%.1f°", help=note)
        help = "For a scan with a border of paper or film: straightens it, and cuts the border off."
        st.button(
            "Find the border", icon=":material/fit_screen:", on_click=_find_border, args=(key, photograph), help=help
        )
        _choose_cuts()
        note = "Exchanges light and dark, so that the picture on a film is seen as it was."
        setting(st.toggle, "negative", "This is a negative", help=note)
        if problem := st.session_state.colorize_unprepared.pop(key, ""):
            st.warning(f"It stays as it was. {escape(problem)}", icon=":material/warning:")
        st.button(
            "As it was scanned",
            icon=":material/restart_alt:",
            on_click=memory.take_preparation,
            args=(key, AS_IT_IS),
            disabled=photograph.preparation == AS_IT_IS,
        )


def _choose_cuts() -> None:
    for sides in (("cut_left", "cut_right"), ("cut_top", "cut_bottom")):
        with st.container(horizontal=True, wrap=False, gap="small"):
            for side in sides:
                setting(st.number_input, side, _SIDES[side], 0.0, MOST_CUT, step=0.5, format="%.1f")


def _draw(photograph: Photograph, colorizer: Colorizer, look: Look) -> str:
    return embed(album.render_thumbnail(photograph, colorizer, look, SIDE))


def _find_border(key: str, photograph: Photograph) -> None:
    try:
        with turn():
            found = album.find_scan(photograph)
    except BUSY as error:
        st.session_state.colorize_unprepared[key] = str(error)
        return
    if found is None:
        st.session_state.colorize_unprepared[key] = "No border was found: cut it off with the numbers above."
    else:
        memory.take_preparation(key, found)
