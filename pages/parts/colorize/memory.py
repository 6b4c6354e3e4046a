"""The colour page's state for one visitor, stored in session keys that begin with `colorize_`."""

from typing import Any

import streamlit as st

from colorizer import DEFAULT_MODEL
from colorizer.inference import album
from colorizer.inference.album import Photograph

SETTINGS = {
    "model": DEFAULT_MODEL,
    "view": "Slider",
    "against": "Grey",
    "saturation": 1.0,
    "boldness": "Balanced",
    "caption": False,
    "keep_colors": False,
    "warmth": 0.0,
    "mood": "",
    "doubt": False,
    "format": "As uploaded",
    "keep": True,
    "correct": False,
}


def remember() -> None:
    """Set up the session keys that do not exist yet."""
    state = st.session_state
    state.setdefault("colorize_photographs", {})  # upload key -> Photograph, in order
    state.setdefault("colorize_settings", dict(SETTINGS))
    for name in SETTINGS:  # take over changes from a run that the visitor's next click interrupted
        state.colorize_settings[name] = state.get(f"colorize_{name}", state.colorize_settings[name])
    state.setdefault("colorize_uploads", [])  # keys of the files that the uploader showed last
    state.setdefault("colorize_round", 0)  # a new number makes Streamlit draw an empty uploader
    state.setdefault("colorize_pause", "")  # why colouring is paused; empty: it is not
    state.setdefault("colorize_archive", None)  # the last ZIP: a description of its content, and its bytes
    state.setdefault("colorize_desks", {})  # key -> the visitor's work on the hints of this photograph
    state.setdefault("colorize_taken", {})  # uploader of hints -> what came of its file
    state.setdefault("colorize_shown", None)  # the picture that was shown last while hints are given
    state.setdefault("colorize_lender", None)  # the picture whose palette is taken
    state.setdefault("colorize_lent", 0)  # a new number makes Streamlit draw an empty uploader for it
    state.setdefault("colorize_kept", [])  # keys of the photographs for which keeping was tried
    state.setdefault("colorize_unreachable", False)  # True: the accounts did not answer in this run
    state.setdefault("colorize_not_kept", {})  # key -> why keeping failed


def photographs() -> dict[str, Photograph]:
    """Return the visitor's photographs by key, in the order in which they were added."""
    return st.session_state.colorize_photographs


def current(name: str) -> Any:
    """Return the latest value of a setting, even before its widget is drawn in this run."""
    return st.session_state.get(f"colorize_{name}", st.session_state.colorize_settings[name])


def setting(widget, name: str, label: str, *args, **kwargs) -> Any:
    """Draw a widget whose value is kept while the visitor is on another page; return the value."""
    state, key = st.session_state, f"colorize_{name}"
    state.setdefault(key, state.colorize_settings[name])
    state.colorize_settings[name] = widget(label, *args, key=key, **kwargs)
    return state.colorize_settings[name]


def restore(settings: dict[str, Any]) -> None:
    """Set settings as if the visitor had chosen them; unknown ones are ignored."""
    for name in SETTINGS.keys() & settings.keys():
        st.session_state.pop(f"colorize_{name}", None)
        st.session_state.colorize_settings[name] = settings[name]


def add_first(key: str, name: str, data: bytes) -> Photograph:
    """Put a photograph first in the list, so that it is the one shown; return it."""
    others = {other: photograph for other, photograph in photographs().items() if other != key}
    album.add(all_of_them := dict(others), key, name, data)
    st.session_state.colorize_photographs = {key: all_of_them[key], **others}
    return all_of_them[key]


def follow_uploader() -> None:
    """Add the files that are new in the uploader, and drop those that were removed from it."""
    state = st.session_state
    files = {file.file_id: file for file in state[uploader_key()]}
    for key in set(state.colorize_uploads) - set(files):
        photographs().pop(key, None)
    for key, file in files.items():
        if key not in photographs():
            album.add(photographs(), key, file.name, file.getvalue())
    state.colorize_uploads, state.colorize_pause = list(files), ""


def uploader_key() -> str:
    return f"colorize_uploader_{st.session_state.colorize_round}"


def pause(reason: str) -> None:
    """Pause colouring for this reason; an empty reason continues it."""
    st.session_state.colorize_pause = reason


def clear() -> None:
    """Remove all photographs from the page; the settings stay."""
    state = st.session_state
    photographs().clear()
    state.colorize_uploads, state.colorize_pause, state.colorize_archive = [], "", None
    state.colorize_kept, state.colorize_not_kept = [], {}
    state.colorize_lender, state.colorize_lent = None, state.colorize_lent + 1
    state.colorize_desks, state.colorize_taken, state.colorize_shown = {}, {}, None
    state.colorize_round += 1
