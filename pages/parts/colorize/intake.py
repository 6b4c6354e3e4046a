"""Input of the colour page: the visitor's own files, or a sample."""

import streamlit as st

from colorizer import images
from colorizer.gallery import samples
from colorizer.inference import album
from pages.parts.colorize import memory
from pages.parts.colorize.keeping import say_what_is_kept
from pages.parts.uploads import file_types
from pages.parts.wording import escape


def ask() -> None:
    """Show the uploader, and say what it takes and what is kept."""
    try:
        megapixels = images.max_pixels() / 1e6
    except images.SettingError as error:
        st.error(escape(str(error)), icon=":material/error:")
        st.stop()
    files = st.file_uploader(
        "Your photographs",
        type=file_types(images.EXTENSIONS),
        accept_multiple_files=True,
        key=memory.uploader_key(),
        on_change=memory.follow_uploader,
    )
    if not files:
        st.session_state.colorize_uploads = []  # after a visit to another page the uploader is empty, our list is not
    st.caption(f"Up to {album.MAX_PHOTOGRAPHS} photographs at a time, each up to {megapixels:g} megapixels.")
    say_what_is_kept()


def take_sample(name: str) -> None:
    """Add a sample to the list as if it had been uploaded."""
    album.add(memory.photographs(), f"sample:{name}", samples.find_sample(name).file, samples.read_sample(name))
