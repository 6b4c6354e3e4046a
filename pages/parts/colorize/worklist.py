"""The list of photographs at work: whose turn it is, how far it has come, what was refused."""

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.network import BUSY, turn_shown
from pages.parts.wording import escape


def work(waiting: list[Photograph], colorizer: Colorizer, shown: bool) -> None:
    """Colour what waits, one by one; a first result is shown before the others are begun."""
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
    """What cannot be coloured, by name and reason, and what is left because the visitor said stop."""
    for photograph in memory.photographs().values():
        if photograph.refusal is not None:
            st.error(f"**{escape(photograph.name)}**: {escape(photograph.refusal)}", icon=":material/block:")
    if waiting and st.session_state.colorize_pause:
        st.info(f"{escape(st.session_state.colorize_pause)} {len(waiting)} not coloured yet.")
        st.button("Carry on", icon=":material/play_circle:", on_click=memory.pause, args=("",))
