"""The colour page: upload photographs, compare before and after, adjust the colours, download."""

from logging import getLogger

import streamlit as st

from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from colorizer.weights import WeightsError
from pages.parts.addresses import link_to
from pages.parts.colorize import memory
from pages.parts.colorize.comparison import compare
from pages.parts.colorize.correction import correct
from pages.parts.colorize.downloads import offer_downloads
from pages.parts.colorize.hint_file import offer_hint_file
from pages.parts.colorize.intake import ask, take_sample
from pages.parts.colorize.keeping import keep_new, show_kept
from pages.parts.colorize.look import choose_look
from pages.parts.colorize.versions import choose_version
from pages.parts.colorize.worklist import report, work
from pages.parts.network import get_model
from pages.parts.samples import offer_samples
from pages.parts.welcome import show_example


def choose_colorizer() -> Colorizer:
    """Return the chosen model; if it cannot be loaded, say so and stop the page."""
    try:
        return get_model(memory.current("model"))
    except WeightsError as error:
        getLogger(__name__).error(error)
        st.error(
            "Huestory cannot colour photographs at the moment: its trained model is missing or damaged. "
            "If you run this copy yourself, `weights/README.md` says which file belongs where.",
            icon=":material/error:",
        )
        st.stop()


def show(colorizer: Colorizer) -> None:
    """Show the coloured photographs and their controls, and colour the ones that are still waiting."""
    photographs = memory.photographs()
    waiting = [photograph for photograph in photographs.values() if photograph.awaits(colorizer.name)]
    ready = {key: photograph for key, photograph in photographs.items() if colorizer.name in photograph.predictions}
    progress = st.container()
    with progress:
        report(waiting)
    if ready:
        chosen = next(iter(ready))
        if len(ready) > 1:
            chosen = st.selectbox("Show", list(ready), format_func=lambda key: ready[key].name, key="colorize_chosen")
        picture, panel = st.columns([3, 1], gap="large")
        with panel:
            look = choose_look(colorizer, ready[chosen])
            offer_downloads(ready[chosen], list(ready.values()), colorizer, look)
            show_kept(chosen, ready[chosen], colorizer, look)
        with picture:
            show_photograph(chosen, ready[chosen], colorizer, look)
    st.button("Clear the page", icon=":material/delete:", on_click=memory.clear)
    if waiting and not st.session_state.colorize_pause:
        with progress:
            work(waiting, colorizer, shown=bool(ready))
    elif ready:
        with progress:
            keep_new(ready, colorizer, look)


def show_photograph(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Show one photograph: before and after with its other versions, or as it is while its colours are corrected."""
    picture = st.container()
    say_what_colors_are(photograph)
    if memory.setting(st.toggle, "correct", "Correct a colour", help="Touch a place and say which colour it has."):
        with picture:
            correct(key, photograph, colorizer, look)
        offer_hint_file(key, photograph)
    else:
        compare(photograph, colorizer, look, picture)
        choose_version(key, photograph, colorizer, look)


def say_what_colors_are(photograph: Photograph) -> None:
    given = len(photograph.edits.hints)
    known = {0: "", 1: ", except for one that you gave"}.get(given, f", except for {given} that you gave")
    st.caption(f"The colours are guesses: likely ones, not a record of what was there{known}.")


memory.remember()
st.title("Colour an old photograph", anchor=False)
if memory.photographs():
    ask()
else:
    example, way_in = st.columns([3, 2], gap="large")
    with example:
        show_example()
    with way_in:
        st.markdown(
            "Drop in a black-and-white photograph and see it in colour a few seconds later. "
            "Slide between before and after, adjust it, and download it at full size. "
            "**The colours are guesses**: likely ones, not a record of what was there."
        )
        ask()
    offer_samples(take_sample, "colorize")
    link_to("gallery", "More photographs, before and after")
colorizer = choose_colorizer()
if memory.photographs():  # no st.stop() before the end: Streamlit would keep the values of widgets that are gone
    show(colorizer)
