"""Editing and deleting a study that is built; errors are shown at that place on the page."""

from collections.abc import Callable

import streamlit as st

from pages.parts.sign_in import who
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.folder import Study
from study.trail.event import acting


def edit(study: Study) -> None:
    """Show the controls for who sees the results, the title and the consent text."""
    config = study.config
    switch(
        study,
        "results_public",
        "Everybody may see the results",
        "Pictures and votes are shown to others only when the study is closed: they tell the answers.",
    )
    with st.form(f"organizer_edit_{config.study}", border=False):
        title = st.text_input("Title", config.title, max_chars=80)
        consent = ask_consent(study)
        if st.form_submit_button("Save"):
            change(study, title=title.strip() or config.title, consent=consent.strip() or config.consent)


def ask_consent(study: Study) -> str:
    """Show the consent text and return it; in a study that was opened, a change is a new version."""
    config = study.config
    text = st.text_area("Consent text", config.consent, height=320)
    if not config.may_be_planned:
        st.caption(
            f"This is version {config.consent_version}, to which participants may have agreed. If you change it, those "
            f"who come later see version {config.consent_version + 1}; which version each has agreed to is kept."
        )
    return text


def switch(study: Study, field: str, label: str, help: str) -> None:
    """Show a switch for a field of the study's configuration."""
    before = getattr(study.config, field)
    after = st.toggle(label, before, key=f"organizer_{field}_{study.config.study}", help=help)
    if after != before:
        change(study, **{field: after})


def change(study: Study, **changes: object) -> None:
    _try(lambda: study.update(**changes))


def delete(study: Study) -> None:
    _try(study.delete)


def _try(action: Callable[[], object]) -> None:
    try:
        with acting(who()):
            action()
    except (StorageError, StudyError, OSError) as error:
        st.error(escape(str(error)), icon=":material/error:")
    else:
        st.rerun()
