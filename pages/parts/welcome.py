"""What a visitor sees first: a historical photograph before and after, to slide at once."""

import streamlit as st

from colorizer import images
from colorizer.gallery import samples
from pages.parts.pictures import Picture
from pages.parts.widgets.slider import slider
from pages.parts.wording import escape


def show_example() -> None:
    """Show the first of the historical photographs; its coloured copy comes with Huestory, so nobody waits for it."""
    before, after = read_example()
    sample = samples.list_historical()[0]
    slider(
        Picture(before, "Black and white", f"{sample.title}, the original"),
        Picture(after, "Coloured", f"{sample.title}, coloured by Huestory"),
        key="welcome",
    )
    caption = sample.caption
    st.markdown(  # not a caption, whose links are too pale to be read
        f":small[{escape(f'{sample.title}. {caption.photographer}, {caption.year}.')} "
        f"[Library of Congress]({caption.url}), public domain. {images.CAPTION}.]"
    )


@st.cache_data(show_spinner=False)
def read_example() -> list:
    """Return the pixels of the photograph before and after."""
    return [images.read(data).pixels for data in samples.read_first()]
