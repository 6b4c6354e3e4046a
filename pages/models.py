"""The models page: model cards and measurements. The figures are read from files, not computed here."""

import streamlit as st

from colorizer import DEFAULT_MODEL, list_models
from colorizer.weights import FOLDER, has_weights
from pages.parts.models.cards import read_sections, show_card
from pages.parts.models.examples import show_examples
from pages.parts.models.measurements import read_measurements, show_measurements

st.title("How good is it?", anchor=False)
st.markdown("Huestory guesses colours that it cannot know. Here is how they compare with colours that are known.")
examples = st.container()  # filled last: the first visitor of a server waits for the network
st.header("Measured", anchor=False)
measurements = read_measurements(FOLDER / "evaluation.csv")
show_measurements(measurements)
st.header("Models", anchor=False)
for name in sorted(list_models(), key=lambda name: (name != DEFAULT_MODEL, not has_weights(name))):
    show_card(name, measured=any(row["model"] == name for row in measurements))
card = FOLDER / "README.md"
if card.is_file():
    about_accuracy, cards = read_sections(card)
    if about_accuracy:
        with st.expander("Why older reports print an accuracy of 82 %"):
            st.markdown(about_accuracy)
    with st.expander("Model cards in full: training, licences, known failures"):
        st.markdown(cards)
with examples:
    show_examples()
