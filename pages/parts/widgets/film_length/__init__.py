"""Refuses a film that is too long before it is uploaded, where the browser can tell how long it is."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

_mount_watch = st.components.v2.component(
    "huestory_film_length",
    html='<p role="alert"></p>',
    css=(_HERE / "film_length.css").read_text(encoding="utf-8"),
    js=(_HERE / "film_length.js").read_text(encoding="utf-8"),
)


def watch_length(uploader: str, seconds: float, refusal: str) -> None:
    """Watch an uploader, which must come before it on the page. What the browser cannot read is let through.

    Args:
        uploader: its key.
        seconds: longest film that is taken.
        refusal: what is said of a longer one; {minutes} in it becomes its length.
    """
    _mount_watch(key=f"{uploader}_length", data={"uploader": uploader, "seconds": seconds, "refusal": refusal})
