"""The form for a new study: photographs, what colours them, what participants are asked."""

from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from colorizer import DEFAULT_MODEL, model_info
from colorizer.weights import WeightsError, usable_models
from pages.parts.colorize.worklist import get_queue
from pages.parts.organizer import building
from pages.parts.organizer.building import Order
from pages.parts.studies import get_model
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.pool.building import DEFAULT_SIZE
from study.pool.photos import EXTENSIONS, SAMPLES
from study.protocol import LAYOUTS, PRESETS, Exclusions, ProtocolError, StudyProtocol, default_consent
from study.votes.record import check_id

UPLOAD, FOLDER = "From this device", "A folder on this server"
BUILT_IN = "The built-in samples (a demonstration)"
UPLOAD_MEGABYTES = 1000
MOST_SETS = 5
CUSTOM = "custom"
ASKED = {
    "balanced": "One picture at a time: real or recoloured? The fairest question for most studies.",
    "koalarization": "Twelve at once, tick the recoloured ones: the poll of Deep Koalarization.",
    "pairs": "The photograph beside its recoloured version: which is real? The hardest test.",
    CUSTOM: "Your own numbers.",
}
LAYOUT_WORDS = {
    "single": "One picture at a time",
    "grid": "All on one page, tick the recoloured ones",
    "pairs": "In pairs, which is real?",
}

get_builds = st.cache_resource(building.Builds, show_spinner=False)


@dataclass(frozen=True)
class Source:
    """Where pictures come from, as the form has it."""

    kind: str
    files: list
    path: str

    @property
    def given(self) -> bool:
        return bool(self.files or self.path.strip() or self.kind == BUILT_IN)


def ask_new_study() -> None:
    """The whole form; its button starts a build that goes on by itself."""
    st.session_state.setdefault("organizer_round", 0)  # a new round is an empty form
    title = st.text_input("Title", key=_key("title"), max_chars=80, placeholder="What participants read at the top")
    st.subheader("Photographs", anchor=False)
    photos = ask_source("Colour photographs", "photos", [UPLOAD, FOLDER, BUILT_IN])
    st.caption(
        "Colour photographs, whose real colours are known; grey and toned ones are left out and named. "
        "The more the better: the tab “How many?” says why."
    )
    st.subheader("Coloured by", anchor=False)
    models, sets = ask_conditions()
    st.subheader("What participants do", anchor=False)
    protocol = ask_protocol()
    if protocol is None:
        return
    consent = ask_consent(protocol)
    size = st.slider("Longer side of the pictures, in pixels", 256, 1024, DEFAULT_SIZE, 64, key=_key("size"))
    if st.button("Build the study", icon=":material/construction:"):
        begin(title, photos, models, sets, protocol, consent, size)
    if st.session_state.pop("organizer_begun", False):
        st.success("The build has begun: its progress is at the top of this page.", icon=":material/check:")


def ask_source(label: str, name: str, kinds: list[str]) -> Source:
    """Files from the browser, or a path on the server, which takes what is too large to upload."""
    kind = st.radio(label, kinds, horizontal=True, key=_key(f"{name}_kind"))
    files, path = [], ""
    if kind == UPLOAD:
        files = st.file_uploader(
            f"{label}: all files at once, or one ZIP",
            type=sorted(suffix.removeprefix(".") for suffix in {*EXTENSIONS, ".zip"}),
            accept_multiple_files=True,
            max_upload_size=UPLOAD_MEGABYTES,
            key=_key(f"{name}_files"),
        )
    elif kind == FOLDER:
        path = st.text_input(f"{label}: folder or ZIP on the server", key=_key(f"{name}_path"))
    return Source(kind, files, path)


def ask_conditions() -> tuple[list[str], list[tuple[str, Source]]]:
    """Models of ours, and sets of pictures coloured elsewhere by their names."""
    usable = usable_models()
    models = st.multiselect(
        "Our models",
        usable,
        default=[name for name in usable if name == DEFAULT_MODEL],
        format_func=lambda name: model_info(name).title,
        key=_key("models"),
    )
    note = "The same photographs coloured by another program or by hand, under the same file names, any ending."
    count = st.number_input("Sets of pictures coloured elsewhere", 0, MOST_SETS, 0, help=note, key=_key("sets"))
    sets = []
    for number in range(1, count + 1):
        with st.container(border=True):
            name = st.text_input(f"Name of set {number}", key=_key(f"set_{number}"), placeholder="for example deoldify")
            source = ask_source(f"Pictures of set {number}", f"set_{number}", [UPLOAD, FOLDER])
        sets.append((name.strip() or f"set-{number}", source))
    return models, sets


def ask_protocol() -> StudyProtocol | None:
    """A preset or custom numbers; None where they cannot be asked of people, and why is said."""
    captions = list(ASKED.values())
    name = st.radio("Preset", list(ASKED), captions=captions, format_func=str.capitalize, key=_key("preset"))
    limit = None
    try:
        protocol = ask_numbers() if name == CUSTOM else PRESETS[name]
        if st.toggle("Cover each picture after a while", key=_key("limited")):
            seconds = st.number_input("Seconds it stays", 0.1, 60.0, 3.0, 0.5, key=_key("limit"))
            limit = round(1000 * seconds)
        protocol = replace(protocol, time_limit_ms=limit)
    except ProtocolError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return None
    st.caption(
        f"{protocol.photos} pictures for each participant, about {protocol.minutes} min: {protocol.practice} for "
        f"practice, then {protocol.real} real, {protocol.recolored} recoloured, {protocol.catch} in absurd colours "
        f"(whoever takes those for real did not look). It takes {protocol.photos} photographs or more; with fewer it "
        "is shrunk, and with less than half of them called a demonstration."
    )
    return protocol


def ask_numbers() -> StudyProtocol:
    """Custom numbers, within the limits of a protocol."""
    layout = st.selectbox("Shown", LAYOUTS, format_func=LAYOUT_WORDS.__getitem__, key=_key("layout"))
    with st.container(horizontal=True):
        real = 0
        if layout != "pairs":
            real = st.number_input("Real pictures", 1, 60, 12, width=150, key=_key("real"))
        words = "Pairs" if layout == "pairs" else "Recoloured pictures"
        recolored = st.number_input(words, 1, 60, 12, width=150, key=_key("recolored"))
        catch = st.number_input("In absurd colours", 0, 10, 2, width=150, key=_key("catch"))
        practice = st.number_input("For practice", 0, 20, 4, width=150, key=_key("practice"))
    st.caption("Who is left out of the results (both numbers are always shown):")
    with st.container(horizontal=True):
        missed = st.number_input("Absurd pictures taken for real, at most", 0, 10, 1, width=230, key=_key("missed"))
        fastest = st.number_input("Median answer, at least (ms)", 0, 60_000, 500, 100, width=230, key=_key("fastest"))
    rules = Exclusions(max_missed_catch=missed, min_median_ms=fastest)
    return StudyProtocol(CUSTOM, layout, real, recolored, catch, practice, exclusions=rules)


def ask_consent(protocol: StudyProtocol) -> str:
    """The consent text; empty where the default was left as it is, for the build then fits it to its numbers."""
    default = default_consent(protocol)
    with st.expander("Consent text"):
        st.caption("Participants read this before anything else. It can still be changed until you open the study.")
        key = _key(f"consent_{protocol.layout}_{protocol.photos}")
        text = st.text_area("Consent text", default, height=320, key=key, label_visibility="collapsed")
    return "" if text.strip() == default.strip() else text.strip()


def begin(
    title: str,
    photos: Source,
    models: list[str],
    sets: list[tuple[str, Source]],
    protocol: StudyProtocol,
    consent: str,
    size: int,
) -> None:
    """Keep the order and start building, or say in place what is wrong with it."""
    needed = {
        "a title": title.strip(),
        "photographs": photos.given,
        "a model or a set of coloured pictures": models or sets,
        "pictures in every set": all(source.given for _, source in sets),
        "another name for each set and model": len({*models, *dict(sets)}) == len(models) + len(sets),
    }
    lacking = [words for words, given in needed.items() if not given]
    if lacking:
        st.error(f"A study needs {' and '.join(lacking)}.", icon=":material/error:")
        return
    folder = None
    try:
        for name, _ in sets:
            check_id("the name of a set", name)
        folder = building.new_folder(title.strip())
        items = [*models, *(f"{name}={_keep(folder, name, source)}" for name, source in sets)]
        real = SAMPLES if photos.kind == BUILT_IN else _keep(folder, "photographs", photos)
        order = Order(real, tuple(items), protocol, title.strip(), consent, size)
        building.check_order(order)
        building.write_order(folder, order)
        start(folder, order)
    except (StorageError, StudyError, WeightsError, OSError) as error:
        if folder is not None:
            get_builds().discard(folder)
        st.error(escape(str(error)), icon=":material/error:")
        return
    st.session_state.organizer_round += 1
    st.session_state.organizer_begun = True
    st.rerun()


def start(folder: Path, order: Order) -> None:
    """Begin a build or go on with it.

    Raises:
        WeightsError: a model cannot be had.
    """
    loaded = {name: get_model(name) for name in order.models}  # here, for a thread cannot show that it takes a while
    get_builds().start(folder, loaded, get_queue())


def _keep(folder: Path, name: str, source: Source) -> str:
    if source.kind == FOLDER:
        return str(Path(source.path.strip()).expanduser())
    return building.save_uploads(folder, name, source.files)


def _key(name: str) -> str:
    return f"organizer_new_{name}_{st.session_state.organizer_round}"
