"""The language of the survey page: the participant's choice, else that of the link, of the browser, or of the study."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.widgets.language import offer_languages
from study.languages.catalogues import SOURCE, Translator, accepted_languages, choose_language, translator

COOKIE = "huestory_language"
"""Name of the cookie in which the browser remembers the language that was chosen on the page."""


def settle_language(offered: Sequence[str]) -> None:
    """Choose one of the offered languages for what follows on the page; the first is that of the study.

    What the participant chose here or in an earlier visit comes first, then `lang` in the address, then the languages
    that the browser asks for.
    """
    chosen_here, chosen_before = st.session_state.get("survey_language_chosen"), st.context.cookies.get(COOKIE)
    wanted = [chosen_here, chosen_before, st.query_params.get("lang"), *_languages_of_browser()]
    # under AppTest headers and cookies are not strings
    found = choose_language((each for each in wanted if isinstance(each, str)), offered)
    st.session_state.survey_language = found or offered[0]


def words() -> Translator:
    """The translator into the language of this page."""
    return translator(st.session_state.get("survey_language", SOURCE))


def t(message: str, **values: object) -> str:
    """Translate a message into the language of this page."""
    return words()(message, **values)


def plural(one: str, many: str, n: int, **values: object) -> str:
    """Translate a message with a number into the language of this page."""
    return words().plural(one, many, n, **values)


def show_language(offered: Sequence[str]) -> None:
    """Show the choice of languages, if there is one, and tell the browser the language and direction of the page.

    When `survey_step` of the session has changed, what stands on the page is new, and is read from its top.
    """
    now = words()
    step = st.session_state.get("survey_step", "")
    offer_languages(offered, now.language, now.direction, t("Language"), _choose, step)
    if now.is_machine_made:
        st.caption(t("This translation was made by a machine, and nobody has checked it yet."))


def _choose(language: str) -> None:
    st.session_state.survey_language_chosen = language


def _languages_of_browser() -> list[str]:
    header = st.context.headers.get("Accept-Language")
    return accepted_languages(header) if isinstance(header, str) else []
