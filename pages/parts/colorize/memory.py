"""The colour page's state for one visitor, stored in session keys that begin with `colorize_`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from colorizer import DEFAULT_MODEL
from colorizer.imaging.preparation import Preparation
from colorizer.inference import album
from colorizer.inference.album import Photograph

BEFORE = {
    "turn": 0,  # degrees clockwise
    "straighten": 0.0,  # degrees clockwise
    "cut_left": 0.0,  # percent of the turned photograph, on the side as it is seen
    "cut_top": 0.0,
    "cut_right": 0.0,
    "cut_bottom": 0.0,
    "negative": False,
}
"""The settings of what is done with each photograph before it is coloured; see `preparation_of`."""

_CUTS = ("cut_left", "cut_top", "cut_right", "cut_bottom")
_OWN = ("turn", "straighten", *_CUTS)
"""Settings that say how one scan lies: they are not given to the others."""

LOOK = {
    "saturation": 1.0,
    "boldness": "Balanced",
    "caption": False,
    "keep_colors": False,
    "warmth": 0.0,
    "mood": "",
    "lender": None,  # the picture whose palette is taken
    **BEFORE,
}
"""The settings that each photograph has for itself."""

SETTINGS = LOOK | {
    "model": DEFAULT_MODEL,
    "view": "Slider",
    "against": "Grey",
    "doubt": False,
    "format": "As uploaded",
    "keep": True,
    "correct": False,
}

_HABITS = ("view", "format", "keep")
"""Settings that stay when the page is cleared: they are about the visitor, not about the photographs."""

_MAX_UNDO = 100


def remember() -> None:
    """Set up the session keys that do not exist yet."""
    state = st.session_state
    state.setdefault("colorize_photographs", {})  # upload key -> Photograph, in order
    state.setdefault("colorize_chosen", None)  # key of the photograph on show
    state.setdefault("colorize_settings", dict(SETTINGS))
    state.setdefault("colorize_looks", {})  # key -> the settings of this photograph, as in `LOOK`
    state.setdefault("colorize_undo", [])  # what changes of settings replaced, the latest last; see `_record`
    state.setdefault("colorize_pictures", {})  # place on the page -> what its pictures show, and the pictures
    state.setdefault("colorize_large", None)  # key of the photograph that the visitor looks at closely
    state.setdefault("colorize_uploads", [])  # keys of the files that the uploader showed last
    state.setdefault("colorize_round", 0)  # a new number makes Streamlit draw an empty uploader
    state.setdefault("colorize_pause", "")  # why colouring is paused; empty: it is not
    state.setdefault("colorize_archive", None)  # the last ZIP: a description of its content, and its bytes
    state.setdefault("colorize_desks", {})  # key -> the visitor's work on the hints of this photograph
    state.setdefault("colorize_taken", {})  # uploader of hints -> what came of its file
    state.setdefault("colorize_shown", None)  # the picture that was shown last while hints are given
    state.setdefault("colorize_lender", None)  # the picture whose palette is taken
    state.setdefault("colorize_lent", 0)  # a new number makes Streamlit draw an empty uploader for it
    state.setdefault("colorize_owner", "")  # id of the signed-in person; empty for others
    state.setdefault("colorize_saved", {})  # key -> the photograph's state when it was last downloaded or kept
    state.setdefault("colorize_kept", [])  # keys of the photographs for which keeping was tried
    state.setdefault("colorize_versions", {})  # key -> the versions of it that were kept in My photos
    state.setdefault("colorize_unreachable", False)  # True: the accounts did not answer in this run
    state.setdefault("colorize_unprepared", {})  # key -> why it was not cropped as asked for
    state.setdefault("colorize_not_kept", {})  # key -> why keeping failed
    _take_over()


def photographs() -> dict[str, Photograph]:
    """Return the visitor's photographs by key, in the order in which they were added."""
    return st.session_state.colorize_photographs


def accepted() -> dict[str, Photograph]:
    """Return the photographs that are coloured or can be."""
    return {key: photograph for key, photograph in photographs().items() if photograph.refusal is None}


def current(name: str) -> Any:
    """Return the latest value of a setting, even before its widget is drawn in this run."""
    return st.session_state.get(f"colorize_{name}", st.session_state.colorize_settings[name])


def setting(widget, name: str, label: str, *args, **kwargs) -> Any:
    """Draw a widget whose value is kept while the visitor is on another page; return the value."""
    state, key = st.session_state, f"colorize_{name}"
    state.setdefault(key, state.colorize_settings[name])
    state.colorize_settings[name] = widget(label, *args, key=key, **kwargs)
    return state.colorize_settings[name]


def made_once(place: str, what: object, make: Callable[[], Any]) -> Any:
    """Return what `make` returned for a place on the page when it was last asked for the same `what`."""
    made = st.session_state.colorize_pictures
    if place not in made or made[place][0] != what:
        made[place] = what, make()
    return made[place][1]


# --- the photograph on show, and the settings of each


def show(key: str | None) -> None:
    """Put a photograph on show, with its settings in the widgets; None: none is there."""
    _take_over()
    st.session_state.colorize_chosen = key
    _load(look_of(key))


def shown() -> str | None:
    """Return the key of the photograph on show: the chosen one, or the first that is not refused."""
    keys = list(accepted())
    if st.session_state.colorize_chosen not in keys:
        show(keys[0] if keys else None)
    return st.session_state.colorize_chosen


def step(way: int) -> None:
    """Show the next photograph (1) or the one before (-1), if there is one."""
    keys = list(accepted())
    place = keys.index(shown()) + way
    if 0 <= place < len(keys):
        show(keys[place])


def look_of(key: str | None) -> dict[str, Any]:
    """Return the settings of a photograph, as in `LOOK`."""
    return dict(st.session_state.colorize_looks.get(key, LOOK))


def reset() -> None:
    """Give the photograph on show the settings that it had at first; this can be undone."""
    _take_over()
    _change({shown(): LOOK | {"version": 0}})


def use_for_all() -> None:
    """Give all photographs the settings of the one on show; this can be undone.

    Each keeps its own version, and stays turned, straightened and cropped as it is.
    """
    _take_over()
    look = {name: value for name, value in look_of(shown()).items() if name not in _OWN}
    _change({key: look for key in accepted() if look_of(key) | look != look_of(key)})


def preparation_of(key: str) -> Preparation:
    """Return what the settings want done with a photograph before it is coloured.

    Raises:
        PreparationError: nothing would be left of it.
    """
    look = look_of(key)
    margins = [look[name] / 100 for name in _CUTS]
    return Preparation.with_margins(look["turn"], look["straighten"], margins, look["negative"])


def take_preparation(key: str, preparation: Preparation) -> None:
    """Give a photograph the settings that want this done before it is coloured; this can be undone."""
    _take_over()
    _change({key: _settings_of(preparation)})


def keep_preparation(key: str, preparation: Preparation) -> None:
    """Put back the settings that want this done, as if the last change, which cannot be made, had not been tried."""
    _set({key: _settings_of(preparation)})
    if st.session_state.colorize_undo and key in st.session_state.colorize_undo[-1]:
        st.session_state.colorize_undo.pop()


def _settings_of(preparation: Preparation) -> dict[str, Any]:
    cuts = (round(100 * margin, 4) for margin in preparation.margins)
    own = {"turn": preparation.turn, "straighten": preparation.straighten, "negative": preparation.negative}
    return own | dict(zip(_CUTS, cuts, strict=True))


def turn(key: str, degrees: int) -> None:
    """Turn a photograph by quarters, clockwise; what is cut off stays cut off; this can be undone."""
    _take_over()
    preparation = preparation_of(key)
    take_preparation(key, replace(preparation, turn=(preparation.turn + degrees) % 360))


def choose_version(key: str, version: int) -> None:
    """Show and write this version of a photograph; this can be undone."""
    _take_over()
    _change({key: {"version": version}})


def undo() -> None:
    """Take back the last change of settings, also of a photograph that is not on show now."""
    _take_over()
    if not st.session_state.colorize_undo:
        return
    before = st.session_state.colorize_undo.pop()
    _set(before)
    if before and shown() not in before:
        show(next(iter(before)))


def _take_over() -> None:
    """Take over changes from a run that the visitor's next click interrupted."""
    state = st.session_state
    for name in SETTINGS:
        state.colorize_settings[name] = state.get(f"colorize_{name}", state.colorize_settings[name])
    key = state.colorize_chosen
    if key in photographs():
        look = {name: state.colorize_settings[name] for name in LOOK}
        if look != look_of(key):
            _record([key])
            state.colorize_looks[key] = look


def _record(keys: Iterable[str]) -> None:
    """Note the settings of these photographs, so that `undo` can bring them back together."""
    notes = {key: look_of(key) | {"version": photographs()[key].version} for key in keys}
    st.session_state.colorize_undo = [*st.session_state.colorize_undo, notes][-_MAX_UNDO:]


def _change(changes: Mapping[str, Mapping[str, Any]]) -> None:
    if changes:
        _record(changes)
        _set(changes)


def _set(changes: Mapping[str, Mapping[str, Any]]) -> None:
    for key, values in changes.items():
        values = dict(values)
        photographs()[key].version = values.pop("version", photographs()[key].version)
        st.session_state.colorize_looks[key] = look_of(key) | values
    if st.session_state.colorize_chosen in changes:
        _load(look_of(st.session_state.colorize_chosen))


def _load(settings: Mapping[str, Any]) -> None:
    """Give widgets these values."""
    state = st.session_state
    for name, value in settings.items():
        state.pop(f"colorize_{name}", None)
        state.colorize_settings[name] = value
    if "lender" in settings:
        state.colorize_lender, state.colorize_lent = settings["lender"], state.colorize_lent + 1


# --- photographs come and go


def add_first(key: str, name: str, data: bytes, settings: Mapping[str, Any]) -> Photograph:
    """Put a photograph first in the list and show it with these settings; unknown ones are ignored; return it."""
    others = {other: photograph for other, photograph in photographs().items() if other != key}
    album.add(all_of_them := dict(others), key, name, data)
    st.session_state.colorize_photographs = {key: all_of_them[key], **others}
    st.session_state.colorize_looks[key] = LOOK | {name: settings[name] for name in LOOK.keys() & settings.keys()}
    show(key)
    _load({name: settings[name] for name in SETTINGS.keys() - LOOK.keys() & settings.keys()})
    return all_of_them[key]


def follow_uploader() -> None:
    """Add the files that are new in the uploader, and drop those that were removed from it."""
    state = st.session_state
    files = {file.file_id: file for file in state[uploader_key()]}
    for key in set(state.colorize_uploads) - set(files):
        remove(key)
    for key, file in files.items():
        if key not in state.colorize_uploads:  # one that was removed from the page is still in the uploader
            album.add(photographs(), key, file.name, file.getvalue())
    state.colorize_uploads, state.colorize_pause = list(files), ""


def uploader_key() -> str:
    return f"colorize_uploader_{st.session_state.colorize_round}"


def remove(key: str) -> None:
    """Remove one photograph from the page; the one after it is shown, or the one before."""
    state, keys = st.session_state, list(accepted())
    if state.colorize_chosen == key and len(keys) > 1:
        place = keys.index(key)
        show(keys[place + 1] if place + 1 < len(keys) else keys[place - 1])
    for kept in (
        photographs(),
        state.colorize_looks,
        state.colorize_desks,
        state.colorize_pictures,
        state.colorize_saved,
    ):
        kept.pop(key, None)
    state.colorize_undo = [
        rest for notes in state.colorize_undo if (rest := {other: notes[other] for other in notes if other != key})
    ]


def remove_refused() -> None:
    """Remove the files that cannot be coloured, once the visitor has seen why."""
    for key in photographs().keys() - accepted().keys():
        photographs().pop(key)


def pause(reason: str) -> None:
    """Pause colouring for this reason; an empty reason continues it."""
    st.session_state.colorize_pause = reason


def clear() -> None:
    """Remove all photographs from the page with everything that belongs to them."""
    state = st.session_state
    photographs().clear()
    state.colorize_chosen, state.colorize_looks, state.colorize_undo, state.colorize_pictures = None, {}, [], {}
    state.colorize_large = None
    state.colorize_uploads, state.colorize_pause, state.colorize_archive = [], "", None
    state.colorize_kept, state.colorize_not_kept, state.colorize_versions = [], {}, {}
    state.colorize_saved = {}
    state.colorize_desks, state.colorize_taken, state.colorize_shown = {}, {}, None
    state.colorize_round += 1
    _load({name: value for name, value in SETTINGS.items() if name not in _HABITS})
