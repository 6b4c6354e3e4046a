"""Visitors who come back find their photographs again; before they leave they are warned of what is unsaved."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from accounts import AccountsError
from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.colorize import memory
from pages.parts.visitor import current_visit
from pages.parts.visits import get_visits, new_name
from pages.parts.widgets.visit import follow_visit
from storage import StorageError

_WIDGET = "colorize_tab"
_KEPT = ("photographs", "chosen", "settings", "looks", "kept", "versions", "saved")
"""What is kept of a visit, by the ends of the session's keys."""


def follow(colorizer: Colorizer | None = None) -> None:
    """Keep this visit for a while, and tell the browser about it; to be called at the end of a run."""
    state = st.session_state
    name = state.setdefault("colorize_visit", new_name())
    photographs = memory.photographs()
    if photographs:
        content = {key: state[f"colorize_{key}"] for key in _KEPT}
        content["photographs"] = {key: album.as_received(photograph) for key, photograph in photographs.items()}
        size = sum(len(photograph.data) for photograph in photographs.values())
        get_visits().keep(name, state.colorize_owner, content, size, get_script_run_ctx().session_id)
    else:
        get_visits().drop(name)
    follow_visit(name, colorizer is not None and _has_unsaved(colorizer), _come_back, _WIDGET)
    if state.pop("colorize_returned", False):
        st.toast("Here are your photographs again.", icon=":material/history:")


def mark_saved(keys, colorizer: Colorizer) -> None:
    """Note that these photographs, as they are now, are in the visitor's hands."""
    for key in keys:
        st.session_state.colorize_saved[key] = _state_of(key, memory.photographs()[key], colorizer)


def _has_unsaved(colorizer: Colorizer) -> bool:
    saved = st.session_state.colorize_saved
    ready = {key: p for key, p in memory.accepted().items() if not p.awaits(colorizer.name)}
    own = {key: p for key, p in ready.items() if not key.startswith("sample:")}
    return any(saved.get(key) != _state_of(key, p, colorizer) for key, p in own.items())


def _state_of(key: str, photograph: Photograph, colorizer: Colorizer) -> tuple:
    return memory.look_of(key), photograph.version, photograph.edits.hints, colorizer.name


def _come_back() -> None:
    """Bring back what the tab's earlier visit had, unless this one has begun already."""
    state = st.session_state
    if memory.photographs():
        return
    try:
        visit = current_visit()
    except (AccountsError, StorageError):
        return  # who this is cannot be found out
    content = get_visits().take(state[_WIDGET]["earlier"], visit.user.id if visit else "")
    if content is None:
        return
    chosen = content.pop("chosen")
    for key, value in content.items():
        state[f"colorize_{key}"] = value
    memory.show(chosen)
    state.colorize_returned = True
