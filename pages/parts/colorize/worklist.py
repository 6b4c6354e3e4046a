"""Colours the waiting photographs one by one, and reports progress and refused files."""

import time
from collections.abc import Mapping

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.colorize.comparison import show_waiting
from pages.parts.network import BUSY, turn_shown
from pages.parts.wording import escape

SECONDS = 2.0
"""After so long the page is drawn again, with what has been coloured meanwhile."""


def work(waiting: Mapping[str, Photograph], colorizer: Colorizer, shown: str, stage) -> None:
    """Colour waiting photographs, the one on show first, then run the page again, so that they are seen at once.

    Args:
        stage: the container of the picture; the photograph on show appears there in grey before it is coloured.
    """
    start, total = time.monotonic(), len(memory.accepted())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bar = st.progress(0.0)
        if len(waiting) > 1:
            st.button("Stop", icon=":material/stop_circle:", on_click=memory.pause, args=("Stopped.",))
    first_shown = sorted(waiting.items(), key=lambda item: item[0] != shown)
    unseen = waiting[shown] if shown in waiting and waiting[shown].gray is None else None

    def show() -> None:
        with stage:
            show_waiting(unseen)

    for number, (key, photograph) in enumerate(first_shown, total - len(waiting) + 1):
        try:
            with turn_shown(bar, (number - 1) / total, f"Colouring {number} of {total}: {escape(photograph.name)}"):
                album.develop(photograph, colorizer, show)
        except BUSY as error:
            memory.pause(str(error))
            break
        if key == shown or time.monotonic() - start > SECONDS:
            break
    st.rerun()


def report(waiting: Mapping[str, Photograph]) -> None:
    """Show which files cannot be coloured and why, and how many are left because colouring was paused."""
    refused = [photograph for photograph in memory.photographs().values() if photograph.refusal is not None]
    for photograph in refused:
        st.error(f"**{escape(photograph.name)}**: {escape(photograph.refusal)}", icon=":material/block:")
    if refused and memory.accepted():
        st.button("I have read it", key="colorize_read", on_click=memory.remove_refused)
    if waiting and st.session_state.colorize_pause:
        st.info(f"{escape(st.session_state.colorize_pause)} {len(waiting)} not coloured yet.")
        st.button("Carry on", icon=":material/play_circle:", on_click=memory.pause, args=("",))
