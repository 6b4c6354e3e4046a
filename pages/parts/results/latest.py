"""The newest results of each study, shared by all visitors."""

from functools import lru_cache

import streamlit as st

from pages.parts.studies import open_study
from study.analysis.latest import Latest, LatestResults
from study.folder import Study


@lru_cache(maxsize=20)
def results_of(study: Study) -> LatestResults:
    """Return the results of a study, computed once for all visitors."""
    return LatestResults(study)


def read_results(study: str) -> Latest:
    """Return the newest results that are ready; the first of a large study take some seconds after the server began.

    Raises:
        StudyError, StorageError: the study or its votes cannot be read.
    """
    results = results_of(open_study(study))
    if results.is_ready:
        return results.get()
    with st.spinner("Counting all answers"):
        return results.get()
