"""Says in words why an upload was refused: Streamlit's uploaders tell it by a red mark and the name of an error."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "huestory_refused_uploads", js=(_HERE / "refused_uploads.js").read_text(encoding="utf-8")
)


def tell_refused_uploads() -> None:
    """Watch all uploaders of the page. What the server answers to an upload is said as it is, see `guards.bodies`."""
    broken = "It could not be sent. Look at your connection, remove the file, and add it again."
    _mount(key="refused_uploads", data={"broken": broken})
