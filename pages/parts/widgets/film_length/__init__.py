"""Refuses a film that is too large or too long before it is uploaded; its length where the browser can tell it."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

_mount_watch = st.components.v2.component(
    "huestory_film_length",
    html='<p role="alert"></p>',
    css=(_HERE / "film_length.css").read_text(encoding="utf-8"),
    js=(_HERE / "film_length.js").read_text(encoding="utf-8"),
)


def watch_length(uploader: str, megabytes: int, too_large: str, seconds: float, too_long: str) -> None:
    """Watch an uploader, which must come before it on the page. What the browser cannot read is let through.

    Args:
        uploader: its key.
        megabytes, seconds: of the largest and the longest film that is taken.
        too_large, too_long: what is said of another one; {megabytes} and {minutes} in it become what it has.
    """
    limits = {"megabytes": megabytes, "seconds": seconds}
    data = {"uploader": uploader, **limits, "too_large": too_large, "too_long": too_long}
    _mount_watch(key=f"{uploader}_length", data=data)
