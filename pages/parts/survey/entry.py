"""The entry to a study: by its address, from the list of open studies, or the demonstration."""

from logging import getLogger

import streamlit as st

from colorizer.weights import WeightsError
from pages.parts.network import BUSY
from pages.parts.studies import DEMONSTRATION, build_demonstration, open_study, running_studies
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.config import MissingStudyError
from study.folder import Study
from study.votes.record import BadVoteError


def choose_study() -> Study:
    """Return the study named in the address; without a valid name, offer the open studies and stop the page."""
    name = st.query_params.get("study")
    if not name:
        offer_studies()
        st.stop()
    try:
        return open_study(name)
    except (MissingStudyError, BadVoteError):
        st.title("No such study", anchor=False)
        st.info("There is no study at this address. It may have been deleted, or the link may have lost a piece.")
        st.button("Show the studies that are open", on_click=st.query_params.clear)
        st.stop()


def offer_studies() -> None:
    """Show the studies that take participants, and the demonstration."""
    st.title("Real or recoloured?", anchor=False)
    st.markdown(
        "Some photographs were taken in colour; others were turned to grey and coloured again. Can you tell which? "
        "Take part in a study, and see at the end how you did."
    )
    studies = {study.config.study: study.config for study in running_studies()}
    for name, config in studies.items():
        with st.container(border=True):
            st.header(escape(config.title), anchor=False)
            st.caption(f"{config.protocol.photos} pictures, about {config.protocol.minutes} min")
            st.button("Take part", key=f"survey_open_{name}", on_click=go_to, args=(name,))
    if DEMONSTRATION not in studies:
        offer_demonstration()


def offer_demonstration() -> None:
    """Offer a study that is built immediately from the few photographs that come with Huestory."""
    st.markdown("To see how it works, try a demonstration with the few colour photographs that come with Huestory.")
    if st.button("Try the demonstration"):
        bar = st.progress(0.0, "Preparing the pictures")
        try:
            build_demonstration(lambda done, total, name: bar.progress(done / total, f"{done} of {total} photographs"))
        except (StorageError, StudyError, WeightsError, *BUSY) as error:
            getLogger(__name__).error(error)
            st.error("The demonstration cannot be prepared at the moment. Please try again in a few minutes.")
            return
        go_to(DEMONSTRATION)
        st.rerun()


def go_to(study: str) -> None:
    st.query_params["study"] = study
