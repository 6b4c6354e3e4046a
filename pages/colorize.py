"""Colour photographs: put them in, slide between before and after, adjust, download."""

from logging import getLogger

import streamlit as st

from colorizer import images, model_info
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from colorizer.weights import WeightsError, usable_models
from pages.parts.colorize import memory
from pages.parts.colorize.downloads import offer_downloads
from pages.parts.colorize.intake import ask
from pages.parts.colorize.keeping import keep_new, show_kept
from pages.parts.colorize.memory import setting
from pages.parts.colorize.versions import choose_version
from pages.parts.colorize.worklist import report, work
from pages.parts.network import get_model
from pages.parts.pictures import Picture
from pages.parts.widgets.online_slider import online_slider
from pages.parts.widgets.side_by_side import side_by_side
from pages.parts.widgets.slider import slider

VIEWS = {"Slider": slider, "Side by side": side_by_side, "Online slider": online_slider}
VIEW_NOTES = ["", "", "Loads a script from the internet"]
BOLDNESS = {"Cautious": 1.6, "Balanced": 1.0, "Bold": 0.5}  # times the model's own temperature


def choose_colorizer() -> Colorizer:
    """The chosen model, or the end of the page in plain words."""
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


def choose_look(colorizer: Colorizer) -> Look:
    """Everything that can be changed about the colours."""
    st.header("Adjust", anchor=False)
    usable = usable_models()
    if len(usable) > 1:
        note = "The first is our own and the best. The others are older networks, here to be compared with it."
        setting(st.selectbox, "model", "Model", usable, format_func=lambda name: model_info(name).title, help=note)
    saturation = setting(st.slider, "saturation", "Strength of the colours", 0.0, 2.0, step=0.05, format="percent")
    temperature = colorizer.default_temperature
    if temperature is not None:
        note = "Where several colours are likely, bold takes the likeliest; cautious mixes them, which is paler."
        boldness = setting(st.radio, "boldness", "Guesses", list(BOLDNESS), horizontal=True, help=note)
        temperature = temperature * BOLDNESS[boldness]
    caption = setting(st.toggle, "caption", "Note on the picture", help=f"Writes into a corner: {images.CAPTION}.")
    return Look(saturation, temperature, caption)


def compare(photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """The photograph before and after, in the style that the visitor chose."""
    picture = st.container()
    st.caption("The colours are guesses: likely ones, not a record of what was there.")
    view = setting(st.radio, "view", "View", list(VIEWS), captions=VIEW_NOTES, horizontal=True)
    against = "Grey"
    if photograph.original is not None:
        against = setting(st.radio, "against", "Compare with", ["Grey", "Original colours"], horizontal=True)
    if against == "Grey":
        before = Picture(photograph.gray, "Before", f"{photograph.name} in grey")
    else:
        before = Picture(photograph.original, "Original", f"{photograph.name} in its own colours")
    if setting(st.toggle, "doubt", "Show where it guesses", disabled=not photograph.knows_uncertainty(colorizer.name)):
        st.caption("Orange: other colours are nearly as likely. Grey: Huestory is sure, and may still be wrong.")
        after = Picture(
            album.render_uncertainty(photograph, colorizer), "Guesses", f"{photograph.name}, guesses in orange"
        )
    else:
        rgb = album.render_view(photograph, colorizer, look)
        after = Picture(rgb, "After", f"{photograph.name} coloured by Huestory")
    with picture:
        VIEWS[view](before, after)


def show(colorizer: Colorizer) -> None:
    """The photographs that are done, with all that can be done to them, while the others are being coloured."""
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
            look = choose_look(colorizer)
            offer_downloads(ready[chosen], list(ready.values()), colorizer, look)
            show_kept(chosen, ready[chosen], colorizer, look)
        with picture:
            compare(ready[chosen], colorizer, look)
            choose_version(chosen, ready[chosen], colorizer, look)
    st.button("Clear the page", icon=":material/delete:", on_click=memory.clear)
    if waiting and not st.session_state.colorize_pause:
        with progress:
            work(waiting, colorizer, shown=bool(ready))
    elif ready:
        with progress:
            keep_new(ready, colorizer, look)


memory.remember()
st.title("Colour an old photograph", anchor=False)
if not memory.photographs():
    st.markdown(
        "Drop in a black-and-white photograph and see it in colour a few seconds later. "
        "Slide between before and after, adjust it, and download it at full size. "
        "**The colours are guesses**: likely ones, not a record of what was there."
    )
ask()
colorizer = choose_colorizer()
if memory.photographs():  # no st.stop() before the end: Streamlit would keep values of widgets that are gone
    show(colorizer)
