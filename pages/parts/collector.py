"""Keep Python's garbage collection short: after each run of a page Streamlit starts a full one, and everybody waits."""

import gc

import streamlit as st


def spare_collector() -> None:
    """Take all objects that exist now out of the garbage collection."""
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def spare_collector_after(page: str) -> None:
    """Call `spare_collector` once, when this page has first run: it has then imported what it needs."""
    spare_collector()
