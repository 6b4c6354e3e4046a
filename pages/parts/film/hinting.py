"""Hints for a film: a visitor takes a frame and corrects its colours, which then hold for the whole shot.

A frame is corrected as a photograph is, by the same parts of the page.
"""

import streamlit as st

from colorizer.film.errors import FilmError
from colorizer.film.hints.edits import FilmHint, read_film_edits, write_film_edits
from colorizer.film.hints.still import still
from colorizer.film.source import frame_at
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints.hint import HintError
from colorizer.inference.hints.sidecar import EditsError, sidecar_path
from pages.parts.film.desk import Desk
from pages.parts.hints.correction import correct
from pages.parts.network import BUSY, turn
from pages.parts.wording import escape


def prepare() -> None:
    """Set what the session must have; `colorize_...` are of the parts that correct photographs."""
    st.session_state.setdefault("film_frames", {})
    st.session_state.setdefault("film_taken", None)
    st.session_state.setdefault("colorize_desks", {})
    st.session_state.setdefault("colorize_shown", None)
    for key in ("film_time", "film_correct"):  # Streamlit forgets them while they are not shown
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def forget() -> None:
    """Drop the frames of a film with their hints."""
    st.session_state.film_frames, st.session_state.film_taken = {}, None
    st.session_state.pop("film_time", None)


def given_hints() -> tuple[FilmHint, ...]:
    """The hints on all frames of the film."""
    frames = sorted(_frames().items())
    return tuple(FilmHint(time, hint) for time, photograph in frames for hint in photograph.edits.hints)


def correct_frames(desk: Desk, colorizer: Colorizer, saturation: float) -> None:
    """Let the visitor choose a frame and correct its colours."""
    st.caption(
        "Stop at a frame where a colour is wrong, touch the place and say which colour it has. It holds for the whole "
        "shot, before and after the frame; at a cut it ends. Then make the preview again."
    )
    st.session_state.setdefault("film_time", 0.0)
    _offer_hinted_frames()
    last = max(0.1, round(desk.film.duration - 0.1, 1))
    st.slider("Frame, in seconds from the beginning", 0.0, last, step=0.1, format="%.1f", key="film_time")
    time = round(st.session_state.film_time, 3)
    try:
        with st.spinner("Colouring the frame"):
            photograph = _photograph(desk, time, colorizer)
    except (FilmError, OSError, *BUSY) as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    if photograph.refusal:
        st.error(escape(photograph.refusal), icon=":material/error:")
        return
    correct(f"film_{desk.folder.name}_{time}", photograph, colorizer, Look(saturation))
    _offer_file(desk)


def _frames() -> dict[float, Photograph]:
    return st.session_state.film_frames


def _photograph(desk: Desk, time: float, colorizer: Colorizer) -> Photograph:
    """The frame at a time as a photograph; those without hints are not kept."""
    frames = _frames()
    for other in [other for other, kept in frames.items() if other != time and not kept.edits.hints]:
        del frames[other]
    if time not in frames or frames[time].awaits(colorizer.name):
        made = still(frame_at(desk.film, time), f"{desk.name} at {time:.1f} seconds")
        if time in frames:  # hints that came from a file
            made.edits = frames[time].edits
        with turn():
            album.develop(made, colorizer)
        frames[time] = made
    return frames[time]


def _offer_hinted_frames() -> None:
    """A button for each frame that has hints, which goes there."""
    hinted = {time: photograph for time, photograph in sorted(_frames().items()) if photograph.edits.hints}
    if not hinted:
        return
    with st.container(horizontal=True):
        for time, photograph in hinted.items():
            count = len(photograph.edits.hints)
            words = f"{time:.1f} s: {count} hint{'' if count == 1 else 's'}"
            st.button(words, key=f"film_go_{time}", icon=":material/colorize:", on_click=_go, args=(time,))


def _go(time: float) -> None:
    st.session_state.film_time = time


def _offer_file(desk: Desk) -> None:
    """Offer the hints as a file, and take them from one."""
    hints = given_hints()
    with st.expander("Hints as a file", icon=":material/draft:"):
        st.caption("Keep it beside your film: the command line takes it with `--edits`, and this page takes it again.")
        st.download_button(
            "Download the hints",
            lambda: write_film_edits(desk.film, hints),
            file_name=sidecar_path(desk.film.path.with_name(desk.name)).name,
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            disabled=not hints,
        )
        st.file_uploader(
            "Take hints from a file", ["json"], max_upload_size=1, key="film_edits", on_change=_take, args=(desk,)
        )
        outcome, st.session_state.film_taken = st.session_state.film_taken, None
        if isinstance(outcome, int):
            st.success(f"{outcome} hint{'' if outcome == 1 else 's'} taken.")
        elif outcome:
            st.error(f"{escape(outcome)} Your hints are as they were.", icon=":material/error:")


def _take(desk: Desk) -> None:
    file = st.session_state.film_edits
    if file is None:
        return
    try:
        hints = read_film_edits(file.getvalue(), desk.film)
    except (FilmError, EditsError, HintError) as error:
        st.session_state.film_taken = str(error)
        return
    frames = _frames()
    for photograph in frames.values():
        photograph.edits.change(())
    for time in {one.time for one in hints}:
        photograph = frames.setdefault(time, Photograph(desk.name, b""))
        photograph.edits.change(one.hint for one in hints if one.time == time)
    st.session_state.film_taken = len(hints)
