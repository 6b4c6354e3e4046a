"""Input of the colour page: the visitor's own files, or a sample."""

import streamlit as st

from colorizer import images
from colorizer.gallery import samples
from colorizer.inference import album
from pages.parts.colorize import memory
from pages.parts.colorize.keeping import say_what_is_kept
from pages.parts.uploads import PHOTOGRAPH_MEGABYTES, file_types
from pages.parts.wording import escape


def ask() -> None:
    """Show the uploader; as soon as there are photographs, it is one line that takes more, beside a way to clear."""
    try:
        images.max_pixels()
    except images.SettingError as error:
        st.error(escape(str(error)), icon=":material/error:")
        st.stop()
    introduction = st.container(key="colorize_introduction")
    if not memory.accepted():
        introduction.markdown(
            "Drop in a black-and-white photograph and see it in colour a few seconds later. "
            "Slide between before and after, adjust it, and download it at full size. "
            "**The colours are guesses**: likely ones, not a record of what was there."
        )
    with st.container(key="colorize_bar", horizontal=True, vertical_alignment="center"):
        files = st.file_uploader(
            "Add photographs" if memory.accepted() else "Your photographs",
            type=file_types(images.EXTENSIONS),
            accept_multiple_files=True,
            max_upload_size=PHOTOGRAPH_MEGABYTES,
            key=memory.uploader_key(),
            on_change=memory.follow_uploader,
        )
        if memory.photographs():
            st.button("Clear the page", icon=":material/delete:", on_click=memory.clear)
    if not files:
        st.session_state.colorize_uploads = []  # after a visit to another page the uploader is empty, our list is not


def say_terms() -> None:
    """Say how much the page takes, and what it keeps."""
    megapixels = images.max_pixels() / 1e6
    st.caption(f"Up to {album.MAX_PHOTOGRAPHS} photographs at a time, each up to {megapixels:g} megapixels.")
    say_what_is_kept()


def take_sample(name: str) -> None:
    """Add a sample to the list as if it had been uploaded."""
    album.add(memory.photographs(), f"sample:{name}", samples.find_sample(name).file, samples.read_sample(name))
