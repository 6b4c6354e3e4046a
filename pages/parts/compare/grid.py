"""The same photograph coloured by every model: one cell for each, shown as soon as it is done."""

import time
from collections.abc import Sequence
from logging import getLogger

import streamlit as st

from colorizer import model_info
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.weights import WeightsError
from pages.parts.network import BUSY, load_silently, turn_shown
from pages.parts.pictures import Picture
from pages.parts.widgets.slider import slider
from pages.parts.wording import escape

COLUMNS = 2


def show_grid(photograph: Photograph, names: Sequence[str]) -> None:
    """Show all cells, and say why some of them are empty."""
    bar, stop = st.empty(), st.empty()
    if len(names) > 1 and is_unfinished(photograph, names) and not st.session_state.compare_pause:
        stop.button("Stop", icon=":material/stop_circle:", on_click=pause, args=("Stopped.",))
    for done, (name, cell) in enumerate(zip(names, make_cells(len(names)), strict=True)):
        with cell:
            st.header(model_info(name).title, anchor=False)
            show_cell(photograph, name, done / len(names), bar)
        if photograph.refusal is not None:
            break
    bar.empty()
    stop.empty()
    report(photograph, names)


def make_cells(count: int) -> list:
    """Return empty cells, row by row."""
    rows = [min(COLUMNS, count - first) for first in range(0, count, COLUMNS)]
    return [cell for filled in rows for cell in st.columns(COLUMNS, gap="large")[:filled]]


def show_cell(photograph: Photograph, name: str, share: float, bar) -> None:
    """Show the photograph as one model colours it, or why there is no result."""
    try:
        if not st.session_state.compare_pause:
            colour(photograph, name, share, bar)
    except WeightsError as error:
        getLogger(__name__).error(error)
        st.error("This model cannot be used at the moment: its weights are damaged.", icon=":material/error:")
        return
    except BUSY as error:
        pause(str(error))
    if photograph.refusal is not None:
        return
    if name in photograph.predictions:
        show_result(photograph, name)
    else:
        st.caption("Not coloured yet.")


def colour(photograph: Photograph, name: str, share: float, bar) -> None:
    """Colour the photograph with a model, if that is not done yet, and store how long it takes.

    Raises:
        WeightsError: the model cannot be loaded.
        QueueFullError, QueueTimeoutError: too many others are waiting.
    """
    if not photograph.awaits(name):
        return
    text = f"Colouring with {model_info(name).title}"
    bar.progress(share, text)
    colorizer = load_silently(name)
    with turn_shown(bar, share, text):
        album.develop(photograph, colorizer)
        if photograph.refusal is None:
            start = time.monotonic()
            colorizer.predict(photograph.gray)  # a second run is timed: the first prepares the network for this shape
            st.session_state.compare_seconds[name] = time.monotonic() - start


def show_result(photograph: Photograph, name: str) -> None:
    """Show the grey and the coloured photograph, the model's description and how long it took."""
    info = model_info(name)
    rgb = album.render_view(photograph, load_silently(name), Look())
    before = Picture(photograph.gray, "Before", f"{photograph.name} in grey")
    slider(before, Picture(rgb, "After", f"{photograph.name} coloured by {info.title}"), key=f"compare_slider_{name}")
    seconds = st.session_state.compare_seconds.get(name)
    st.caption(f"{info.description}" + (f" It takes {seconds:.2f} seconds here." if seconds is not None else ""))


def report(photograph: Photograph, names: Sequence[str]) -> None:
    """Say why the photograph is refused, or why some models have not coloured it."""
    if photograph.refusal is not None:
        st.error(f"**{escape(photograph.name)}**: {escape(photograph.refusal)}", icon=":material/block:")
    elif st.session_state.compare_pause and is_unfinished(photograph, names):
        st.info(escape(st.session_state.compare_pause))
        st.button("Carry on", icon=":material/play_circle:", on_click=pause, args=("",))


def is_unfinished(photograph: Photograph, names: Sequence[str]) -> bool:
    """Return whether any of these models still has to colour the photograph."""
    return any(photograph.awaits(name) for name in names)


def pause(reason: str) -> None:
    """Pause the other models for this reason; an empty reason continues."""
    st.session_state.compare_pause = reason
