"""Shows a long list one page at a time, because all of it would take long to load."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

Item = TypeVar("Item")


def choose_page(items: Sequence[Item], on_a_page: int, label: str, key: str, width: int | str = 260) -> Sequence[Item]:
    """Let the visitor choose a page of a list and return its items; a list that fits on one page is returned whole."""
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
