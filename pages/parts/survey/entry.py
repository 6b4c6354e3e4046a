"""The entry to a study: by its address, from the list of open studies, or the demonstration."""

from logging import getLogger

import streamlit as st

from colorizer.weights import WeightsError
from pages.parts.navigation import follow_language
from pages.parts.network import BUSY
from pages.parts.studies import DEMONSTRATION, build_demonstration, open_study, running_studies
from pages.parts.survey.language import show_language, t, words
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.config import MissingStudyError
from study.folder import Study
from study.languages.catalogues import languages
from study.votes.record import BadVoteError


def choose_study() -> Study:
    """Return the study named in the address; without a valid name, offer the open studies and stop the page."""
    name = st.query_params.get("study")
    if not name:
        follow_language(words().language)
        offer_studies()
        st.stop()
    try:
        return open_study(name)
    except (MissingStudyError, BadVoteError):
        follow_language(words().language)
        st.title(t("No such study"), anchor=False)
        st.info(t("There is no study at this address. It may have been deleted, or the link may have lost a piece."))
        st.button(t("Show the studies that are open"), on_click=st.query_params.clear)
        show_language(languages())
        st.stop()


def offer_studies() -> None:
    """Show the studies that take participants, and the demonstration."""
    st.title(t("Real or recoloured?"), anchor=False)
    show_language(languages())
    st.markdown(
        t(
            "Some photographs were taken in colour; others were turned to grey and coloured again. Can you tell which? "
            "Take part in a study, and see at the end how you did."
        )
    )
    studies = {study.config.study: study.config for study in running_studies()}
    for name, config in studies.items():
        protocol = config.protocol
        with st.container(border=True):
            st.header(escape(config.title_in(words().language)), anchor=False)
            length = t("{pictures} pictures, about {minutes} min", pictures=protocol.photos, minutes=protocol.minutes)
            st.caption(length)
            st.button(t("Take part"), key=f"survey_open_{name}", on_click=go_to, args=(name,))
    if DEMONSTRATION not in studies:
        offer_demonstration()


def offer_demonstration() -> None:
    """Offer a study that is built immediately from the few photographs that come with Huestory."""
    st.markdown(t("To see how it works, try a demonstration with the few colour photographs that come with Huestory."))
    if st.button(t("Try the demonstration")):
        bar = st.progress(0.0, t("Preparing the pictures"))
        counted = t("{done} of {total} photographs", done="{done}", total="{total}")
        try:
            build_demonstration(
                lambda done, total, name: bar.progress(done / total, counted.format(done=done, total=total))
            )
        except (StorageError, StudyError, WeightsError, *BUSY) as error:
            getLogger(__name__).error(error)
            st.error(t("The demonstration cannot be prepared at the moment. Please try again in a few minutes."))
            return
        go_to(DEMONSTRATION)
        st.rerun()


def go_to(study: str) -> None:
    st.query_params["study"] = study
