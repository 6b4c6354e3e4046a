"""The hints of a photograph as a file: to be downloaded, and to be taken from a file again."""

from pathlib import Path

import streamlit as st

from colorizer.imaging.preparation import AS_IT_IS, PreparationError
from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.hints.hint import HintError
from colorizer.inference.hints.sidecar import EditsError, sidecar_path
from pages.parts.colorize import memory
from pages.parts.wording import escape


def offer_hint_file(key: str, photograph: Photograph) -> None:
    """Offer the hints of the shown photograph as a file, and take them from one."""
    with st.expander("Hints as a file", icon=":material/draft:"):
        st.caption(
            "Keep it beside your photograph, and the colours can be made again, here or on the command line. "
            "How the photograph was turned and cropped is in it, too."
        )
        st.download_button(
            "Download the hints",
            lambda: album.write_sidecar(photograph),
            file_name=sidecar_path(Path(photograph.name)).name,
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            disabled=not photograph.edits.hints and photograph.preparation == AS_IT_IS,
        )
        field = f"colorize_edits_{key}"
        st.file_uploader(
            "Take hints from a file",
            ["json"],
            max_upload_size=1,
            key=field,
            on_change=_take,
            args=(field, key, photograph),
        )
        if field in st.session_state.colorize_taken:
            _report(st.session_state.colorize_taken.pop(field))


def _take(field: str, key: str, photograph: Photograph) -> None:
    file, taken = st.session_state[field], st.session_state.colorize_taken
    if file is None:
        return
    try:
        edits = album.read_sidecar(photograph, file.getvalue())
        if edits.preparation != AS_IT_IS:  # a file without one says nothing about it
            memory.take_preparation(key, edits.preparation)
        taken[field] = len(edits.hints)
    except (EditsError, HintError, PreparationError) as error:
        taken[field] = str(error)


def _report(outcome: int | str) -> None:
    """Say how many hints were taken, or why none was."""
    if isinstance(outcome, int):
        st.success(f"{outcome} hint{'' if outcome == 1 else 's'} taken. Undo brings back what was there before.")
    else:
        st.error(f"{escape(outcome)} Your hints are as they were.", icon=":material/error:")
