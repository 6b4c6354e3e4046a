"""The form for a new gallery."""

from collections.abc import Callable, Mapping
from logging import getLogger

import streamlit as st

from colorizer import DEFAULT_MODEL, model_info
from colorizer.gallery import captions
from colorizer.gallery.captions import CaptionsError
from colorizer.gallery.catalogue import create_gallery
from colorizer.gallery.collection import (
    MAX_PICTURES,
    Gallery,
    GalleryError,
)
from colorizer.weights import WeightsError, usable_models
from pages.parts.gallery import work as gallery_work
from pages.parts.gallery.intake import TAKEN, Intake, check, from_folder, from_uploads
from pages.parts.uploads import FOLDER, UPLOAD, ask_files
from pages.parts.wording import escape
from study import StudyError

REFUSALS = (GalleryError, CaptionsError, StudyError, OSError)


def ask_new_gallery() -> None:
    """Show the whole form; its button makes the gallery and starts colouring it in the background."""
    st.session_state.setdefault("gallery_round", 0)  # a new number makes Streamlit draw an empty form
    st.header("New gallery", anchor=False)
    title = st.text_input("Title", key=_key("title"), max_chars=80, placeholder="What visitors read at the top")
    kind = st.radio("Photographs", [UPLOAD, FOLDER], horizontal=True, key=_key("kind"))
    files, path = [], ""
    if kind == UPLOAD:
        files = ask_files("Photographs, or a ZIP of them; a table of captions, too", TAKEN, _key("files"))
    else:
        path = st.text_input("Folder or ZIP on the server", key=_key("path"))
    explain_captions()
    model = ask_model()
    if st.button("Make the gallery", icon=":material/construction:", key="gallery_make"):
        begin(title, model, lambda: from_uploads(files) if kind == UPLOAD else from_folder(path))
    report()


def explain_captions() -> None:
    st.caption(
        f"Up to {MAX_PICTURES} photographs. Captions can be typed in later, or come as a table from any spreadsheet, "
        f"saved as CSV. Its first line names columns out of {', '.join(captions.COLUMNS)}, also in German, French or "
        "Spanish; others are left out. Its rows are the order of the show. A gallery, once made, gives out such a "
        "table to be filled in."
    )


def ask_model() -> str:
    usable = usable_models()
    if len(usable) < 2:
        return DEFAULT_MODEL
    return st.selectbox("Coloured by", usable, format_func=title_of, key="gallery_model")


def title_of(model: str) -> str:
    return model_info(model).title


def begin(title: str, model: str, gather: Callable[[], Intake]) -> None:
    """Make a gallery and start colouring it, or show on the page what is wrong."""
    if not title.strip():
        st.error("A gallery needs a title.", icon=":material/error:")
        return
    bar = st.progress(0.0, "Reading")
    try:
        intake = gather()
        check(intake)
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
    """Start colouring the waiting photographs; if the model cannot be loaded, store the message and change nothing."""
    try:
        gallery_work.colour(gallery)
    except WeightsError as error:
        getLogger(__name__).error(error)
        st.session_state.gallery_problem = str(error)


def report() -> None:
    """Show the result of the last press of the button; what was left out stays until it has been seen."""
    begun = st.session_state.get("gallery_begun")
    if begun:
        st.success(f"**{escape(begun['title'])}** is made and is being coloured: see above.", icon=":material/check:")
        if begun["refused"]:
            show_left_out(begun["refused"], "gallery_begun")
        else:
            del st.session_state.gallery_begun
    problem = st.session_state.pop("gallery_problem", None)
    if problem:
        st.error(escape(problem), icon=":material/error:")


def show_left_out(refused: Mapping[str, str], kept_in: str) -> None:
    """Show what was left out and why, until it has been seen: colouring draws the page anew, again and again.

    Args:
        kept_in: the entry of the session that is removed when it has been seen.
    """
    lines = [f"- **{escape(name)}**: {escape(reason)}" for name, reason in refused.items()]
    st.warning("\n".join(["Left out:", "", *lines]), icon=":material/warning:")
    st.button("I have seen it", key=f"{kept_in}_seen", on_click=st.session_state.pop, args=(kept_in, None))


def _key(name: str) -> str:
    return f"gallery_new_{name}_{st.session_state.gallery_round}"
