"""The captions of a gallery as a table. Each change is saved on disk before the page is drawn again."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import streamlit as st

from colorizer import images
from colorizer.gallery.captions import COLUMNS, Caption, CaptionsError
from colorizer.gallery.collection import (
    Gallery,
    Photograph,
)
from pages.parts.pictures import embed

ROW_PIXELS = 64


def edit_table(gallery: Gallery) -> None:
    """Show the captions as a table; a new number in the column `place` moves a photograph."""
    held = _held_rows(gallery)
    key = f"gallery_table_{gallery.id}_{held['revision']}"
    st.data_editor(
        held["rows"],
        key=key,
        on_change=save_table,
        args=(gallery, key),
        hide_index=True,
        row_height=ROW_PIXELS,
        disabled=["picture", "file"],
        column_config={
            "place": st.column_config.NumberColumn("place", min_value=1, step=1, width=60, help="Type another number."),
            "picture": st.column_config.ImageColumn("picture", width=80),
            "url": st.column_config.TextColumn("url", validate="^(https?://.+)?$", help="https://…"),
        },
    )
    st.caption("Type into a cell; it is saved when you leave it. Rows stand in the order of the show.")


def save_table(gallery: Gallery, key: str) -> None:
    """Save what was typed; photographs with an invalid cell are reported, the others are saved."""
    rows, problems = _held_rows(gallery)["rows"], []
    captions = gallery.captions()
    places = {}
    for index, changes in st.session_state[key]["edited_rows"].items():
        file = rows[int(index)]["file"]
        texts = {name: str(value or "").strip() for name, value in changes.items() if name in COLUMNS}
        if changes.get("place"):
            places[file] = int(changes["place"])
        try:
            captions[file] = replace(captions[file], **texts)
        except (CaptionsError, KeyError) as error:
            problems.append(f"Not saved for {file}: {error}")
    if places:
        order = [file for file in captions if file not in places]
        for file in sorted(places, key=places.__getitem__):
            order.insert(min(len(order), places[file] - 1), file)
        captions = {file: captions[file] for file in order}
    save(gallery, captions, redraw=bool(places))
    if problems:
        st.session_state.gallery_edit_problem = " ".join(problems)


def save(gallery: Gallery, captions: Mapping[str, Caption], redraw: bool) -> None:
    """Save captions and their order, or store an error message for the page to show."""
    try:
        gallery.arrange(captions)
    except CaptionsError as error:
        st.session_state.gallery_edit_problem = f"Not saved: {error}"
    except OSError as error:
        st.session_state.gallery_edit_problem = (
            f"Not saved: {error.strerror or error}. Free some space, then try again."
        )
    if redraw:
        redraw_table(gallery)


def redraw_table(gallery: Gallery) -> None:
    """Make the table read its rows from disk again."""
    found = st.session_state.get("gallery_rows", {}).get(gallery.id)
    if found:
        found["rows"] = []


@st.cache_data(show_spinner=False, max_entries=2000)
def draw(gallery_id: str, key: str, _gallery: Gallery) -> str:
    """Return a very small copy of a coloured picture as a data URL."""
    return embed(images.read(_gallery.coloured.read(key, "thumb")).pixels, max_side=ROW_PIXELS + 16)


def _held_rows(gallery: Gallery) -> dict:
    """Return the rows as first drawn: Streamlit keeps what the user types only while the input rows stay the same."""
    held = st.session_state.setdefault("gallery_rows", {})  # gallery id -> revision and rows
    current = {photo.file: photo for photo in gallery.photographs()}
    found = held.get(gallery.id)
    if found is None or {row["file"] for row in found["rows"]} != set(gallery.captions()):
        revision = found["revision"] + 1 if found else 0
        held[gallery.id] = {"revision": revision, "rows": _rows(gallery, current)}
    return held[gallery.id]


def _rows(gallery: Gallery, coloured: dict[str, Photograph]) -> list[dict]:
    return [
        {
            "place": place,
            "picture": draw(gallery.id, coloured[file].key, gallery) if file in coloured else None,
            "file": file,
            **asdict(caption),
        }
        for place, (file, caption) in enumerate(gallery.captions().items(), 1)
    ]
