"""The language of the navigation bar: that of the participant on the survey page, English everywhere else.

The bar is made before its page runs, and only the survey page knows its language. So that page runs once more when the
bar has another language, before it has shown anything.
"""

import streamlit as st

from study.languages.catalogues import SOURCE, Translator, translator

_KEY = "navigation_language"


def words() -> Translator:
    """Return the translator into the language of the bar."""
    return translator(st.session_state.setdefault(_KEY, SOURCE))


def follow_language(language: str) -> None:
    """Give the bar this language; runs the page once more if the bar that is shown has another."""
    if st.session_state.get(_KEY, language) != language:  # a page that runs without the router has no bar
        st.session_state[_KEY] = language
        st.rerun()


def leave_language() -> None:
    """Give the bar its usual language again."""
    follow_language(SOURCE)
