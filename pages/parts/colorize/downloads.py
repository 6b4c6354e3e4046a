"""Downloads: one photograph, made when its button is pressed, or all of them as a ZIP."""

from collections.abc import Callable
from pathlib import PurePath

import streamlit as st

from colorizer import images
from colorizer.gallery.comparison import export_pair, export_slider_page
from colorizer.inference import album, album_export
from colorizer.inference.album import Look, Photograph
from colorizer.inference.album_export import ArchiveFullError
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.colorize.look import look_of
from pages.parts.colorize.memory import current, setting
from pages.parts.colorize.reference import look_at_lender
from pages.parts.colorize.returning import mark_saved
from pages.parts.network import BUSY, turn, turn_shown
from pages.parts.wording import escape

FORMATS = {"As uploaded": None, "JPEG": "jpeg", "PNG": "png", "TIFF": "tiff"}


def offer_downloads(shown: str, ready: dict[str, Photograph], colorizer: Colorizer) -> None:
    """Offer the photograph on show at full size, and a ZIP of all that are `ready` if there are several."""
    photograph, look = ready[shown], look_of(shown, colorizer)
    format = FORMATS[current("format")]
    if look.saturation == 0:
        st.info("Without colour there is nothing to download. Give the colours some strength.")
    else:
        name = images.output_name(photograph.name, album_export.export_format(photograph, format), set())
        st.download_button(
            "**Download this photograph**",
            make_file(photograph, colorizer, look, format),
            file_name=name,
            mime=f"image/{album_export.export_format(photograph, format)}",
            icon=":material/download:",
            type="primary",
            on_click=mark_saved,
            args=([shown], colorizer),
            width="stretch",
            help=f"Saved as {escape(name)}, so that it cannot be taken for the original.",
        )
        height, width = photograph.prepared_size
        size = f"Full size: {width} × {height} pixels."
        st.caption(" ".join([size, *losses(photograph, format)]))
    if len(ready) > 1:
        offer_archive(ready, colorizer, format)
    with st.expander("More ways to save", icon=":material/save:"):
        setting(st.selectbox, "format", "File type", list(FORMATS))
        if look.saturation > 0:
            _offer_to_show_around(photograph, colorizer, look)


def _offer_to_show_around(photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Offer both pictures as one, and as a web page; each is made when its button is pressed."""
    stem = PurePath(photograph.name).stem
    for label, export, suffix, mime, icon in (
        ("Before and after as one picture", export_pair, "jpg", "image/jpeg", ":material/compare:"),
        ("Web page with the slider", export_slider_page, "html", "text/html", ":material/html:"),
    ):
        st.download_button(
            label,
            make_comparison(export, photograph, colorizer, look),
            file_name=f"{stem}_before_after.{suffix}",
            mime=mime,
            icon=icon,
            on_click="ignore",
            width="stretch",
        )
    st.caption(f"Both say on them: {images.CAPTION}.")


def make_comparison(export: Callable, photograph: Photograph, colorizer: Colorizer, look: Look):
    """Return the function that a button calls in its own thread: it waits for its turn and returns the file."""

    def make() -> bytes:
        with turn():
            return export(album.developed(photograph, colorizer), colorizer, look)

    return make


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
            return album_export.export_photograph(album.developed(photograph, colorizer), colorizer, look, format)

    return make


def offer_archive(ready: dict[str, Photograph], colorizer: Colorizer, format: str | None) -> None:
    """Offer a ZIP; making one takes a while, so it is prepared first, with a progress bar."""
    looks = {key: look_of(key, colorizer) for key in ready}
    made_of = [(key, p.preparation, p.version, p.edits.hints, looks[key]) for key, p in ready.items()]
    content = made_of, colorizer.name, format
    made = st.session_state.colorize_archive
    if made and made[0] == content:
        st.download_button(
            "Download the ZIP",
            made[1],
            file_name="huestory.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            on_click=mark_saved,
            args=(list(ready), colorizer),
            width="stretch",
        )
        return
    st.session_state.colorize_archive = None  # the photographs or settings have changed since it was made
    if st.button(f"Prepare all {len(ready)} as a ZIP", icon=":material/folder_zip:", width="stretch"):
        prepare_archive(content, ready, colorizer, format)


def prepare_archive(content, ready: dict[str, Photograph], colorizer: Colorizer, format: str | None) -> None:
    bar = st.progress(0.0)
    places = {id(photograph): place for place, photograph in enumerate(ready.values())}

    def take_turn(photograph: Photograph):
        place = places[id(photograph)]
        return turn_shown(bar, place / len(ready), f"Preparing {place + 1} of {len(ready)}")

    try:
        for key in ready:
            look_at_lender(memory.look_of(key)["lender"], colorizer)
        looks = [(photograph, look_of(key, colorizer)) for key, photograph in ready.items()]
        data = album_export.export_archive(looks, colorizer, format, take_turn)
        st.session_state.colorize_archive = content, data
    except (*BUSY, ArchiveFullError) as error:
        st.warning(escape(str(error)))
    else:
        st.rerun()
