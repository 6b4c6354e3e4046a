"""Downloads: one photograph, made when its button is pressed, or all of them as a ZIP."""

import streamlit as st

from colorizer import images
from colorizer.inference import album_export
from colorizer.inference.album import Look, Photograph
from colorizer.inference.album_export import ArchiveFullError
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize.memory import setting
from pages.parts.network import BUSY, turn, turn_shown
from pages.parts.wording import escape

FORMATS = {"As uploaded": None, "JPEG": "jpeg", "PNG": "png", "TIFF": "tiff"}


def offer_downloads(photograph: Photograph, ready: list[Photograph], colorizer: Colorizer, look: Look) -> None:
    """Offer the shown photograph at full size, and a ZIP of all that are `ready` if there are several."""
    st.header("Download", anchor=False)
    format = FORMATS[setting(st.selectbox, "format", "File type", list(FORMATS))]
    if look.saturation == 0:
        st.info("Without colour there is nothing to download. Give the colours some strength.")
        return
    st.download_button(
        "**Download this photograph**",
        make_file(photograph, colorizer, look, format),
        file_name=images.output_name(photograph.name, album_export.export_format(photograph, format), set()),
        mime=f"image/{album_export.export_format(photograph, format)}",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    st.caption(" ".join([f"Full size: {photograph.width} × {photograph.height} pixels.", *losses(photograph, format)]))
    if len(ready) > 1:
        offer_archive(ready, colorizer, look, format)


def losses(photograph: Photograph, format: str | None) -> list[str]:
    """What the file will lack of the photograph's, a sentence each."""
    found = []
    if album_export.export_format(photograph, format) != "tiff":
        if photograph.bits > 8:
            found.append(f"Its {photograph.bits} bits become 8; TIFF keeps 16.")
        if photograph.has_alpha:
            found.append("What is transparent becomes white; TIFF keeps it.")
    if photograph.pictures > 1:
        kind = "pages" if photograph.format == "TIFF" else "pictures"
        found.append(f"The file has {photograph.pictures} {kind}; this is the first.")
    return found


def make_file(photograph: Photograph, colorizer: Colorizer, look: Look, format: str | None):
    """Return the function that the button calls in its own thread: it waits for its turn and returns the file."""

    def make() -> bytes:
        with turn():
            return album_export.export_photograph(photograph, colorizer, look, format)

    return make


def offer_archive(ready: list[Photograph], colorizer: Colorizer, look: Look, format: str | None) -> None:
    """Offer a ZIP; making one takes a while, so it is prepared first, with a progress bar."""
    content = [(id(p), p.version, p.edits.hints) for p in ready], colorizer.name, look, format
    made = st.session_state.colorize_archive
    if made and made[0] == content:
        st.download_button(
            "Download the ZIP",
            made[1],
            file_name="huestory.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            on_click="ignore",
            width="stretch",
        )
        return
    st.session_state.colorize_archive = None  # the photographs or settings have changed since it was made
    if st.button(f"Prepare all {len(ready)} as a ZIP", icon=":material/folder_zip:", width="stretch"):
        prepare_archive(content, ready, colorizer, look, format)


def prepare_archive(content, ready: list[Photograph], colorizer: Colorizer, look: Look, format: str | None) -> None:
    bar = st.progress(0.0)
    places = {id(photograph): place for place, photograph in enumerate(ready)}

    def take_turn(photograph: Photograph):
        place = places[id(photograph)]
        return turn_shown(bar, place / len(ready), f"Preparing {place + 1} of {len(ready)}")

    try:
        st.session_state.colorize_archive = (
            content,
            album_export.export_archive(ready, colorizer, look, format, take_turn),
        )
    except (*BUSY, ArchiveFullError) as error:
        st.warning(escape(str(error)))
    else:
        st.rerun()
