"""Colours the waiting photographs one by one, and reports progress and refused files."""

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.network import BUSY, turn_shown
from pages.parts.wording import escape


def work(waiting: list[Photograph], colorizer: Colorizer, shown: bool) -> None:
    """Colour the waiting photographs one by one; the page shows the first result before the others are started."""
    total = len(memory.photographs())
    bar = st.progress(0.0)
    if len(waiting) > 1:
        st.button("Stop", icon=":material/stop_circle:", on_click=memory.pause, args=("Stopped.",))
    for done, photograph in enumerate(waiting, total - len(waiting)):
        try:
            with turn_shown(bar, done / total, f"Colouring {done + 1} of {total}: {escape(photograph.name)}"):
                album.develop(photograph, colorizer)
        except BUSY as error:
            memory.pause(str(error))
            break
        if not shown:
            break
    st.rerun()


def report(waiting: list[Photograph]) -> None:
    """Show which photographs cannot be coloured and why, and how many are left because colouring was paused."""
    for photograph in memory.photographs().values():
        if photograph.refusal is not None:
            st.error(f"**{escape(photograph.name)}**: {escape(photograph.refusal)}", icon=":material/block:")
    if waiting and st.session_state.colorize_pause:
        st.info(f"{escape(st.session_state.colorize_pause)} {len(waiting)} not coloured yet.")
        st.button("Carry on", icon=":material/play_circle:", on_click=memory.pause, args=("",))
