"""The list of photographs at work: whose turn it is, how far it has come, what was refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.queue import InferenceQueue, QueueFullError, QueueTimeoutError
from pages.parts.colorize import memory
from pages.parts.wording import escape

get_queue = st.cache_resource(InferenceQueue, show_spinner=False)


@contextmanager
def turn(bar, done: float, text: str) -> Iterator[None]:
    """Our turn at the network, which all visitors share; the bar says how many are ahead.

    Raises:
        QueueFullError, QueueTimeoutError: there are too many.
    """
    with get_queue().ticket() as ticket:
        ticket.wait(lambda ahead: bar.progress(done, f"{text}. Waiting for {ahead} ahead of you."))
        bar.progress(done, text)
        yield


def work(waiting: list[Photograph], colorizer: Colorizer, shown: bool) -> None:
    """Colour what waits, one by one; a first result is shown before the others are begun."""
    total = len(memory.photographs())
    bar = st.progress(0.0)
    if len(waiting) > 1:
        st.button("Stop", icon=":material/stop_circle:", on_click=memory.pause, args=("Stopped.",))
    for done, photograph in enumerate(waiting, total - len(waiting)):
        try:
            with turn(bar, done / total, f"Colouring {done + 1} of {total}: {escape(photograph.name)}"):
                album.develop(photograph, colorizer)
        except (QueueFullError, QueueTimeoutError) as error:
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
