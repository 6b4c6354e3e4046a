"""Editing of a gallery: title, model, captions, order, and which photographs are in it."""

from collections.abc import Sequence

import streamlit as st

from colorizer.gallery.captions import NAME, CaptionsError, write_captions
from colorizer.gallery.collection import (
    Gallery,
    GalleryError,
)
from colorizer.weights import usable_models
from pages.parts.gallery import work as gallery_work
from pages.parts.gallery.builder import REFUSALS, show_left_out, start, title_of
from pages.parts.gallery.intake import TAKEN, add_to, from_uploads
from pages.parts.gallery.table import edit_table, redraw_table, save
from pages.parts.uploads import ask_files
from pages.parts.wording import escape


def edit(gallery: Gallery) -> None:
    """Show all editing controls of a gallery, and the error of the last press of a button if there was one."""
    problem = st.session_state.pop("gallery_edit_problem", None)
    if problem:
        st.error(escape(problem), icon=":material/error:")
    if refused := st.session_state.get(_left_out_key(gallery)):
        show_left_out(refused, _left_out_key(gallery))
    title = st.text_input("Title", gallery.config.title, max_chars=80, key=f"gallery_title_{gallery.id}")
    if title.strip() and title.strip() != gallery.config.title:
        gallery.update(title=title.strip())
        st.rerun()
    choose_model(gallery)
    if gallery_work.is_running(gallery):
        st.caption("Captions and order can be changed when the photographs are coloured.")
        return
    edit_table(gallery)
    arrange_one(gallery)
    add_more(gallery)


def choose_model(gallery: Gallery) -> None:
    """Choose another model, which colours the whole gallery again, except what it has coloured before."""
    usable = usable_models()
    current = gallery.config.model
    if len(usable) < 2 or current not in usable:
        return
    chosen = st.selectbox(
        "Coloured by", usable, usable.index(current), format_func=title_of, key=f"gallery_model_{gallery.id}"
    )
    if chosen != current:
        gallery.update(model=chosen)
        start(gallery)
        st.rerun()


def arrange_one(gallery: Gallery) -> None:
    """Move or remove one photograph."""
    captions = gallery.captions()
    files = list(captions)
    if not files:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        file = st.selectbox(
            "Photograph",
            files,
            format_func=lambda name: f"{captions[name].title} ({name})" if captions[name].title else name,
            key=f"gallery_file_{gallery.id}",
            width=360,
        )
        for words, step in (("Move up", -1), ("Move down", 1)):
            st.button(words, key=f"gallery_move_{step}_{gallery.id}", on_click=move, args=(gallery, file, step))
        with st.popover("Remove"):
            st.markdown(f"Takes **{escape(captions[file].title or file)}** out of the gallery, with its caption.")
            st.button("Remove it", key=f"gallery_remove_{gallery.id}", on_click=remove, args=(gallery, file))


def move(gallery: Gallery, file: str, step: int) -> None:
    captions = gallery.captions()
    order = [name for name in captions if name != file]
    place = list(captions).index(file) + step
    order.insert(max(0, place), file)
    save(gallery, {name: captions[name] for name in order}, redraw=True)


def remove(gallery: Gallery, file: str) -> None:
    try:
        gallery.remove(file)
    except (GalleryError, CaptionsError, OSError) as error:
        st.session_state.gallery_edit_problem = str(error)
    redraw_table(gallery)


def add_more(gallery: Gallery) -> None:
    """Add photographs to an existing gallery, or captions from a spreadsheet; offer its captions as a table."""
    st.session_state.setdefault("gallery_round", 0)
    round = st.session_state.gallery_round
    files = ask_files(
        "Add photographs, or a table of captions for those that are here", TAKEN, f"gallery_more_{gallery.id}_{round}"
    )
    with st.container(horizontal=True):
        words = "Add 1 file" if len(files) == 1 else f"Add {len(files)} files"
        if files and st.button(words, icon=":material/add:", key=f"gallery_add_{gallery.id}"):
            add(gallery, files)
        st.download_button(
            "Captions as a table",
            write_captions(gallery.captions()),
            file_name=NAME,
            mime="text/csv",
            icon=":material/table:",
            on_click="ignore",
            key=f"gallery_csv_{gallery.id}",
        )


def add(gallery: Gallery, files: Sequence) -> None:
    try:
        refused = add_to(gallery, from_uploads(files))
    except REFUSALS as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    st.session_state[_left_out_key(gallery)] = refused
    st.session_state.gallery_round += 1
    redraw_table(gallery)
    start(gallery)
    st.rerun()


def _left_out_key(gallery: Gallery) -> str:
    return f"gallery_left_out_{gallery.id}"
