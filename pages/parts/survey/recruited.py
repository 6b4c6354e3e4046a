"""People whom a panel sends: their id in the address, and what they take back to the panel."""

import streamlit as st

from pages.parts.survey.language import t
from study.folder import Study
from study.recruiting.panel import Ending, NoPanelIdError
from study.recruiting.quotas import FullError


def panel_id(study: Study) -> str:
    """Return the participant's id at the study's panel, from the address; "" without a panel or a usable id."""
    panel = study.config.panel
    try:
        return panel.check(st.query_params.get(panel.parameter, "")) if panel.parameter else ""
    except NoPanelIdError:
        return ""


def not_taken(study: Study) -> str:
    """Return why the study does not take this visitor, in words; "" if nothing is known against it."""
    if study.config.panel.parameter and not panel_id(study):
        return t(
            "Your participant id is missing in the link. Please open the study again from the page that sent you here."
        )
    if study.config.study in st.session_state.survey_refused:
        return t("This study has all the participants of your kind that it needs. Thank you for your interest.")
    try:
        study.check_places()
    except FullError:
        return t("This study has all the participants that it needs. Thank you for your interest.")
    return ""


def show_what_is_kept(study: Study) -> None:
    """Say below the consent text that the panel's id is kept."""
    if sent := panel_id(study):
        st.markdown(
            t(
                "**Your participant id.** The page that sent you here has told us your participant id, {id}. It is "
                "kept with your answers, so that you can be paid and nobody takes part twice.",
                id=f"`{sent}`",
            )
        )


def show_completion(study: Study) -> None:
    """Show who has answered everything how to tell the panel."""
    _show(study, study.config.panel.completion, t("Finish and go back"), t("Your completion code:"))


def show_screened_out(study: Study) -> None:
    """Show who cannot take part how to tell the panel."""
    _show(study, study.config.panel.screened_out, t("Go back"), t("Your code for having been turned away:"))


def _show(study: Study, text: str, label: str, words: str) -> None:
    sent = panel_id(study)
    if not text or not sent:
        return
    ending = Ending.of(text, sent)
    if ending.address:
        st.link_button(label, ending.address, type="primary", icon=":material/arrow_back:")
        return
    st.markdown(words)
    st.code(ending.code, language=None, width="content")
