"""The colour page: upload photographs, compare before and after, adjust the colours, download.

Until there is a photograph the page is an invitation. From then on the picture comes first: the uploader is one line,
the download stands beside the picture, and everything that is seldom needed is folded or below.
"""

from logging import getLogger
from pathlib import Path

import streamlit as st

from colorizer.inference.colorizer import Colorizer
from colorizer.weights import WeightsError
from pages.parts.addresses import link_to
from pages.parts.colorize import memory
from pages.parts.colorize.comparison import choose_view, compare, show_waiting
from pages.parts.colorize.downloads import offer_downloads
from pages.parts.colorize.hint_file import offer_hint_file
from pages.parts.colorize.intake import ask, say_terms, take_sample
from pages.parts.colorize.keeping import keep_new, say_what_is_kept, show_kept
from pages.parts.colorize.look import choose_look, look_of
from pages.parts.colorize.preparing import choose_preparation, prepare_all
from pages.parts.colorize.returning import follow
from pages.parts.colorize.strip import show_strip
from pages.parts.colorize.versions import choose_version
from pages.parts.colorize.worklist import report, work
from pages.parts.hints.correction import correct
from pages.parts.network import get_model
from pages.parts.samples import offer_samples
from pages.parts.welcome import show_example

STYLE = Path(__file__).parent / "parts" / "colorize" / "colorize.css"


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
    """Show the photographs and their controls, and colour the ones that are still waiting."""
    status = st.container(key="colorize_status")
    with status:
        prepare_all(colorizer)
    photographs, shown = memory.accepted(), memory.shown()
    waiting = {key: photograph for key, photograph in photographs.items() if photograph.awaits(colorizer.name)}
    ready = {key: photograph for key, photograph in photographs.items() if key not in waiting}
    with status:
        report(waiting)
    side, panel = st.columns([3, 1], gap="medium")
    with side:
        show_strip(colorizer)
        stage = st.container(key="colorize_stage")
    if shown in ready:
        show_photograph(shown, ready, colorizer, stage, panel)
        say_what_is_kept()
    with stage:
        show_waiting(waiting.get(shown))
    follow(colorizer)
    with status:
        if waiting and not st.session_state.colorize_pause:
            work(waiting, colorizer, shown, stage)
        else:
            keep_new(ready, colorizer)


def show_photograph(shown: str, ready: dict, colorizer: Colorizer, stage, panel) -> None:
    """Show one photograph: before and after with its other versions, or as it is while its colours are corrected."""
    photograph = ready[shown]
    with panel:
        offer_downloads(shown, ready, colorizer)
        say_what_colors_are(photograph)
        show_kept(shown, photograph, colorizer, look_of(shown, colorizer))
        correcting = memory.setting(
            st.toggle, "correct", "Correct a colour", help="Touch a place and say which colour it has."
        )
        choose_preparation(shown, photograph, colorizer, look_of(shown, colorizer))
        choose_look(colorizer, photograph)
    look = look_of(shown, colorizer)
    with stage:
        if correcting:
            correct(shown, photograph, colorizer, look)
        else:
            compare(shown, photograph, colorizer, look)
    if correcting:
        offer_hint_file(shown, photograph)
    else:
        choose_view(photograph, colorizer)
        choose_version(shown, photograph, colorizer, look)


def say_what_colors_are(photograph) -> None:
    given = len(photograph.edits.hints)
    known = {0: "", 1: ", except for one that you gave"}.get(given, f", except for {given} that you gave")
    st.caption(f"The colours are guesses: likely ones, not a record of what was there{known}.")


memory.remember()
st.html(STYLE)
with st.container(key="colorize_work" if memory.accepted() else "colorize_start"):
    st.html("<span></span>")  # tells the style, before all else, what the page is about; an empty container is left out
with st.container(key="colorize_heading"):
    st.title("Colour an old photograph", anchor=False)
# What belongs to the invitation keeps its places when a photograph is there: the uploader then has lost nothing, and
# nothing else is seen among the remains.
example, way_in = st.columns([3, 2], gap="large")
with way_in:
    ask()
    terms = st.container(key="colorize_terms")
loading = st.container(key="colorize_loading")
invitation = st.container(key="colorize_invitation")
if memory.accepted():  # no st.stop() before the end: Streamlit would keep the values of widgets that are gone
    with loading:
        colorizer = choose_colorizer()
    show(colorizer)
else:
    with example:
        show_example()
    with terms:
        report({})
        say_terms()
    with invitation:
        offer_samples(take_sample, "colorize")
        link_to("gallery", "More photographs, before and after")
        follow()
        with st.container(key="colorize_whole"):
            st.html("<span></span>")  # tells the style that the first screen has arrived
    with loading:  # last: the first visitor of a server need not wait for the network to see what this is
        choose_colorizer()
