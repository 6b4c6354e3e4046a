"""Colour it like another picture: a colour photograph of the visitor's lends its palette."""

import hashlib
from dataclasses import dataclass, field

import streamlit as st

from colorizer import images
from colorizer.imaging.errors import ImageError
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.moods.reference import Reference
from pages.parts.network import BUSY, turn
from pages.parts.pictures import embed
from pages.parts.uploads import PHOTOGRAPH_MEGABYTES, file_types
from pages.parts.wording import escape

_SIDE = 320


@dataclass(eq=False)
class Lender:
    """The picture whose palette is taken, with what the models have seen in it, by their names."""

    name: str
    data: bytes
    seen: dict[str, Reference] = field(default_factory=dict)
    thumbnail: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def seen_by(colorizer: Colorizer, lender: Lender | None) -> Reference | None:
    """Return the picture as the model sees it; None if there is none, or if the model has not looked at it yet."""
    return lender and lender.seen.get(colorizer.name)


def choose_reference(colorizer: Colorizer) -> None:
    """Ask for a picture, and let the model look at it."""
    state, field = st.session_state, f"colorize_like_{st.session_state.colorize_lent}"
    with st.expander(
        "Colour it like another picture", icon=":material/imagesmode:", expanded=bool(state.colorize_lender)
    ):
        st.file_uploader(
            "A colour photograph",
            file_types(images.EXTENSIONS),
            max_upload_size=PHOTOGRAPH_MEGABYTES,
            key=field,
            on_change=_take,
            args=(field,),
        )
        lender = state.colorize_lender
        if lender is None:
            st.caption(
                "Where both show alike things, its colours are taken. It is kept only with a photograph in My photos."
            )
            return
        if _look_at(lender, colorizer):
            st.image(lender.thumbnail, alt=f"{lender.name}, which lends its colours", caption=escape(lender.name))
            st.button("Do without it", on_click=_forget, width="stretch")


def _take(field: str) -> None:
    file = st.session_state[field]
    st.session_state.colorize_lender = file and Lender(file.name, file.getvalue())


def _forget() -> None:
    st.session_state.colorize_lender = None
    st.session_state.colorize_lent += 1


def look_at_lender(lender: Lender | None, colorizer: Colorizer) -> None:
    """Let the model look at the picture, once.

    Raises:
        QueueFullError, QueueTimeoutError: too many are waiting.
        ImageError: the picture cannot be used.
    """
    if lender is None or colorizer.default_temperature is None or colorizer.name in lender.seen:
        return
    with turn():
        pixels = images.read(lender.data).pixels
        lender.seen[colorizer.name] = colorizer.reference(pixels)
    lender.thumbnail = embed(pixels, _SIDE)


def _look_at(lender: Lender, colorizer: Colorizer) -> bool:
    """Let the model look at the picture, and return whether it could; if not, say why."""
    if colorizer.name not in lender.seen:
        try:
            with st.spinner("Looking at the picture"):
                look_at_lender(lender, colorizer)
        except BUSY as error:
            st.warning(escape(str(error)))
        except ImageError as error:
            st.error(f"**{escape(lender.name)}**: {escape(str(error))}", icon=":material/block:")
            _forget()
    return colorizer.name in lender.seen
