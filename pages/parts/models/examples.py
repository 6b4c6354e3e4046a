"""Examples to look at: photographs whose colours are known, as they are and as Huestory colours them from grey."""

from dataclasses import dataclass
from logging import getLogger

import streamlit as st

from colorizer import DEFAULT_MODEL, images, weights
from colorizer.evaluation.metrics import delta_e
from colorizer.gallery import samples
from colorizer.weights import WeightsError
from pages.parts.network import BUSY, load_silently, turn
from pages.parts.pictures import embed

SIDE = 420
"""Longer side of a shown picture, in pixels."""


@dataclass(frozen=True)
class Example:
    """A photograph with known colours, and what became of it."""

    title: str
    original: str
    colored: str
    """Data URLs of the two pictures."""
    difference: float
    """Mean CIEDE2000 difference."""


def show_examples() -> None:
    """Show the examples, the best one first; nothing if the default model is not here."""
    if not weights.has_weights(DEFAULT_MODEL):
        return
    st.header("See for yourself", anchor=False)
    st.markdown(
        "Four photographs whose colours are known, each turned to grey and coloured again. Nothing in a grey "
        "photograph says that a cup is red: sky, skin and leaves have a likely colour, paint and cloth can have any."
    )
    try:
        examples = color_examples(load_silently(DEFAULT_MODEL).weights_sha256)
    except BUSY:
        st.info("The examples are not ready, because many people are colouring at the moment. Please come back later.")
        return
    except WeightsError as error:
        getLogger(__name__).error(error)
        return
    for column, number in zip(st.columns(len(examples)), range(len(examples)), strict=True):
        with column:
            show_example(examples[number], number + 1, len(examples))


def show_example(example: Example, place: int, total: int) -> None:
    """Show one photograph as it is and as it was coloured, one above the other, and how far apart the two are."""
    place_in_words = {1: "Nearest to the truth", total: "Farthest from it"}.get(place, "In between")
    st.subheader(place_in_words, anchor=False)
    st.image(example.original, alt=f"{example.title}, the photograph itself", width="stretch", caption="As it was")
    st.image(
        example.colored, alt=f"{example.title}, coloured from grey", width="stretch", caption="As Huestory coloured it"
    )
    st.caption(f"{example.title}. Off by {example.difference:.1f}; about 2 is just visible.")


@st.cache_data(show_spinner="Colouring four photographs whose colours are known. This happens once.", max_entries=2)
def color_examples(weights_sha256: str) -> list[Example]:
    """Colour the examples, the best one first; the checksum of the weights makes the cache forget an older network's.

    Raises:
        QueueFullError, QueueTimeoutError: too many are waiting for the network.
        WeightsError: the model cannot be loaded.
    """
    colorizer = load_silently(DEFAULT_MODEL)
    made = []
    for sample in samples.list_color():
        original = images.read(samples.read_sample(sample.name)).pixels
        with turn():
            colored = colorizer.colorize(images.to_gray(original))
        made.append(
            Example(sample.title, embed(original, SIDE), embed(colored, SIDE), delta_e(original, colored)),
        )
    return sorted(made, key=lambda example: example.difference)
