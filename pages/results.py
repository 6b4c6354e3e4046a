"""The results page: how often a study's pictures were taken for real, updated while the study runs."""

import streamlit as st

from pages.parts.results import view as result_view
from pages.parts.results.latest import read_results
from pages.parts.sign_in import is_organizer
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.analysis import phrases
from study.config import StudyConfig
from study.finding import list_studies, studies_folder
from study.folder import Study

EVERY = 5  # seconds between two updates while a study runs


def choose_study() -> Study | None:
    """Return the study named in the address, or one chosen from those that this visitor may see; None if none."""
    found = list_studies(studies_folder())
    open_to_us = {study.config.study: study for study in found if study.config.results_public or is_organizer()}
    wanted = st.query_params.get("study", "")
    if wanted and wanted not in open_to_us:
        st.info("These results are not public, or there is no such study.", icon=":material/lock:")
    elif not open_to_us:
        st.info("There are no public results yet.")
    if not open_to_us or (wanted and wanted not in open_to_us):
        if not is_organizer():
            st.caption("If the study is yours, sign in under “Run a study” first.")
        return None
    names = list(open_to_us)
    chosen = names[0]
    if len(names) > 1:
        st.session_state.setdefault("results_study", wanted or names[0])
        chosen = st.selectbox(
            "Study",
            names,
            format_func=lambda name: open_to_us[name].config.title,
            key="results_study",
            on_change=lambda: st.query_params.update(study=st.session_state.results_study),
        )
    return open_to_us[chosen]


def seconds_between_updates(config: StudyConfig) -> int | None:
    """Return how often the page looks for new answers; None if all answers of a closed study are counted."""
    try:
        is_waiting = config.state == "open" or read_results(config.study).has_newer_votes
    except (StorageError, StudyError):  # said by `show`
        return None
    return EVERY if is_waiting else None


def show(study: str) -> None:
    """Show the current results of one study."""
    try:
        latest = read_results(study)
    except (StorageError, StudyError) as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    snapshot, config = latest.snapshot, latest.snapshot.config
    if not (config.results_public or is_organizer()):
        st.info("These results are no longer public.", icon=":material/lock:")
        return
    if snapshot.report is None:
        st.info("Nobody has answered yet. The results appear here by themselves as answers come in.")
        st.markdown(escape(phrases.attendance(snapshot.attendance)))
        return
    st.caption(phrases.moment(snapshot.taken_at, latest.has_newer_votes))
    result_view.show_headline(snapshot)
    result_view.show_rates(snapshot)
    result_view.show_exposures(snapshot)
    result_view.show_participants(snapshot)
    result_view.show_times(snapshot)
    st.header("Picture by picture", anchor=False)
    if config.state == "open" and not is_organizer():
        st.info("Pictures and files are shown here when the study is closed: now they would tell the answers.")
        return
    result_view.show_gallery(snapshot)
    result_view.offer_downloads(snapshot)


st.title("How often do they pass for real?", anchor=False)
study = choose_study()
if study is not None:
    config = study.config
    st.header(escape(config.title), anchor=False)
    st.markdown(escape(phrases.what_was_asked(config)))
    if phrases.demonstration(config):
        st.warning(escape(phrases.demonstration(config)), icon=":material/science:")
    if config.state == "open":
        st.caption(f"The study is running: this page looks for new answers every {EVERY} seconds.")
    st.fragment(show, run_every=seconds_between_updates(config))(config.study)
