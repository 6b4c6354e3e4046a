"""The photographs that come with Huestory, for visitors who have none of their own at hand."""

from collections.abc import Callable

import streamlit as st

from colorizer import images
from colorizer.gallery import samples
from pages.parts.pictures import crop_square, embed
from pages.parts.wording import escape

SIDE = 480
"""Longer side, in pixels, of the reduced photographs from which the small pictures are cut."""

SHOWN = 6
"""How many are offered: one row on a wide screen, three on a phone."""


def offer_samples(take: Callable[[str], None], page: str) -> None:
    """Show small pictures of the samples; `take` is called with the name of the chosen one."""
    st.header("No photograph at hand? Try one of these", anchor=False)
    with st.container(horizontal=True, gap="medium", key="samples"):  # `page.css` knows this key
        for sample in samples.list_historical()[:SHOWN]:
            with st.container(width=160, gap="small"):
                st.image(draw_sample(sample.name), alt=sample.title, width="stretch")
                key = f"{page}_sample_{sample.name}"
                st.button(sample.name.capitalize(), key=key, on_click=take, args=(sample.name,), width="stretch")
                st.caption(escape(f"{sample.title}. {sample.caption.photographer}, {sample.caption.year}."))


@st.cache_data(show_spinner=False)
def draw_sample(name: str) -> str:
    """Return the middle of a sample, small and grey, as a data URL."""
    pixels = images.preview(images.read(samples.read_sample(name)).pixels, SIDE)
    return embed(images.to_gray(crop_square(pixels)))
