"""A photograph before and after, next to each other; on a phone one above the other."""

import streamlit as st

from pages.parts.pictures import Picture, embed


def side_by_side(before: Picture, after: Picture) -> None:
    """Show two pictures in two columns."""
    for column, picture in zip(st.columns(2), (before, after), strict=True):
        column.image(embed(picture.pixels), caption=picture.label, alt=picture.text, width="stretch")
