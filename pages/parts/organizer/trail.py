"""The audit trail of a study, and what deleted studies have left."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.folder import Study
from study.trail.event import Event, in_words
from study.trail.trail import deleted_studies


def show_trail(study: Study) -> None:
    """Show what was done to a study, the newest first."""
    try:
        events = study.trail.read()
    except (StorageError, StudyError) as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    if not events:
        st.caption("Nothing is recorded: this study was built before trails were kept.")
        return
    st.caption("Nothing here can be changed or taken away on this page. It stays when the study is deleted.")
    _table(events)


def show_deleted(folder: Path) -> None:
    """Show the trails of studies that were deleted; nothing if there are none."""
    try:
        left = deleted_studies(folder)
    except (StorageError, StudyError) as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    if not left:
        return
    with st.expander(f"Deleted studies ({len(left)})"):
        st.caption("Their pictures and answers are gone; what was done, and by whom, is kept.")
        for name, events in left.items():
            st.markdown(f"**{escape(name)}**")
            _table(events)


def _table(events: Sequence[Event]) -> None:
    rows = {
        "When (UTC)": [event.at[:19].replace("T", " ") for event in reversed(events)],
        "Who": [escape(event.who) for event in reversed(events)],
        "What": [escape(event.action) for event in reversed(events)],
        "Details": [escape(in_words(event)) for event in reversed(events)],
    }
    st.table(rows, hide_index=True)
