"""The photograph on which the models are compared: the visitor's own, or a sample."""

import streamlit as st

from colorizer import images
from colorizer.gallery import samples
from colorizer.inference import album
from colorizer.inference.album import Photograph
from pages.parts.samples import offer_samples
from pages.parts.uploads import PHOTOGRAPH_MEGABYTES, file_types


def remember() -> None:
    """Set up the session keys that do not exist yet."""
    st.session_state.setdefault("compare_photograph", None)
    st.session_state.setdefault("compare_seconds", {})  # model name -> seconds that it takes
    st.session_state.setdefault("compare_pause", "")  # why the other models are paused; empty: they are not


def ask() -> Photograph | None:
    """Return the visitor's photograph or a sample, or None while there is neither."""
    st.file_uploader(
        "Your photograph",
        type=file_types(images.EXTENSIONS),
        max_upload_size=PHOTOGRAPH_MEGABYTES,
        key="compare_upload",
        on_change=lambda: put(st.session_state.compare_upload),
    )
    if st.session_state.compare_photograph is None:
        offer_samples(take_sample, "compare")
    return st.session_state.compare_photograph


def put(file) -> None:
    """Replace the photograph by a new one, or remove it if `file` is None."""
    st.session_state.compare_seconds, st.session_state.compare_pause = {}, ""
    st.session_state.compare_photograph = None
    if file is not None:
        album.add(shelf := {}, "one", file.name, file.getvalue())
        st.session_state.compare_photograph = shelf["one"]


def take_sample(name: str) -> None:
    put(None)
    st.session_state.compare_photograph = Photograph(samples.find_sample(name).file, samples.read_sample(name))
