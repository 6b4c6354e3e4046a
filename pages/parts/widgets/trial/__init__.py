"""The trials component: it shows pictures in the browser, measures times, and saves by `pages.routes.survey`."""

from pathlib import Path

import streamlit as st

from colorizer.gallery import carousel
from study.config import StudyConfig
from study.languages.catalogues import Translator

_HERE = Path(__file__).parent

_mount_trials = st.components.v2.component(
    "huestory_survey",
    html=(_HERE / "trial.html").read_text(encoding="utf-8"),
    css=(_HERE / "trial.css").read_text(encoding="utf-8"),
    js=carousel.read("element.js")
    + (_HERE.parent / "time_limit.js").read_text(encoding="utf-8")
    + (_HERE / "trial.js").read_text(encoding="utf-8"),
)


def run_trials(
    config: StudyConfig,
    code: str,
    words: Translator,
    invitation: str = "",
    external_id: str = "",
    consent_version: int | None = None,
) -> tuple[str, bool]:
    """Run the trials of the participant with this code; the page is run again when they are done.

    Returns:
        The code in use; it is an older one if this browser has already begun the study in another tab. And whether the
        participant was turned away because the study has enough people of their kind.
    """
    protocol = config.protocol
    result = _mount_trials(
        key=f"survey_trials_{config.study}",
        data={
            "study": config.study,
            "title": config.title_in(words.language),
            "code": code,
            "layout": protocol.layout,
            "limit": protocol.time_limit_ms,
            "invitation": invitation,
            "external_id": external_id,
            "consent_version": consent_version,
            "language": words.language,
            "direction": words.direction,
            "words": words.words,
        },
        on_code_change=_nothing,
        on_finished_change=_nothing,
        on_refused_change=_nothing,
    )
    return result.code or code, bool(result.refused)


def _nothing() -> None:
    """Do nothing; only values with a callback can be read from a component's result."""
