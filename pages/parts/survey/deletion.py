"""Participants can delete their answers with their code at any time."""

from logging import getLogger

import streamlit as st

from pages.parts.survey.language import t
from storage import StorageError
from study import StudyError
from study.folder import Study
from study.participants import CODE_EXAMPLE, BadCodeError, participant_of
from study.session import has_begun


def offer_deletion(study: Study) -> None:
    """Show a form that asks for the code."""
    with st.expander(t("Delete my answers")), st.form("survey_delete", border=False):
        code = st.text_input(t("Your code"), placeholder=CODE_EXAMPLE, max_chars=40)
        if st.form_submit_button(t("Delete my answers")):
            delete(study, code)


def delete(study: Study, code: str) -> None:
    """Delete all data of the participant with this code, or show why that failed."""
    try:
        participant = participant_of(code)
        begun = has_begun(study, code) or bool(study.answer_store.answers_of(participant))
        count = study.forget(participant)
    except BadCodeError:
        st.error(t("A code has sixteen letters and digits, such as {example}.", example=CODE_EXAMPLE))
    except (StorageError, StudyError) as error:
        getLogger(__name__).error(error)
        st.error(t("Your answers could not be deleted at the moment. Please try again later."))
    else:
        if not begun and not count:
            st.warning(t("There are no answers with this code in this study."))
            return
        st.session_state.survey_codes.pop(study.config.study, None)
        st.session_state.survey_deleted = count
        st.rerun()


def report_deletion() -> None:
    """Show once how many answers were just deleted."""
    count = st.session_state.pop("survey_deleted", None)
    if count is not None:
        st.success(t("Answers deleted: {count}. Nothing of you is left in this study.", count=count))
