"""Nothing to see: tells the browser which visit this is, and to warn before results that nobody has saved are left.

The name of the visit is kept in the tab (`sessionStorage`), which no other tab and no other site can read. After the
page was loaded anew, or the connection was lost for long, the tab tells it to the new session.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

_mount_visit = st.components.v2.component("huestory_visit", js=(_HERE / "visit.js").read_text(encoding="utf-8"))


def follow_visit(visit: str, unsaved: bool, on_return: Callable[[], None], key: str) -> None:
    """Tell the browser the name of this visit.

    Args:
        unsaved: whether something would be lost if the page were left now.
        on_return: is called, before the page runs, when the tab had another visit before; the name of that one is in
            `st.session_state[key]["earlier"]`.
    """
    _mount_visit(key=key, data={"visit": visit, "unsaved": unsaved}, on_earlier_change=on_return)
