"""Saves a signed-in visitor's coloured photographs in My photos, and shows on the colour page what is kept."""

import json
from logging import getLogger

import streamlit as st

from accounts import AccountsError
from accounts.images import NewImage, version
from accounts.service import open_accounts
from accounts.sessions import Visit
from colorizer import images
from colorizer.inference import album, album_export
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.addresses import link_to
from pages.parts.colorize import memory
from pages.parts.colorize.memory import setting
from pages.parts.network import BUSY, turn_shown
from pages.parts.visitor import current_visit, has_accounts, in_words
from pages.parts.wording import escape
from storage import StorageError

THUMBNAIL_SIDE = 320
_GONE = "Nothing is kept: a few minutes after you close this page, your photographs are gone from the server."
_LOOK = ("saturation", "boldness", "caption")
_SELDOM = ("keep_colors", "warmth", "mood")


def say_what_is_kept() -> None:
    """Say whether photographs are kept, with a switch for signed-in visitors and a link to sign in for others."""
    visit, problem = _visit()
    st.session_state.colorize_unreachable = bool(problem)
    if visit is None:
        st.caption(f"{problem} {_GONE}".strip())
        if has_accounts() and not problem:
            link_to("photos", "Sign in to keep what you colour")
    elif setting(st.toggle, "keep", "Keep what I colour in My photos"):
        st.caption("Only you can see it there, until you delete it.")
    else:
        st.caption(_GONE)


def show_kept(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Say whether the shown version is in My photos; if not, offer a button that keeps it."""
    visit = _keeping_visit(look)
    if visit is None:
        return
    problem = st.session_state.colorize_not_kept.get(key)
    if not problem and _is_kept(visit, photograph, colorizer):
        st.caption("Kept in My photos as it is now.")
    elif key in st.session_state.colorize_kept:  # otherwise `keep_new` has not come to it yet
        if problem:
            st.warning(f"Not kept in My photos: {escape(problem)}", icon=":material/warning:")
        if st.button("Keep this version in My photos", icon=":material/bookmark_add:", width="stretch"):
            with st.spinner("Keeping it"):
                _keep(visit, key, photograph, colorizer, look, st.empty())
            st.rerun()


def keep_new(ready: dict[str, Photograph], colorizer: Colorizer, look: Look) -> None:
    """Keep each newly coloured photograph once; later changes are kept only when the visitor presses the button."""
    visit = _keeping_visit(look)
    if visit is None:
        return
    new = [key for key in ready if key not in st.session_state.colorize_kept]
    if not new:
        return
    bar = st.progress(0.0)
    for done, key in enumerate(new):
        _keep(visit, key, ready[key], colorizer, look, bar, done / len(new), f"{done + 1} of {len(new)}")
    st.rerun()


def _visit() -> tuple[Visit | None, str]:
    """Return who is signed in, and a message if that cannot be found out; colouring works in both cases."""
    try:
        return current_visit(), ""
    except (AccountsError, StorageError) as error:
        return None, in_words(error)


def _keeping_visit(look: Look) -> Visit | None:
    """Return the signed-in visitor who wants photographs kept, or None.

    If the database has not answered earlier in this run, it is not asked again.
    """
    if st.session_state.colorize_unreachable or not memory.current("keep") or look.saturation == 0:
        return None
    return _visit()[0]


def _is_kept(visit: Visit, photograph: Photograph, colorizer: Colorizer) -> bool:
    try:
        return open_accounts().history.has(visit.user.id, _version(photograph, colorizer))
    except (AccountsError, StorageError) as error:
        getLogger(__name__).error(error)
        return False


def _keep(visit: Visit, key: str, photograph: Photograph, colorizer, look, bar, done=0.0, which="1 of 1") -> None:
    """Keep one photograph; an error is recorded for the page to show, and the photograph stays on the page."""
    history, state = open_accounts().history, st.session_state
    state.colorize_not_kept.pop(key, None)
    try:
        if not history.has(visit.user.id, _version(photograph, colorizer)):
            with turn_shown(bar, done, f"Keeping {which} in My photos: {escape(photograph.name)}"):
                history.keep(visit.user.id, _image(photograph, colorizer, look))
    except (AccountsError, StorageError) as error:
        state.colorize_not_kept[key] = in_words(error)
    except BUSY as error:
        state.colorize_not_kept[key] = str(error)
    if key not in state.colorize_kept:
        state.colorize_kept.append(key)


def _settings(photograph: Photograph, colorizer: Colorizer) -> dict[str, object]:
    """Return all settings, besides photograph and model, that determine the colours, in the words of the page."""
    look = {name: memory.current(name) for name in _LOOK}
    # Of what is not used no word: so it was before it could be used, and the same version is not kept twice.
    own = {name: memory.current(name) for name in _SELDOM if memory.current(name)}
    if lender := st.session_state.colorize_lender:
        own["like"] = lender.sha256
    edits = {"edits": json.loads(album.write_sidecar(photograph))} if photograph.edits.hints else {}
    return look | {"version": photograph.version, "weights": colorizer.weights_sha256} | own | edits


def _version(photograph: Photograph, colorizer: Colorizer) -> str:
    return version(photograph.data, colorizer.name, _settings(photograph, colorizer))


def _image(photograph: Photograph, colorizer: Colorizer, look: Look) -> NewImage:
    format = album_export.export_format(photograph)
    format = "png" if format == "tiff" else format  # the same pixels in a third of the space
    after = album.render_view(photograph, colorizer, look)
    parts = {
        "original": photograph.data,
        "result": album_export.export_photograph(photograph, colorizer, look, format),
        "before": images.encode_preview(photograph.gray),
        "after": images.encode_preview(after),
        "thumbnail": images.encode_preview(after, THUMBNAIL_SIDE),
    }
    made = {"model": colorizer.name, "settings": _settings(photograph, colorizer), "parts": parts}
    return NewImage(photograph.name, format, photograph.width, photograph.height, **made)
