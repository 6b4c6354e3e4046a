"""The controls with which visitors change the colours of the photograph on show."""

import streamlit as st

from colorizer import images, model_info
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.moods.mood import MOODS
from colorizer.weights import usable_models
from pages.parts.colorize import memory
from pages.parts.colorize.memory import setting
from pages.parts.colorize.reference import choose_reference, seen_by

BOLDNESS = {"Cautious": 1.6, "Balanced": 1.0, "Bold": 0.5}  # factors of the model's own temperature


def look_of(key: str, colorizer: Colorizer) -> Look:
    """Return the look that the visitor chose for a photograph."""
    chosen, temperature = memory.look_of(key), colorizer.default_temperature
    mood, reference = None, None
    if temperature is not None:
        temperature *= BOLDNESS[chosen["boldness"]]
        mood, reference = chosen["mood"] or None, seen_by(colorizer, chosen["lender"])
    return Look(
        saturation=chosen["saturation"],
        temperature=temperature,
        caption=chosen["caption"],
        warmth=chosen["warmth"],
        mood=mood,
        reference=reference,
        keep_colors=chosen["keep_colors"],
    )


def choose_look(colorizer: Colorizer, photograph: Photograph) -> None:
    """Show the controls of the photograph on show: the two that most people need, and the others folded."""
    setting(st.slider, "saturation", "Strength of the colours", 0.0, 2.0, step=0.05, format="percent")
    note = "Warmer is the light of late afternoon, cooler that of the shade at noon. Light and dark stay as they are."
    setting(st.slider, "warmth", "Warmth of the light", -1.0, 1.0, step=0.1, format="percent", help=note)
    with st.expander("More settings", icon=":material/tune:"):
        _choose_more(colorizer, photograph)
    if colorizer.default_temperature is not None:
        choose_reference(colorizer)
    _offer_steps()


def _choose_more(colorizer: Colorizer, photograph: Photograph) -> None:
    usable = usable_models()
    if len(usable) > 1:
        note = "The first is our own and the best. The others are older networks, here to be compared with it."
        setting(st.selectbox, "model", "Model", usable, format_func=lambda name: model_info(name).title, help=note)
    if colorizer.default_temperature is not None:
        note = "Where several colours are likely, bold takes the likeliest; cautious mixes them, which is paler."
        setting(st.radio, "boldness", "Choice of colours", list(BOLDNESS), horizontal=True, help=note)
        note = "Which of the likely colours are taken: those that photographs of this kind have."
        names = {"": "Huestory's own", **MOODS}
        setting(st.selectbox, "mood", "Mood", list(names), format_func=names.get, help=note)
    if photograph.has_own_colors:
        note = "For stamps, ink and hand-tinted prints. What the scan shows in colour stays as it is."
        setting(st.toggle, "keep_colors", "Keep the colours that the scan has", help=note)
    setting(st.toggle, "caption", "Note on the picture", help=f"Writes into a corner: {images.CAPTION}.")


def _offer_steps() -> None:
    """Offer to take settings back, and to give them to the other photographs."""
    with st.container(horizontal=True, gap="small"):
        # Not "Undo", which is that of the hints.
        help = "Undoes the last change of a setting or version, in the photograph where it was made."
        can_undo = bool(st.session_state.colorize_undo)
        st.button("Take back", icon=":material/undo:", on_click=memory.undo, disabled=not can_undo, help=help)
        changed = memory.look_of(memory.shown()) != memory.LOOK
        changed = changed or memory.photographs()[memory.shown()].version > 0
        help = "Gives this photograph the settings that it had at first. Hints that you gave stay."
        st.button("Reset", on_click=memory.reset, disabled=not changed, help=help)
        if len(memory.accepted()) > 1:
            help = "Gives all photographs on this page the settings of this one."
            st.button("Use for all", on_click=memory.use_for_all, help=help)
