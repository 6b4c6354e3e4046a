"""The form for a new gallery, and the photographs of the Library of Congress for those who have none."""

from collections.abc import Callable
from logging import getLogger

import streamlit as st

from colorizer import DEFAULT_MODEL, model_info
from colorizer.gallery import captions, historical
from colorizer.gallery.captions import CaptionsError
from colorizer.gallery.catalogue import create_gallery
from colorizer.gallery.collection import (
    MAX_PICTURES,
    Gallery,
    GalleryError,
)
from colorizer.gallery.fetching import FetchError
from colorizer.weights import WeightsError, usable_models
from pages.parts.background import Task, get_tasks
from pages.parts.gallery import work as gallery_work
from pages.parts.gallery.intake import TAKEN, Intake, check_names, from_folder, from_uploads
from pages.parts.uploads import FOLDER, UPLOAD, ask_files
from pages.parts.wording import escape
from study import StudyError

FETCHING = "historical photographs"
REFUSALS = (GalleryError, CaptionsError, StudyError, OSError)


def ask_new_gallery() -> None:
    """The whole form; its button makes the gallery and has it coloured in the background."""
    st.session_state.setdefault("gallery_round", 0)  # a new round is an empty form
    st.subheader("New gallery", anchor=False)
    title = st.text_input("Title", key=_key("title"), max_chars=80, placeholder="What visitors read at the top")
    kind = st.radio("Photographs", [UPLOAD, FOLDER], horizontal=True, key=_key("kind"))
    files, path = [], ""
    if kind == UPLOAD:
        files = ask_files("Photographs, or a ZIP of them, and captions.csv if you have one", TAKEN, _key("files"))
    else:
        path = st.text_input("Folder or ZIP on the server", key=_key("path"))
    explain_captions()
    model = ask_model()
    if st.button("Make the gallery", icon=":material/construction:", key="gallery_make"):
        begin(title, model, lambda: from_uploads(files) if kind == UPLOAD else from_folder(path))
    report()


def explain_captions() -> None:
    st.caption(
        f"Up to {MAX_PICTURES} photographs. Captions can be typed in later, or come as a table, {captions.NAME} "
        f"(UTF-8), with the columns {', '.join(captions.COLUMNS)}; its rows are the order of the show. A gallery, once "
        "made, gives out such a table to be filled in with a spreadsheet."
    )


def ask_model() -> str:
    usable = usable_models()
    if len(usable) < 2:
        return DEFAULT_MODEL
    return st.selectbox("Coloured by", usable, format_func=title_of, key="gallery_model")


def title_of(model: str) -> str:
    return model_info(model).title


def begin(title: str, model: str, gather: Callable[[], Intake]) -> None:
    """Make a gallery and start colouring it, or say in place what is wrong."""
    if not title.strip():
        st.error("A gallery needs a title.", icon=":material/error:")
        return
    bar = st.progress(0.0, "Reading")
    try:
        intake = gather()
        check_names(intake)
        gallery, refused = create_gallery(
            title,
            model,
            intake.names,
            intake.read,
            intake.captions_csv,
            progress=lambda done, total, name: bar.progress(done / total, f"Copying {done + 1} of {total}"),
        )
    except REFUSALS as error:
        bar.empty()
        st.error(escape(str(error)), icon=":material/error:")
        return
    st.session_state.gallery_begun = {"title": gallery.config.title, "refused": refused}
    st.session_state.gallery_round += 1
    start(gallery)
    st.rerun()


def start(gallery: Gallery) -> None:
    """Colour what waits; a model that cannot be had is said and leaves the gallery as it is."""
    try:
        gallery_work.colour(gallery)
    except WeightsError as error:
        getLogger(__name__).error(error)
        st.session_state.gallery_problem = str(error)


def report() -> None:
    """What came of the last press of the button."""
    begun = st.session_state.pop("gallery_begun", None)
    if begun:
        st.success(f"**{escape(begun['title'])}** is made and is being coloured: see above.", icon=":material/check:")
        for name, reason in begun["refused"].items():
            st.warning(f"Left out **{escape(name)}**: {escape(reason)}")
    problem = st.session_state.pop("gallery_problem", None)
    if problem:
        st.error(escape(problem), icon=":material/error:")


# === Photographs of the Library of Congress ===


def offer_historical() -> None:
    """Say what would be fetched, fetch it when told to, make a gallery of what is there."""
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
    """How far it is; polls until it ends."""
    if not task.running:
        st.rerun(scope="app")
    st.progress(task.share, f"Fetching {task.done + 1} of {task.total or '…'}: {escape(task.item)}")
    st.button("Stop", icon=":material/stop_circle:", on_click=task.stop, key="gallery_stop_fetching")


def report_fetching(task: Task | None) -> None:
    """What the last attempt did not bring."""
    if task is None:
        return
    if task.failure:
        st.error(escape(task.failure), icon=":material/error:")
    if task.result:
        lines = "\n".join(f"- **{escape(file)}**: {escape(reason)}" for file, reason in task.result.items())
        st.warning(f"{len(task.result)} were not fetched:\n\n{lines}")


def _key(name: str) -> str:
    return f"gallery_new_{name}_{st.session_state.gallery_round}"
