"""The way in: a visitor's own files, or a sample."""

from collections.abc import Callable

import streamlit as st

from colorizer import images
from colorizer.gallery import samples
from colorizer.inference import album
from pages.parts.colorize import memory
from pages.parts.colorize.keeping import say_what_is_kept
from pages.parts.pictures import crop_square, embed
from pages.parts.wording import escape


def ask() -> None:
    """The uploader and, as long as there is no photograph, the samples."""
    try:
        megapixels = images.max_pixels() / 1e6
    except images.SettingError as error:
        st.error(escape(str(error)), icon=":material/error:")
        st.stop()
    files = st.file_uploader(
        "Your photographs",
        type=sorted(suffix.removeprefix(".") for suffix in images.EXTENSIONS),
        accept_multiple_files=True,
        key=memory.uploader_key(),
        on_change=memory.follow_uploader,
    )
    if not files:
        st.session_state.colorize_uploads = []  # back from another page, the uploader is empty and our list is not
    st.caption(f"Up to {album.MAX_PHOTOGRAPHS} photographs at a time, each up to {megapixels:g} megapixels.")
    say_what_is_kept()
    if not memory.photographs():
        offer_samples()


def take_sample(name: str) -> None:
    """Put a sample into the list, as if it had been uploaded."""
    album.add(memory.photographs(), f"sample:{name}", f"{name}.png", samples.read_sample(name))


def offer_samples(take: Callable[[str], None] = take_sample, page: str = "colorize") -> None:
    """A few photographs for a visitor who has none at hand; `take` gets the name of the one chosen."""
    st.header("No photograph at hand? Try one of these", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        for sample in samples.list_samples():
            with st.container(width=160, gap="small"):
                st.image(draw_sample(sample.name), alt=sample.title, width="stretch")
                key = f"{page}_sample_{sample.name}"
                st.button(sample.title, key=key, on_click=take, args=(sample.name,), width="stretch")
                st.caption(f"{sample.credit}. {sample.licence}.")


@st.cache_data(show_spinner=False)
def draw_sample(name: str) -> str:
    """The middle of a sample, small and grey, as a data URL."""
    pixels = images.preview(images.read(samples.read_sample(name)).pixels, 480)
    return embed(images.to_gray(crop_square(pixels)))
