"""The panel that sends participants, quotas, and whether the study closes itself."""

import streamlit as st

from pages.parts.addresses import share_address, this_page
from pages.parts.organizer.changes import change
from pages.parts.wording import escape
from study.folder import Study
from study.recruiting import RecruitingError
from study.recruiting.panel import Panel
from study.recruiting.quotas import DEVICE, DEVICES, Quota

_NAMES = {"phone": "Most on phones", "tablet": "Most on tablets", "desktop": "Most on computers"}


def ask_recruiting(study: Study) -> None:
    """Ask for the panel and the quotas in a form, and show the link for the panel."""
    config, name = study.config, study.config.study
    with st.form(f"organizer_panel_{name}", border=False):
        st.caption("For people whom a panel sends, such as Prolific or Mechanical Turk. Each of its ids begins once.")
        parameter = st.text_input(
            "Parameter with the participant's id",
            config.panel.parameter,
            placeholder="PROLIFIC_PID",
            help="As the panel calls it in the link: PROLIFIC_PID, workerId or another. Empty: no panel.",
        )
        completion = st.text_input(
            "Completion address or code",
            config.panel.completion,
            help="Shown when everything is answered. In an address, {external_id} is filled in.",
        )
        away = st.text_input(
            "Address or code for people who are screened out",
            config.panel.screened_out,
            help="Shown to people who come when the study is closed, full, or has enough on their kind of device.",
        )
        with st.container(horizontal=True):
            given = {device: _ask_quota(study, device) for device in DEVICES}
        closing = st.toggle(
            "Close by itself",
            config.closes_itself,
            help="When the number under “When it stops” has finished, or after its day. Before, nobody begins who "
            "would be one too many.",
        )
        if st.form_submit_button("Save"):
            _save(study, (parameter.strip(), completion.strip(), away.strip()), given, closing)
    if config.panel.parameter:
        st.markdown("Give the panel this link. What is in braces is for the panel to fill in:")
        st.code(share_address(this_page(), name) + config.panel.query(), language=None, wrap_lines=True)


def _ask_quota(study: Study, device: str) -> int | None:
    now = next((quota.most for quota in study.config.quotas if (quota.trait, quota.value) == (DEVICE, device)), None)
    return st.number_input(_NAMES[device], 0, 1_000_000, now, width=180, placeholder="any number")


def _save(study: Study, panel: tuple[str, str, str], devices: dict[str, int | None], closing: bool) -> None:
    try:
        wanted = Panel(*panel)
    except RecruitingError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    others = [quota for quota in study.config.quotas if quota.trait != DEVICE]
    quotas = [Quota(DEVICE, device, most) for device, most in devices.items() if most is not None]
    change(study, panel=wanted, quotas=(*others, *quotas), closes_itself=closing)
