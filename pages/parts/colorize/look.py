"""The controls with which visitors change the colours."""

import streamlit as st

from colorizer import images, model_info
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.moods.mood import MOODS
from colorizer.weights import usable_models
from pages.parts.colorize import memory
from pages.parts.colorize.memory import setting
from pages.parts.colorize.reference import choose_reference

BOLDNESS = {"Cautious": 1.6, "Balanced": 1.0, "Bold": 0.5}  # factors of the model's own temperature


def choose_look(colorizer: Colorizer, photograph: Photograph) -> Look:
    """Show all controls that change the colours of the shown photograph, and return the chosen look."""
    st.header("Adjust", anchor=False)
    usable = usable_models()
    if len(usable) > 1:
        note = "The first is our own and the best. The others are older networks, here to be compared with it."
        setting(st.selectbox, "model", "Model", usable, format_func=lambda name: model_info(name).title, help=note)
    saturation = setting(st.slider, "saturation", "Strength of the colours", 0.0, 2.0, step=0.05, format="percent")
    note = "Warmer is the light of late afternoon, cooler that of the shade at noon. Light and dark stay as they are."
    warmth = setting(st.slider, "warmth", "Warmth of the light", -1.0, 1.0, step=0.1, format="percent", help=note)
    temperature, mood, reference = colorizer.default_temperature, "", None
    if temperature is not None:
        note = "Where several colours are likely, bold takes the likeliest; cautious mixes them, which is paler."
        boldness = setting(st.radio, "boldness", "Guesses", list(BOLDNESS), horizontal=True, help=note)
        temperature = temperature * BOLDNESS[boldness]
        note = "Which of the likely colours are taken: those that photographs of this kind have."
        names = {"": "Huestory's own", **MOODS}
        mood = setting(st.selectbox, "mood", "Mood", list(names), format_func=names.get, help=note)
        reference = choose_reference(colorizer)
    keep_colors = memory.current("keep_colors")
    if photograph.has_own_colors:
        note = "For stamps, ink and hand-tinted prints. What the scan shows in colour stays as it is."
        keep_colors = setting(st.toggle, "keep_colors", "Keep the colours that the scan has", help=note)
    caption = setting(st.toggle, "caption", "Note on the picture", help=f"Writes into a corner: {images.CAPTION}.")
    return Look(saturation, temperature, caption, warmth, mood or None, reference, keep_colors)
