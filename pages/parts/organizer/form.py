"""The keys of the form for a new study: a new round is an empty form."""

import streamlit as st


def begin_round() -> None:
    """Start with the first round, or go on with the current one."""
    st.session_state.setdefault("organizer_round", 0)


def next_round() -> None:
    """Empty the form."""
    st.session_state.organizer_round += 1


def key(name: str) -> str:
    """The key of a widget of the form."""
    return f"organizer_new_{name}_{st.session_state.organizer_round}"
