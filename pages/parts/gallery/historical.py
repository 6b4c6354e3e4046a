"""Photographs of the Library of Congress for organizers without their own; downloaded only at the press of a button."""

import streamlit as st

from colorizer import DEFAULT_MODEL
from colorizer.gallery import historical
from colorizer.gallery.captions import CaptionsError
from colorizer.gallery.fetching import FetchError
from pages.parts.background import Task, get_tasks
from pages.parts.gallery.builder import begin
from pages.parts.gallery.intake import from_folder
from pages.parts.wording import escape

FETCHING = "historical photographs"


def offer_historical() -> None:
    """List what would be downloaded, with buttons to download it and to make a gallery of what has been downloaded."""
    folder = historical.downloads_folder()
    items, plan = historical.list_items(), historical.plan(folder)
    with st.expander("No photographs at hand? Public-domain ones of the Library of Congress"):
        st.markdown(
            f"{len(items)} photographs of 1935 to 1943 (Farm Security Administration, Office of War Information) with "
            f"their titles, photographers and credits. **To be fetched from the internet: {escape(str(plan))}** "
            "Nothing is fetched before you press the button."
        )
        shown = ("title", "year", "photographer", "licence", "url")
        rows = [{name: getattr(item.caption, name) for name in shown} for item in items]
        st.dataframe(rows, height=220, hide_index=True, column_config={"url": st.column_config.LinkColumn()})
        task = get_tasks().find(FETCHING)
        if task is not None and task.running:
            st.fragment(show_fetching, run_every=1)(task)
            return
        report_fetching(task)
        there = len(items) - len(plan.items)
        with st.container(horizontal=True):
            if plan.items and st.button(f"Fetch {len(plan.items)} photographs", icon=":material/download:"):
                get_tasks().start(FETCHING, fetch, (FetchError, CaptionsError, OSError))
                st.rerun()
            if there and st.button(f"Make a gallery of the {there} that are here", icon=":material/construction:"):
                begin("Photographs of the Library of Congress", DEFAULT_MODEL, lambda: from_folder(str(folder)))


def fetch(task: Task) -> dict[str, str]:
    folder = historical.downloads_folder()
    return historical.download(folder, progress=task.progress, stopped=task.stopped, wait=task.wait)


def show_fetching(task: Task) -> None:
    """Show the progress of the download; called again every second until it ends."""
    if not task.running:
        st.rerun(scope="app")
    st.progress(task.share, f"Fetching {task.done + 1} of {task.total or '…'}: {escape(task.item)}")
    st.button("Stop", icon=":material/stop_circle:", on_click=task.stop, key="gallery_stop_fetching")


def report_fetching(task: Task | None) -> None:
    """Show which files the last download could not fetch, and why."""
    if task is None:
        return
    if task.failure:
        st.error(escape(task.failure), icon=":material/error:")
    if task.result:
        lines = "\n".join(f"- **{escape(file)}**: {escape(reason)}" for file, reason in task.result.items())
        st.warning(f"{len(task.result)} were not fetched:\n\n{lines}")
