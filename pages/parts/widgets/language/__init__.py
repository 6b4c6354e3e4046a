"""A choice of languages; it also tells the browser in which language, and in which direction, the page is written."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from study.languages.catalogues import name_of

_HERE = Path(__file__).parent
_KEY = "survey_language_choice"

_mount_choice = st.components.v2.component(
    "huestory_language",
    html="<label><span></span> <select></select></label>",
    css=(_HERE / "language.css").read_text(encoding="utf-8"),
    js=(_HERE / "language.js").read_text(encoding="utf-8"),
)


def offer_languages(
    offered: Sequence[str], language: str, direction: str, label: str, choose: Callable[[str], None], step: str = ""
) -> None:
    """Show the languages by their own names; with only one, nothing is seen.

    Args:
        language, direction: those of the page now.
        choose: called with the language that was chosen, before the page is run again in it.
        step: what the page shows; when that is another than before, the browser goes to the top of the page.
    """
    names = [[code, name_of(code)] for code in offered]
    _mount_choice(
        key=_KEY,
        data={"languages": names, "language": language, "direction": direction, "label": label, "step": step},
        on_chosen_change=lambda: choose(st.session_state[_KEY]["chosen"]),
    )
