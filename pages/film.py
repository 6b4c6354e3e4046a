"""The page Film: upload a film, see a preview beside the original, colour all of it in the background, download."""

from logging import getLogger

import streamlit as st

from colorizer import DEFAULT_MODEL
from colorizer.film import source
from colorizer.film.errors import FilmError
from colorizer.film.source import Part
from colorizer.inference.colorizer import Colorizer
from colorizer.weights import WeightsError
from pages.parts.film.desk import KEPT_HOURS, MEGABYTES, MINUTES, Desk, receive
from pages.parts.film.hinting import correct_frames, forget, given_hints, prepare
from pages.parts.film.viewing import follow, show_failure, show_film, show_preview
from pages.parts.film.work import PREVIEW_SECONDS, is_running, start_film, start_preview
from pages.parts.network import get_model
from pages.parts.uploads import file_types
from pages.parts.widgets.film_length import watch_length
from pages.parts.wording import escape


def ask() -> None:
    """Take a film; another one takes the place of the one before."""
    st.markdown(
        "Drop in a black-and-white film and see ten seconds of it in colour, beside the original. Then colour all of "
        "it, with its sound. **The colours are guesses**: likely ones, not a record of what was there."
    )
    key = f"film_upload_{st.session_state.film_round}"
    upload = st.file_uploader("Your film", file_types(source.EXTENSIONS), max_upload_size=MEGABYTES, key=key)
    too_large = (
        f"A film may have {MEGABYTES} MB here. This one has {{megabytes}} MB: cut it, or colour it with "
        "python -m colorizer film, which takes any size."
    )
    too_long = source.too_long(60 * MINUTES, "{minutes} minutes long").replace("`", "")
    watch_length(key, MEGABYTES, too_large, 60 * MINUTES, too_long)
    st.caption(
        f"Up to {MEGABYTES} MB and {MINUTES} minutes. Longer ones are coloured by the command line, "
        f"`python -m colorizer film`. A film stays on this server for at most {KEPT_HOURS} hours, and nobody else "
        "sees it."
    )
    if upload is not None:
        take(upload)


def take(upload) -> None:
    try:
        st.session_state.film_desk = receive(upload)
    except (FilmError, OSError) as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    st.rerun()


def clear() -> None:
    st.session_state.film_desk.clear()
    st.session_state.film_desk = st.session_state.film_begun = None
    forget()
    st.session_state.film_round += 1


def choose_part(desk: Desk, busy: bool) -> Part:
    """The part of the film that is wanted."""
    length = round(desk.film.duration, 1)
    words = "Part of the film, in seconds"
    start, end = st.slider(words, 0.0, length, (0.0, length), 0.1, "%.1f", key="film_part", disabled=busy)
    return Part(start, None if end >= length else max(end, start + 0.2))


def get_colorizer() -> Colorizer:
    try:
        return get_model(DEFAULT_MODEL)
    except WeightsError as error:
        getLogger(__name__).error(error)
        st.error("Huestory cannot colour films at the moment: its trained model is missing or damaged.")
        st.stop()


def show(desk: Desk) -> None:
    """Show a film, what can be done with it, and what is made of it."""
    film = desk.film
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(desk.name)}**: {film.width} × {film.height} pixels, {film.duration:.1f} seconds.")
        st.button("Clear the page", icon=":material/delete:", on_click=clear)
    for sentence in film.notes:
        st.caption(sentence)
    busy = is_running(desk, "preview") or is_running(desk, "film")
    saturation = offer(desk, busy)
    for kind in ("preview", "film"):
        if is_running(desk, kind):
            follow(desk, kind)
        show_failure(desk, kind)
    if desk.colored.exists() and not is_running(desk, "film"):
        show_film(desk)
    if desk.pair.exists() and not is_running(desk, "preview"):
        show_preview(desk)
    if not busy and st.toggle("Correct a colour", key="film_correct", help="Take a frame and say which colour it has."):
        correct_frames(desk, get_colorizer(), saturation)


def offer(desk: Desk, busy: bool) -> float:
    """Offer the settings, the preview and the colouring of the whole; while something runs, they only stand there.

    Returns:
        the strength of the colours.
    """
    left, right = st.columns([2, 1], gap="medium")
    with left:
        part = choose_part(desk, busy)
    words = "Strength of the colours"
    saturation = right.slider(words, 0.0, 2.0, 1.0, 0.05, key="film_saturation", disabled=busy)
    begun = (desk.folder / "colored.mp4.parts").exists() and st.session_state.film_begun is not None
    seen = desk.pair.exists()
    with st.container(horizontal=True):
        preview = st.button(
            f"Preview {PREVIEW_SECONDS} seconds",
            icon=":material/preview:",
            type="secondary" if seen else "primary",
            disabled=busy,
        )
        words = "Colour all of it" if part.is_whole else "Colour this part"
        whole = st.button(
            words, icon=":material/movie:", type="primary" if seen else "secondary", disabled=busy, key="film_whole"
        )
        goes_on = begun and not busy and st.button("Go on where it stopped", icon=":material/resume:")
    if preview or whole or goes_on:
        colorizer = get_colorizer()
        if preview:
            desk.pair.unlink(missing_ok=True)
            start_preview(desk, colorizer, part, saturation, given_hints())
        else:
            if whole:
                st.session_state.film_begun = part, saturation, given_hints()
            start_film(desk, colorizer, *st.session_state.film_begun, resume=bool(goes_on))
        st.rerun()
    return saturation


st.session_state.setdefault("film_desk", None)
st.session_state.setdefault("film_round", 0)
st.session_state.setdefault("film_begun", None)  # part, strength and hints with which the whole was begun
prepare()
st.title("Colour a film", anchor=False)
if st.session_state.film_desk is not None and not st.session_state.film_desk.folder.exists():
    st.session_state.film_desk = None  # deleted after a day
if st.session_state.film_desk is None:
    ask()
else:
    show(st.session_state.film_desk)
