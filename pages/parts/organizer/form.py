"""Widget keys of the form for a new study. They contain a round number; a new number gives an empty form."""

import streamlit as st


def begin_round() -> None:
    """Set the round number if there is none yet."""
    st.session_state.setdefault("organizer_round", 0)


def next_round() -> None:
    """Empty the form by using the next round number."""
    st.session_state.organizer_round += 1


def key(name: str) -> str:
    """Return the key of a widget of the form."""
    return f"organizer_new_{name}_{st.session_state.organizer_round}"
