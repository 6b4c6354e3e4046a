"""The organizer's studies, and the actions for each of them."""

import streamlit as st

from pages.parts.addresses import is_local, share_address, this_page
from pages.parts.figure import titles
from pages.parts.organizer.admission import ask_admission, ask_plan, show_patterns
from pages.parts.organizer.changes import change, delete, edit
from pages.parts.organizer.order import list_unfinished
from pages.parts.organizer.preview import preview
from pages.parts.organizer.questionnaire import ask_questions
from pages.parts.organizer.recruiting import ask_recruiting
from pages.parts.organizer.trail import show_deleted, show_trail
from pages.parts.organizer.translations import ask_languages
from pages.parts.organizer.unfinished import show_refused
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.analysis import phrases
from study.config import StudyConfig
from study.finding import list_studies, studies_folder, unreadable_studies
from study.folder import Study

STATE_COLORS = {"draft": "gray", "open": "green", "closed": "blue"}
STATE_NOTES = {
    "draft": "Not open yet: look at the pictures and the consent text, then open it.",
    "open": "Takes participants now.",
    "closed": "Takes no more answers. It can be opened again.",
}


def show_studies() -> None:
    """Show every finished study, the newest first."""
    studies = list_studies(studies_folder())
    if not studies and not list_unfinished():
        st.info("There is no study yet. Make one under “New study”.")
    for study in sorted(studies, key=lambda study: study.config.created_at, reverse=True):
        with st.container(border=True):
            show_study(study)
    for name, reason in unreadable_studies(studies_folder()).items():
        st.warning(f"**{escape(name)}** cannot be used: {escape(reason)}", icon=":material/broken_image:")
    show_deleted(studies_folder())


def show_study(study: Study) -> None:
    """Show one study: title and numbers, its link, actions, preview and editing controls."""
    config = study.config
    try:
        pool, present = study.pool, study.attendance()
    except (StorageError, StudyError) as error:
        st.error(f"**{escape(config.title)}**: {escape(str(error))}", icon=":material/error:")
        return
    show_heading(config)
    models = ", ".join(escape(phrases.title(name, titles())) for name in pool.models)
    st.markdown(
        f"{len(pool.photos)} photographs, coloured by {models}; {present.started} began, {present.finished} answered "
        "everything."
    )
    if phrases.demonstration(config):
        st.caption(escape(phrases.demonstration(config)))
    st.caption(STATE_NOTES[config.state])
    if config.state == "open":
        show_link(config.study)
    show_patterns(study)
    show_actions(study, present.started)
    show_refused(pool.refused)
    with st.expander("Preview"):
        preview(study)
    with st.expander("Title, consent text, who sees the results"):
        edit(study)
    with st.expander("Languages"):
        ask_languages(study)
    with st.expander("Questions to participants"):
        ask_questions(study)
    with st.expander("When it stops"):
        ask_plan(study)
    with st.expander("Who may begin"):
        ask_admission(study)
    with st.expander("Panel, quotas"):
        ask_recruiting(study)
    with st.expander("What was done, by whom"):
        show_trail(study)


def show_heading(config: StudyConfig) -> None:
    """Show the title, and whether the study takes participants."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(escape(config.title), anchor=False, width="content")
        st.badge(config.state, color=STATE_COLORS[config.state])
        if config.results_public:
            st.badge("results public", color="orange")


def show_actions(study: Study, participants: int) -> None:
    """Show the buttons to open or close the study, see its results and delete it."""
    with st.container(horizontal=True):
        offer_other_state(study)
        name = study.config.study
        if st.button("Results", icon=":material/bar_chart:", key=f"organizer_results_{name}"):
            st.switch_page("pages/results.py", query_params={"study": name})
        with st.popover("Delete", icon=":material/delete:"):
            offer_deletion(study, participants)


def offer_other_state(study: Study) -> None:
    """Offer to close an open study, or to open one that is a draft or closed."""
    state, name = study.config.state, study.config.study
    if state == "open":
        if st.button("Close", icon=":material/lock:", key=f"organizer_close_{name}"):
            change(study, state="closed")
        return
    words = "Open" if state == "draft" else "Open again"
    if st.button(words, icon=":material/lock_open:", key=f"organizer_open_{name}"):
        change(study, state="open")


def offer_deletion(study: Study, participants: int) -> None:
    """Say what would be lost, and show the button that deletes it."""
    st.markdown(
        f"Deletes the study **{escape(study.config.title)}**, its pictures and the answers of {participants} "
        "participants, for good. Download the votes first, on the results page."
    )
    if st.button("Delete for good", key=f"organizer_delete_{study.config.study}"):
        delete(study)


def show_link(study: str) -> None:
    """Show the address to share; if possible, it also works on a phone in the same network."""
    address = share_address(this_page(), study)
    st.markdown("Share this link:")
    st.code(address, language=None, wrap_lines=True)
    if not is_local(this_page()):
        return
    st.caption(
        "This works on this computer only: it is in no network now."
        if is_local(address)
        else "A phone in the same network opens it too, if this computer's firewall lets it in. For people elsewhere, "
        "put the server under an address of its own."
    )
