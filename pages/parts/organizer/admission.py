"""When a study stops, who may begin it, and what in its votes should be looked at before its result is believed."""

import streamlit as st

from pages.parts.addresses import share_address, this_page
from pages.parts.organizer.changes import change, switch
from pages.parts.sign_in import who
from pages.parts.wording import escape
from storage import StorageError
from storage.tables import format_csv
from study import StudyError
from study.analysis import phrases
from study.analysis.audit import KINDS
from study.config import MOST_BEGINS
from study.folder import Study
from study.trail.event import acting
from study.votes.record import now_utc

MOST_LINKS = 1000
_SHOWN = 5  # participant ids named with a finding


def ask_admission(study: Study) -> None:
    """Show the limit for beginning, and the one-use links of a study for invited people."""
    config, name = study.config, study.config.study
    most = st.number_input(
        "New participants a minute from one internet address",
        1,
        MOST_BEGINS,
        config.begins_per_minute,
        key=f"organizer_begins_{name}",
        help="A class shares one address, and behind a proxy all participants may: then allow more.",
    )
    if most != config.begins_per_minute:
        change(study, begins_per_minute=most)
    switch(study, "invited", "Only with a one-use link", "Each link lets one person begin. Without one nobody can.")
    if config.invited:
        offer_links(study)


def ask_plan(study: Study) -> None:
    """Ask in a draft when the study will stop and what it compares; show it in a study that was opened."""
    config, name = study.config, study.config.study
    if not config.may_be_planned:
        st.markdown(escape(phrases.stopping(config, study.attendance(), now_utc())))
        if config.compared:
            st.markdown(escape(f"Compared as the question of the study: {' and '.join(config.compared)}."))
        return
    st.caption(
        "Fixed when the study is opened, and shown with its results. Stopping as soon as a result looks good makes "
        "errors more likely."
    )
    target = st.number_input(
        "Stop when so many have finished", 1, 1_000_000, config.target_participants, key=f"organizer_target_{name}"
    )
    day = st.date_input("Or after this day", config.end_date, key=f"organizer_until_{name}", format="YYYY-MM-DD")
    compared: tuple[str, ...] = config.compared
    if len(study.pool.models) > 2:
        compared = tuple(
            st.multiselect(
                "The comparison that the study is about",
                study.pool.models,
                config.compared,
                max_selections=2,
                help="Of several models, one pair may be named beforehand; all others are corrected for their number.",
                key=f"organizer_compared_{name}",
            )
        )
    plan = {"target_participants": target, "end_date": day.isoformat() if day else None}
    if len(compared) != 1:
        plan["compared"] = compared
    if any(getattr(config, field) != value for field, value in plan.items()):
        change(study, **plan)


def offer_links(study: Study) -> None:
    """Make one-use links and offer them as a file; they cannot be shown again later."""
    name = study.config.study
    st.caption(f"{len(study.invitations)} links have been made so far.")
    count = st.number_input("Links to make", 1, MOST_LINKS, 30, key=f"organizer_links_{name}")
    if st.button("Make links", icon=":material/link:", key=f"organizer_make_links_{name}"):
        try:
            with acting(who()):
                tokens = study.invite(count)
        except (StorageError, StudyError) as error:
            st.error(escape(str(error)), icon=":material/error:")
            return
        address = share_address(this_page(), name)
        table = format_csv([{"link": f"{address}&invitation={token}"} for token in tokens], ["link"])
        st.download_button("Save the links", table, f"{name}-links.csv", "text/csv", icon=":material/download:")
        st.caption("Save them now: only this file has them, here are kept only their hashes.")


def show_patterns(study: Study) -> None:
    """Show damaged lines and patterns that made-up participants leave; nothing if there are none."""
    try:
        findings, damaged = study.audit(), study.store.damaged()
    except (StorageError, StudyError) as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    for line in damaged:
        st.warning(f"A damaged line is left out of the results: {escape(line)}", icon=":material/broken_image:")
    if not findings:
        return
    with st.expander(f"To look at before believing the result ({len(findings)})", icon=":material/policy:"):
        st.caption("Made-up participants leave such patterns. None of them is a proof: a class begins together, too.")
        for finding in findings:
            people = ", ".join(finding.participants[:_SHOWN]) + (" …" if len(finding.participants) > _SHOWN else "")
            st.markdown(f"- {KINDS[finding.kind]}: {escape(finding.detail)} ({escape(people)})")
