"""The survey page: consent, practice, trials and the own result; participants can also delete their answers."""

from logging import getLogger

import streamlit as st

from pages.parts.navigation import follow_language
from pages.parts.survey import outcome as survey_result
from pages.parts.survey.deletion import offer_deletion, report_deletion
from pages.parts.survey.entry import choose_study
from pages.parts.survey.language import settle_language, show_language, t, words
from pages.parts.survey.questions import ask
from pages.parts.survey.recruited import not_taken, panel_id, show_screened_out, show_what_is_kept
from pages.parts.widgets import trial as survey_trial
from pages.parts.widgets.leave import offer_leaving
from pages.parts.wording import escape, without_pictures
from pages.routes.survey import cookie_name
from storage import StorageError
from study import StudyError
from study.config import StudyConfig
from study.consent import about_questions
from study.folder import Study
from study.languages.catalogues import languages, mark
from study.participants import CODE_EXAMPLE, BadCodeError, new_code, participant_of
from study.recruiting.invitations import NotInvitedError
from study.session import is_session_of, outcomes

NOT_OPEN = {
    "draft": mark("This study has not been opened yet. Please try again later."),
    "closed": mark("This study is closed: it takes no more answers. Thank you for your interest."),
}


def known_code(study: Study) -> str | None:
    """Return the participant's code from this visit or from the cookie of an earlier one, or None."""
    name = study.config.study
    if name in st.session_state.survey_codes:
        return st.session_state.survey_codes[name]
    code = str(st.context.cookies.get(cookie_name(name), ""))  # under AppTest it is not a string
    try:
        known = is_session_of(study, code, panel_id(study))
    except BadCodeError:
        return None
    if known:
        st.session_state.survey_resumed.add(name)
    return code if known else None


def ask_for_consent(study: Study) -> None:
    """Show the consent text and the button that starts the study."""
    config = study.config
    if config.state == "draft":
        st.title(t("Real or recoloured?"), anchor=False)  # a draft's own title is nobody's business yet
    else:
        show_title(study)
    show_language(config.languages)
    if config.state != "open":
        st.info(t(NOT_OPEN[config.state]))
        show_screened_out(study)
        return
    if reason := not_admitted(study):
        st.info(reason)
        show_screened_out(study)
        return
    with st.container(width=720):
        if config.demonstration:
            st.info(t("This is a demonstration: with so few photographs its figures mean nothing."))
        language = words().language
        st.markdown(without_pictures(config.consent_in(language)))
        if questions := about_questions(config.questions, language):
            st.markdown(without_pictures(questions))
        show_what_is_kept(study)
        st.button(t("I agree, start"), key="survey_agree", on_click=agree, args=(config,))


def not_admitted(study: Study) -> str:
    """Why this visitor cannot begin, in words; empty if nothing is known against it."""
    if not study.config.invited:
        return not_taken(study)
    try:
        study.invitations.check(st.query_params.get("invitation", ""))
    except NotInvitedError:
        return t("This study is for invited people. Please open the link in your invitation once more.")
    return not_taken(study)


def agree(config: StudyConfig) -> None:
    """Remember that the participant has agreed to the consent text on the page, and give them a code."""
    st.session_state.survey_codes[config.study] = new_code()
    st.session_state.survey_agreed[config.study] = config.consent_version


def take_part(study: Study, code: str) -> None:
    """Show the trials, and the code that the participant should keep."""
    config = study.config
    if config.state != "open":
        show_title(study)
        st.info(" ".join([t(NOT_OPEN[config.state]), t("The answers you gave are kept.")]))
        show_screened_out(study)
        return
    st.session_state.survey_answering.add(config.study)
    if unanswered := study.unanswered(participant_of(code), "before"):
        show_title(study)
        ask(study, code, unanswered)
        return
    st.session_state.survey_step = "trials"
    invitation = st.query_params.get("invitation", "")
    agreed = st.session_state.survey_agreed.get(config.study)
    code, refused = survey_trial.run_trials(config, code, words(), invitation, panel_id(study), agreed)
    if refused:
        st.session_state.survey_refused.add(config.study)
        del st.session_state.survey_codes[config.study]
        st.rerun()
    st.session_state.survey_codes[config.study] = code
    show_code(config.study, code)


def show_code(study: str, code: str) -> None:
    """Show the code to who began in this visit; somebody else may sit here later, and see only how to begin anew."""
    if study in st.session_state.survey_resumed:
        st.caption(
            t("This browser goes on where an earlier visit stopped. Was that somebody else? Then end their session:")
        )
    else:
        st.caption(
            t(
                "Your code: **{code}**. Keep it if you may want to delete your answers one day: it is shown only now. "
                "This browser remembers it for 90 days, so that you can carry on after a break.",
                code=code,
            )
        )
    leave(study)


def leave(study: str) -> None:
    """Offer to end the session in this browser."""
    offer_leaving(
        study,
        t("Someone else's turn"),
        t("The server does not answer, so this browser still remembers the session. Please try again."),
    )


def show_title(study: Study) -> None:
    """Show the title of the study in the language of the page."""
    st.title(escape(study.config.title_in(words().language)), anchor=False)


def is_somebody_elses(study: Study) -> bool:
    """Whether a finished session may be that of somebody who sat here before: it was not ended in this visit.

    Whom a panel has sent with the id of that session is its participant.

    Who goes on with the session of an earlier visit, past the question whether that was somebody else, is its
    participant: a reload in the middle must not cost the result.
    """
    if panel_id(study):
        return False
    return study.config.study in st.session_state.survey_resumed - st.session_state.survey_answering


def ask_for_code(study: Study, code: str) -> None:
    """Ask who has finished in an earlier visit for the code, before anything of theirs is shown."""
    show_title(study)
    st.info(t("This browser has answered everything in this study. Thank you!"))
    with st.form("survey_result", border=False):
        given = st.text_input(t("To see your result, enter your code"), placeholder=CODE_EXAMPLE, max_chars=40)
        if st.form_submit_button(t("Show my result")):
            if is_same_code(given, code):
                st.session_state.survey_resumed.discard(study.config.study)
                st.session_state.survey_codes[study.config.study] = code
                st.rerun()
            st.error(t("That is not the code of the session in this browser."))
    leave(study.config.study)


def is_same_code(given: str, code: str) -> bool:
    """Return whether two texts are the same participant's code."""
    try:
        return participant_of(given) == participant_of(code)
    except BadCodeError:
        return False


st.session_state.setdefault("survey_codes", {})  # study id -> the participant's code
st.session_state.setdefault("survey_agreed", {})  # study id -> version of the consent text that was agreed to
st.session_state.setdefault("survey_resumed", set())  # ids of studies that an earlier visit of this browser began
st.session_state.setdefault("survey_refused", set())  # ids of studies that have enough people of this visitor's kind
st.session_state.setdefault("survey_answering", set())  # ids of studies whose questions this visit has seen
settle_language(languages())
st.session_state.survey_step = ""
study = choose_study()
try:
    settle_language(study.config.languages)
    follow_language(words().language)
    code = known_code(study)
    result = outcomes(study, code) if code else None
    report_deletion()
    if code is None:
        ask_for_consent(study)
    elif result is None:
        take_part(study, code)
    elif is_somebody_elses(study):
        ask_for_code(study, code)
    elif unanswered := study.unanswered(participant_of(code), "after"):
        show_title(study)
        ask(study, code, unanswered)
    else:
        st.session_state.survey_step = "result"
        survey_result.show(study, result)
        survey_result.offer_more(study, code)
        show_code(study.config.study, code)
    offer_deletion(study)
    if code is not None:
        show_language(study.config.languages)  # below, so that pictures have the room above
except (StorageError, StudyError) as error:
    getLogger(__name__).error(error)
    st.error(t("This study cannot be used at the moment. Nothing was saved; please try again later."))
