"""The questions before and after the pictures, and the answers to them."""

from collections.abc import Sequence
from logging import getLogger

import streamlit as st

from colorizer import __version__
from pages.parts.survey.language import t, words
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.folder import Study
from study.participants import participant_of
from study.questions.answers import MOST_LETTERS
from study.questions.plates import PLATES, draw_plate
from study.questions.question import Question


def ask(study: Study, code: str, questions: Sequence[Question]) -> None:
    """Show the questions of one moment in a form; when they are saved, the page goes on."""
    st.session_state.survey_step = questions[0].moment
    with st.container(width=720), st.form("survey_questions", border=False):
        st.markdown(t("A few questions. You may leave any of them open."))
        answers: dict[str, str | None] = {}
        comment = ""
        for question in questions:
            if question.kind == "comment":
                comment = _ask_comment(question)
            elif question.kind == "plates":
                answers |= _ask_plates(question)
            else:
                answers[question.id] = _ask_choice(question, question.text_in(words().language), question.id)
        if st.form_submit_button(t("Continue")):
            _save(study, code, questions[0].moment, answers, comment)


def _ask_choice(question: Question, label: str, part: str) -> str | None:
    options = question.options_in(words().language)
    return st.selectbox(
        escape(label),
        list(options),
        index=None,
        format_func=options.__getitem__,
        placeholder=t("No answer"),
        key=f"survey_question_{part}",
    )


def _ask_plates(question: Question) -> dict[str, str | None]:
    st.markdown(escape(question.text_in(words().language)))
    st.caption(t("This is a short check of colour vision, not a medical test. A screen may show its colours wrongly."))
    found = {}
    with st.container(horizontal=True, gap="medium", key="survey_plates"):
        for number, (plate, part) in enumerate(zip(PLATES, question.parts, strict=True), start=1):
            with st.container(width=200, gap="small"):
                label = t("Picture {number}", number=number)
                st.image(draw_plate(plate), alt=t("A field of coloured dots"), width=200)
                found[part] = _ask_choice(question, label, part)
    return found


def _ask_comment(question: Question) -> str:
    note = t("Please write nothing that says who you are. It is kept apart from your answers.")
    label = escape(question.text_in(words().language))
    return st.text_area(label, max_chars=MOST_LETTERS, help=note, key="survey_comment")


def _save(study: Study, code: str, moment: str, answers: dict[str, str | None], comment: str) -> None:
    given = {part: answer for part, answer in answers.items() if answer is not None}
    try:
        study.save_answers(participant_of(code), moment, given, words().language, __version__, comment)
    except (StorageError, StudyError) as error:
        getLogger(__name__).error(error)
        st.error(t("This could not be saved on our side. Please try again."))
        return
    st.rerun()
