"""The organizer's list: studies being built, and finished ones with all that can be done to them."""

import socket
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from colorizer.weights import WeightsError
from pages.parts.figure import draw, titles
from pages.parts.organizer import building
from pages.parts.organizer.new_study import get_builds, start
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.analysis import phrases
from study.folder import Study, list_studies, studies_folder

STATE_COLORS = {"draft": "gray", "open": "green", "closed": "blue"}
STATE_NOTES = {
    "draft": "Not open yet: look at the pictures and the consent text, then open it.",
    "open": "Takes participants now.",
    "closed": "Takes no more answers. It can be opened again.",
}
PREVIEWED = 8  # photographs on one page of the preview
LOOPBACK = ("localhost", "127.0.0.1", "::1", None)


def show_unfinished() -> None:
    """Studies being built, wherever on the page the organizer is; polls as long as one is at work."""
    state = st.session_state
    running = [folder.name for folder in building.unfinished() if is_running(folder)]
    ended = [name for name in state.get("organizer_running", []) if (studies_folder() / name / "study.json").exists()]
    state.organizer_running = running
    if ended:
        st.toast("A study is ready: look at it under “Your studies”, then open it.", icon=":material/check:")
    # A fragment, so that forms on the page are left alone.
    st.fragment(show_builds, run_every=1 if running else None)(running)


def show_studies() -> None:
    """Every finished study, the newest first."""
    studies = list_studies(studies_folder())
    if not studies and not building.unfinished():
        st.info("There is no study yet. Make one under “New study”.")
    for study in sorted(studies, key=lambda study: study.config.created_at, reverse=True):
        with st.container(border=True):
            show_study(study)


def is_running(folder: Path) -> bool:
    build = get_builds().find(folder.name)
    return build is not None and build.running


def show_builds(running: list[str]) -> None:
    """Builds at work, and those that stopped before they were done."""
    folders = building.unfinished()
    if [folder.name for folder in folders if is_running(folder)] != running:
        st.rerun(scope="app")  # one has ended: its study belongs into the list below
    for folder in folders:
        with st.container(border=True):
            show_build(folder)


def show_build(folder: Path) -> None:
    """One unfinished study: how far it is, stop, resume, discard."""
    build = get_builds().find(folder.name)
    try:
        order = building.read_order(folder)
    except (StorageError, StudyError) as error:
        st.error(escape(str(error)))
        order = None
    name = escape(order.title if order else folder.name)
    if build is not None and build.running:
        share = build.done / build.total if build.total else 0.0
        st.progress(share, f"Building **{name}**: {build.done} of {build.total or '…'} photographs. You may leave.")
        st.button("Stop", icon=":material/stop_circle:", key=f"organizer_stop_{folder.name}", on_click=build.stop)
        return
    st.markdown(f"**{name}** is not finished. What is done is kept.")
    if build is not None and build.failure:
        st.error(escape(build.failure), icon=":material/error:")
        show_refused(build.refused)
    with st.container(horizontal=True):
        if order and st.button("Resume", icon=":material/play_circle:", key=f"organizer_resume_{folder.name}"):
            resume(folder, order)
        if st.button("Discard", icon=":material/delete:", key=f"organizer_discard_{folder.name}"):
            get_builds().discard(folder)
            st.rerun(scope="app")


def resume(folder: Path, order: building.Order) -> None:
    try:
        start(folder, order)
    except (StorageError, StudyError, WeightsError) as error:
        st.error(escape(str(error)), icon=":material/error:")
    else:
        st.rerun(scope="app")


def show_study(study: Study) -> None:
    """One study: what it is, its link, and everything that can be done to it."""
    config = study.config
    try:
        pool, present = study.pool, study.attendance()
    except (StorageError, StudyError) as error:
        st.error(f"**{escape(config.title)}**: {escape(str(error))}", icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escape(config.title), anchor=False, width="content")
        st.badge(config.state, color=STATE_COLORS[config.state])
        if config.results_public:
            st.badge("results public", color="orange")
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
    show_actions(study, present.started)
    show_refused(pool.refused)
    with st.expander("Preview"):
        preview(study)
    with st.expander("Title, consent text, who sees the results"):
        edit(study)


def show_actions(study: Study, participants: int) -> None:
    """Open or close, results, delete."""
    config = study.config
    name = config.study
    with st.container(horizontal=True):
        if config.state == "open":
            if st.button("Close", icon=":material/lock:", key=f"organizer_close_{name}"):
                change(study, state="closed")
        else:
            words, kind = ("Open", "primary") if config.state == "draft" else ("Open again", "secondary")
            if st.button(words, icon=":material/lock_open:", type=kind, key=f"organizer_open_{name}"):
                change(study, state="open")
        if st.button("Results", icon=":material/bar_chart:", key=f"organizer_results_{name}"):
            st.switch_page("pages/results.py", query_params={"study": name})
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(
                f"Deletes the study **{escape(config.title)}**, its pictures and the answers of {participants} "
                "participants, for good. Download the votes first, on the results page."
            )
            if st.button("Delete for good", key=f"organizer_delete_{name}"):
                delete(study)


def show_link(study: str) -> None:
    """The address to share, one that also works on a phone in the same network."""
    address = share_address(st.context.url or "http://localhost:8501", study)
    st.markdown("Share this link:")
    st.code(address, language=None, wrap_lines=True)
    if urlsplit(st.context.url or "").hostname not in LOOPBACK:
        return
    st.caption(
        "A phone in the same network opens it too, if this computer's firewall lets it in. For people elsewhere, put "
        "the server under an address of its own."
        if urlsplit(address).hostname not in LOOPBACK
        else "This works on this computer only: it is in no network now."
    )


def share_address(page: str, study: str) -> str:
    """Where the survey is, seen from elsewhere.

    Example:
        >>> share_address("https://study.example.org/app/organizer", "cats")
        'https://study.example.org/app/survey?study=cats'
    """
    return page_address(page, "survey", study=study)


def page_address(page: str, name: str, **query: str) -> str:
    """Where another page is, seen from elsewhere: an address on this machine itself is told by its network address.

    Args:
        page: address of the organizer's page.
        name: of the other one.
    """
    parts = urlsplit(page)
    host = parts.netloc
    if parts.hostname in LOOPBACK:
        host = network_address() + (f":{parts.port}" if parts.port else "")
    path = f"{parts.path.rstrip('/').removesuffix('/organizer')}/{name}"
    return urlunsplit((parts.scheme, host, path, urlencode(query), ""))


def network_address() -> str:
    """This machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for documentation: only the route to it is chosen
            return probe.getsockname()[0]
        except OSError:
            return "localhost"


def show_refused(refused) -> None:
    """Photographs that were left out, by name and reason."""
    if refused:
        with st.expander(f"Left out: {len(refused)}"):
            for photo in refused:
                st.markdown(f"**{escape(photo['name'])}**: {escape(photo['reason'])}")


def preview(study: Study) -> None:
    """The pictures with the truth about them, for the organizer's eyes, a page at a time."""
    pool = study.pool
    st.caption("Each photograph as it is shown: with its real colours, and as coloured by each model.")
    photos = pool.photos_for("test")
    page = 0
    if len(photos) > PREVIEWED:
        pages = range(0, len(photos), PREVIEWED)
        page = st.selectbox(
            "Photographs",
            pages,
            format_func=lambda first: f"{first + 1} to {min(first + PREVIEWED, len(photos))} of {len(photos)}",
            key=f"organizer_preview_{study.config.study}",
        )
    for photo in photos[page : page + PREVIEWED]:
        with st.container(horizontal=True):
            for model in ("", *pool.models):
                words = phrases.title(model, titles())
                st.image(draw(study.config.study, pool.by_photo[photo, model]), caption=words, alt=words, width=200)


def edit(study: Study) -> None:
    """What may still be changed. The consent text stands as soon as somebody may have agreed to it."""
    config = study.config
    public = st.toggle(
        "Everybody may see the results",
        config.results_public,
        key=f"organizer_public_{config.study}",
        help="Pictures and votes are shown to others only when the study is closed: they tell the answers.",
    )
    if public != config.results_public:
        change(study, results_public=public)
    with st.form(f"organizer_edit_{config.study}", border=False):
        title = st.text_input("Title", config.title, max_chars=80)
        fixed = config.state != "draft"
        note = "Participants have agreed to this text: it can no longer be changed." if fixed else None
        consent = st.text_area("Consent text", config.consent, height=320, disabled=fixed, help=note)
        if st.form_submit_button("Save"):
            text = config.consent if fixed else consent
            change(study, title=title.strip() or config.title, consent=text.strip() or config.consent)


def change(study: Study, **changes: object) -> None:
    try:
        study.update(**changes)
    except (StorageError, StudyError, OSError) as error:
        st.error(escape(str(error)), icon=":material/error:")
    else:
        st.rerun()


def delete(study: Study) -> None:
    try:
        study.delete()
    except (StorageError, StudyError, OSError) as error:
        st.error(escape(str(error)), icon=":material/error:")
    else:
        st.rerun()
