"""Long lists a page at a time; all of one would take long to load."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

Item = TypeVar("Item")


def choose_page(items: Sequence[Item], on_a_page: int, label: str, key: str, width: int | str = 260) -> Sequence[Item]:
    """The part of a list that the visitor wants to see; the whole of it where it fits on one page."""
    if len(items) <= on_a_page:
        return items
    first = st.selectbox(
        label,
        range(0, len(items), on_a_page),
        format_func=lambda first: f"{first + 1} to {min(first + on_a_page, len(items))} of {len(items)}",
        width=width,
        key=key,
    )
    return items[first : first + on_a_page]
