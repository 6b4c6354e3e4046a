"""What the colour page remembers for one visitor: plain keys of the session that begin with `colorize_`."""

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
    "doubt": False,
    "format": "As uploaded",
    "keep": True,
}


def remember() -> None:
    """Start with an empty page, or with what is there already."""
    state = st.session_state
    state.setdefault("colorize_photographs", {})  # Photograph by key of the upload, in order
    state.setdefault("colorize_settings", dict(SETTINGS))
    for name in SETTINGS:  # what was changed in a run that the next click cut short
        state.colorize_settings[name] = state.get(f"colorize_{name}", state.colorize_settings[name])
    state.setdefault("colorize_uploads", [])  # keys of what the uploader showed last
    state.setdefault("colorize_round", 0)  # a new round is an empty uploader
    state.setdefault("colorize_pause", "")  # why the list is not being worked on
    state.setdefault("colorize_archive", None)  # the last ZIP: what is in it, and its bytes
    state.setdefault("colorize_kept", [])  # keys of the photographs that went to My photos, or could not
    state.setdefault("colorize_unreachable", False)  # whether the accounts did not answer in this run
    state.setdefault("colorize_not_kept", {})  # why they could not, by key


def photographs() -> dict[str, Photograph]:
    """The visitor's photographs, in the order in which they came."""
    return st.session_state.colorize_photographs


def current(name: str) -> Any:
    """A setting as the visitor has just left it, also before its widget is drawn again."""
    return st.session_state.get(f"colorize_{name}", st.session_state.colorize_settings[name])


def setting(widget, name: str, label: str, *args, **kwargs) -> Any:
    """A widget whose value is still there when the visitor comes back from another page."""
    state, key = st.session_state, f"colorize_{name}"
    state.setdefault(key, state.colorize_settings[name])
    state.colorize_settings[name] = widget(label, *args, key=key, **kwargs)
    return state.colorize_settings[name]


def restore(settings: dict[str, Any]) -> None:
    """Leave settings as if the visitor had chosen them; those that this page does not know are passed over."""
    for name in SETTINGS.keys() & settings.keys():
        st.session_state.pop(f"colorize_{name}", None)
        st.session_state.colorize_settings[name] = settings[name]


def add_first(key: str, name: str, data: bytes) -> Photograph:
    """Put a photograph before all others, where it is the one on show."""
    others = {other: photograph for other, photograph in photographs().items() if other != key}
    album.add(all_of_them := dict(others), key, name, data)
    st.session_state.colorize_photographs = {key: all_of_them[key], **others}
    return all_of_them[key]


def follow_uploader() -> None:
    """Add what is new in the uploader, drop what was taken out of it."""
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
    """Leave the rest of the list alone; an empty reason carries on."""
    st.session_state.colorize_pause = reason


def clear() -> None:
    """Empty the page; the settings stay."""
    state = st.session_state
    photographs().clear()
    state.colorize_uploads, state.colorize_pause, state.colorize_archive = [], "", None
    state.colorize_kept, state.colorize_not_kept = [], {}
    state.colorize_round += 1
