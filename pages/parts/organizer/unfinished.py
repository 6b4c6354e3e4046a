"""Studies that are being built or whose build was stopped: progress, stop, resume, discard."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from colorizer.weights import WeightsError
from pages.parts.background import Task
from pages.parts.organizer.building import discard, find_build, is_running, start
from pages.parts.organizer.order import Order, OrderError, is_finished, list_unfinished, read_order
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.finding import studies_folder


def show_unfinished() -> None:
    """Show all unfinished studies, above all tabs of the page; updates every second while one is being built."""
    before = st.session_state.get("organizer_running", [])
    running = [folder.name for folder in list_unfinished() if is_running(folder)]
    st.session_state.organizer_running = running
    if any(is_finished(studies_folder() / name) for name in before):
        st.toast("A study is ready: look at it under “Your studies”, then open it.", icon=":material/check:")
    # A fragment updates by itself, so that forms elsewhere on the page are not drawn again.
    st.fragment(show_builds, run_every=1 if running else None)(running)


def show_builds(running: list[str]) -> None:
    """Show the running builds, and those that stopped before they were done."""
    folders = list_unfinished()
    if [folder.name for folder in folders if is_running(folder)] != running:
        st.rerun(scope="app")  # one has ended: its study belongs in the list below
    for folder in folders:
        with st.container(border=True):
            show_build(folder)


def show_build(folder: Path) -> None:
    """Show one unfinished study."""
    order, task = find_order(folder), find_build(folder)
    name = escape(order.title if order else folder.name)
    if task is not None and task.running:
        show_progress(folder, name, task)
        return
    st.markdown(f"**{name}** is not finished. What is done is kept.")
    if task is not None and task.failure:
        st.error(escape(task.failure), icon=":material/error:")
        show_refused(getattr(task.error, "refused", ()))
    with st.container(horizontal=True):
        if order and st.button("Resume", icon=":material/play_circle:", key=f"organizer_resume_{folder.name}"):
            resume(folder, order)
        if st.button("Discard", icon=":material/delete:", key=f"organizer_discard_{folder.name}"):
            discard(folder)
            st.rerun(scope="app")


def find_order(folder: Path) -> Order | None:
    """Return the order in a folder; if it cannot be read, show why and return None."""
    try:
        return read_order(folder)
    except (StorageError, OrderError) as error:
        st.error(escape(str(error)))
        return None


def show_progress(folder: Path, name: str, task: Task) -> None:
    st.progress(task.share, f"Building **{name}**: {task.done} of {task.total or '…'} photographs. You may leave.")
    st.button("Stop", icon=":material/stop_circle:", key=f"organizer_stop_{folder.name}", on_click=task.stop)


def resume(folder: Path, order: Order) -> None:
    try:
        start(folder, order)
    except (StorageError, StudyError, WeightsError) as error:
        st.error(escape(str(error)), icon=":material/error:")
    else:
        st.rerun(scope="app")


def show_refused(refused: Sequence[Mapping[str, str]]) -> None:
    """Show the photographs that were left out, each with the reason."""
    if refused:
        with st.expander(f"Left out: {len(refused)}"):
            for photo in refused:
                st.markdown(f"**{escape(photo['name'])}**: {escape(photo['reason'])}")
