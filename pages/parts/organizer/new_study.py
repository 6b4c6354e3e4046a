"""The form for a new study: the photographs, what colours them, and what participants do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from colorizer import DEFAULT_MODEL, model_info
from colorizer.weights import WeightsError, usable_models
from pages.parts.organizer import form
from pages.parts.organizer.building import discard, start
from pages.parts.organizer.order import Order, check_order, new_folder, write_order
from pages.parts.organizer.protocol import ask_consent, ask_protocol
from pages.parts.organizer.sources import BUILT_IN, Source, ask_source
from pages.parts.uploads import FOLDER, UPLOAD
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.pool.building import DEFAULT_SIZE
from study.protocol import StudyProtocol
from study.votes.record import check_id

MOST_SETS = 5


@dataclass(frozen=True)
class Wishes:
    """The values that were entered in the form."""

    title: str
    photos: Source
    models: Sequence[str]
    sets: Sequence[tuple[str, Source]]
    """pictures coloured elsewhere: name and source of each set"""
    protocol: StudyProtocol
    consent: str
    size: int

    def lacking(self) -> list[str]:
        """Return what is still needed, in words."""
        names = [*self.models, *(name for name, _ in self.sets)]
        needed: Mapping[str, object] = {
            "a title": self.title,
            "photographs": self.photos.given,
            "a model or a set of coloured pictures": names,
            "pictures in every set": all(source.given for _, source in self.sets),
            "another name for each set and model": len(set(names)) == len(names),
        }
        return [words for words, given in needed.items() if not given]


def ask_new_study() -> None:
    """Show the whole form; its button starts a build in the background."""
    form.begin_round()
    title = st.text_input("Title", key=form.key("title"), max_chars=80, placeholder="What participants read at the top")
    st.header("Photographs", anchor=False)
    photos = ask_source("Colour photographs", "photos", [UPLOAD, FOLDER, BUILT_IN])
    st.caption(
        "Colour photographs, whose real colours are known; grey and toned ones are left out and named. "
        "The more the better: the tab “How many?” says why."
    )
    st.header("Coloured by", anchor=False)
    models, sets = ask_models(), ask_sets()
    st.header("What participants do", anchor=False)
    protocol = ask_protocol()
    if protocol is None:
        return
    consent = ask_consent(protocol)
    size = st.slider("Longer side of the pictures, in pixels", 256, 1024, DEFAULT_SIZE, 64, key=form.key("size"))
    if st.button("Build the study", icon=":material/construction:"):
        begin(Wishes(title.strip(), photos, models, sets, protocol, consent, size))
    if st.session_state.pop("organizer_begun", False):
        st.success("The build has begun: its progress is at the top of this page.", icon=":material/check:")


def ask_models() -> list[str]:
    """Ask which of our models colour the photographs."""
    usable = usable_models()
    return st.multiselect(
        "Our models",
        usable,
        default=[name for name in usable if name == DEFAULT_MODEL],
        format_func=lambda name: model_info(name).title,
        key=form.key("models"),
    )


def ask_sets() -> list[tuple[str, Source]]:
    """Ask for sets of pictures coloured elsewhere; return the name and source of each."""
    note = "The same photographs coloured by another program or by hand, under the same file names, any ending."
    count = st.number_input("Sets of pictures coloured elsewhere", 0, MOST_SETS, 0, help=note, key=form.key("sets"))
    return [ask_set(number) for number in range(1, count + 1)]


def ask_set(number: int) -> tuple[str, Source]:
    """Ask for the name of a set and for its pictures."""
    with st.container(border=True):
        key = form.key(f"set_{number}")
        name = st.text_input(f"Name of set {number}", key=key, placeholder="for example deoldify")
        source = ask_source(f"Pictures of set {number}", f"set_{number}", [UPLOAD, FOLDER])
    return name.strip() or f"set-{number}", source


def begin(wishes: Wishes) -> None:
    """Save an order and start building, or show on the page what is wrong with it."""
    if lacking := wishes.lacking():
        st.error(f"A study needs {' and '.join(lacking)}.", icon=":material/error:")
        return
    folder = None
    try:
        for name, _ in wishes.sets:
            check_id("the name of a set", name)
        folder = new_folder(wishes.title)
        order = keep_order(folder, wishes)
        start(folder, order)
    except BaseException as error:
        if folder is not None:
            discard(folder)
        if not isinstance(error, (StorageError, StudyError, WeightsError, OSError)):
            raise
        st.error(escape(str(error)), icon=":material/error:")
        return
    form.next_round()
    st.session_state.organizer_begun = True
    st.rerun()


def keep_order(folder: Path, wishes: Wishes) -> Order:
    """Save the order and all uploads in a folder.

    Raises:
        StudyError: the study cannot be built.
        OSError: a file could not be written.
    """
    sets = [f"{name}={source.keep(folder, name)}" for name, source in wishes.sets]
    real = wishes.photos.keep(folder, "photographs")
    order = Order(real, (*wishes.models, *sets), wishes.protocol, wishes.title, wishes.consent, wishes.size)
    check_order(order)
    write_order(folder, order)
    return order
