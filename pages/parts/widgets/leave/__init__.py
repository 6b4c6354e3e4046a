"""The button "Someone else's turn": ends the session of a study in this browser, so that another person can begin."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

_mount_button = st.components.v2.component(
    "huestory_leave",
    html='<button type="button"></button><p role="alert"></p>',
    css=(_HERE / "leave.css").read_text(encoding="utf-8"),
    js=(_HERE / "leave.js").read_text(encoding="utf-8"),
)


def offer_leaving(study: str, label: str, failed: str) -> None:
    """Show the button. It removes the cookie that only the server can remove, and loads the page anew.

    Args:
        failed: what is shown when the server does not answer.
    """
    _mount_button(key=f"survey_leave_{study}", data={"study": study, "label": label, "failed": failed})
