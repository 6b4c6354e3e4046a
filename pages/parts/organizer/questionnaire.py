"""The questions of a study to its participants: chosen until it is opened; afterwards, what people wrote."""

import json

import streamlit as st

from pages.parts.organizer.changes import change
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.folder import Study
from study.questions.answers import comments_csv
from study.questions.question import STANDARD, BadQuestionError, Question, parse_questions


def ask_questions(study: Study) -> None:
    """Show the questions; until the study is opened, choose them. Also offer the free comments as a file."""
    config = study.config
    if config.may_be_planned:
        _choose(study)
    elif not config.questions:
        st.markdown("Participants are asked nothing about themselves.")
    for question in config.questions:
        st.markdown(f"- {escape(question.text)} ({question.moment} the pictures, `{question.id}`)")
    if any(question.kind == "comment" for question in config.questions):
        _offer_comments(study)


def _choose(study: Study) -> None:
    st.caption(
        "Asked before or after the pictures; each can be left open. Fixed when the study is opened. The answers are "
        "on the results page as a file, and in exports. The plates check colour vision with dots; it is no diagnosis."
    )
    config = study.config
    known = {**{question.id: question for question in config.questions}, **STANDARD}
    with st.form(f"organizer_questions_{config.study}", border=False):
        chosen = st.multiselect(
            "Questions",
            list(known),
            [question.id for question in config.questions],
            format_func=lambda each: known[each].text,
        )
        file = st.file_uploader(
            "Questions of your own (JSON)", "json", max_upload_size=1, key=f"organizer_own_{config.study}"
        )
        if not st.form_submit_button("Save"):
            return
    try:
        own = _read(file.getvalue()) if file else ()
        questions = [*(known[each].as_dict() for each in chosen), *(each.as_dict() for each in own)]
        change(study, questions=parse_questions(questions))
    except BadQuestionError as error:
        st.error(escape(str(error)), icon=":material/error:")


def _read(data: bytes) -> tuple[Question, ...]:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadQuestionError(f"questions of your own are a JSON list: {error}.") from error
    if not isinstance(values, list):
        raise BadQuestionError(f"questions of your own are a JSON list. Received a {type(values).__name__}.")
    return parse_questions(values)


def _offer_comments(study: Study) -> None:
    try:
        comments = study.answer_store.comments()
    except (StorageError, StudyError) as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    st.download_button(
        f"Save the comments ({len(comments)})",
        lambda: comments_csv(comments),
        f"{study.config.study}-comments.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not comments,
        key=f"organizer_comments_{study.config.study}",
    )
