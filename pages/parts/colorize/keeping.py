"""Saves a signed-in visitor's coloured photographs in My photos, and shows on the colour page what is kept."""

import json
from logging import getLogger

import streamlit as st

from accounts import AccountsError
from accounts.images import REFERENCE, NewImage, version
from accounts.service import open_accounts
from accounts.sessions import Visit
from colorizer import images
from colorizer.inference import album, album_export
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer
from pages.parts.addresses import link_to
from pages.parts.colorize import memory
from pages.parts.colorize.look import look_of
from pages.parts.colorize.memory import setting
from pages.parts.colorize.returning import mark_saved
from pages.parts.network import BUSY, turn_shown
from pages.parts.visitor import current_visit, has_accounts, in_words
from pages.parts.visits import MINUTES
from pages.parts.wording import escape
from storage import StorageError

THUMBNAIL_SIDE = 320
_LOOK = ("saturation", "boldness", "caption")
_SELDOM = ("keep_colors", "warmth", "mood", *memory.BEFORE)
GONE = f"within {MINUTES} minutes after you close this page, your photographs are gone from the server."
"""How long what is not kept stays on the server."""


def say_what_is_kept() -> None:
    """Say whether photographs are kept, with a switch for signed-in visitors and a link to sign in for others."""
    visit, problem = _visit()
    st.session_state.colorize_unreachable = bool(problem)
    st.session_state.colorize_owner = visit.user.id if visit else ""
    if visit is None:
        st.caption(f"{problem} {_not_kept(None)}".strip())
        if has_accounts() and not problem:
            link_to("photos", "Sign in to keep what you colour")
    elif setting(st.toggle, "keep", "Keep what I colour in My photos"):
        st.caption("Only you can see it there, until you delete it.")
    else:
        st.caption(_not_kept(visit))


def _not_kept(visit: Visit | None) -> str:
    """Say what becomes of what is coloured from now on, and of what My photos may already hold."""
    if visit is not None:
        return f"From now on nothing is kept: {GONE} {_in_my_photos(visit)}"
    if any(st.session_state.colorize_versions.values()):
        return f"From now on nothing is kept: {GONE} What was kept before stays in My photos until you delete it there."
    return f"Nothing is kept: {GONE}"


def _in_my_photos(visit: Visit) -> str:
    """Say how many photographs of this page the visitor has in My photos, as far as this page has kept them."""
    by_key = {key: st.session_state.colorize_versions.get(key, set()) for key in memory.accepted()}
    try:
        found = open_accounts().history.find_versions(visit.user.id, set().union(*by_key.values()))
    except (AccountsError, StorageError) as error:
        getLogger(__name__).error(error)
        found = set()
    count = sum(bool(versions & found) for versions in by_key.values())
    if count == 0:
        return "What My photos already holds stays there until you delete it."
    verb = "is" if count == 1 else "are"
    which = f"This photograph {verb}" if len(by_key) == 1 else f"{count} of these {len(by_key)} photographs {verb}"
    return f"{which} already in My photos and will stay there until you delete {'it' if count == 1 else 'them'}."


def show_kept(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> None:
    """Say whether the shown version is in My photos; if not, offer a button that keeps it."""
    visit = _keeping_visit()
    if visit is None:
        return
    problem = st.session_state.colorize_not_kept.get(key)
    if look.saturation == 0:
        st.caption("Without colour there is nothing to keep.")
    elif not problem and _is_kept(visit, key, photograph, colorizer):
        st.caption("Kept in My photos as it is now.")
    elif key in st.session_state.colorize_kept:  # otherwise `keep_new` has not come to it yet
        if problem:
            st.warning(f"Not kept in My photos: {escape(problem)}", icon=":material/warning:")
        if st.button("Keep this version in My photos", icon=":material/bookmark_add:", width="stretch"):
            with st.spinner("Keeping it"):
                _keep(visit, key, photograph, colorizer, look, st.empty())
            st.rerun()


def keep_new(ready: dict[str, Photograph], colorizer: Colorizer) -> None:
    """Keep each newly coloured photograph once; later changes are kept only when the visitor presses the button."""
    visit = _keeping_visit()
    if visit is None:
        return
    looks = {key: look_of(key, colorizer) for key in ready if key not in st.session_state.colorize_kept}
    new = [key for key, look in looks.items() if look.saturation > 0]
    if not new:
        return
    bar = st.progress(0.0)
    for done, key in enumerate(new):
        _keep(visit, key, ready[key], colorizer, looks[key], bar, done / len(new), f"{done + 1} of {len(new)}")
    st.rerun()


def _visit() -> tuple[Visit | None, str]:
    """Return who is signed in, and a message if that cannot be found out; colouring works in both cases."""
    try:
        return current_visit(), ""
    except (AccountsError, StorageError) as error:
        return None, in_words(error)


def _keeping_visit() -> Visit | None:
    """Return the signed-in visitor who wants photographs kept, or None.

    If the database has not answered earlier in this run, it is not asked again.
    """
    if st.session_state.colorize_unreachable or not memory.current("keep"):
        return None
    return _visit()[0]


def _is_kept(visit: Visit, key: str, photograph: Photograph, colorizer: Colorizer) -> bool:
    try:
        return open_accounts().history.has(visit.user.id, _version(key, photograph, colorizer))
    except (AccountsError, StorageError) as error:
        getLogger(__name__).error(error)
        return False


def _keep(visit: Visit, key: str, photograph: Photograph, colorizer, look, bar, done=0.0, which="1 of 1") -> None:
    """Keep one photograph; an error is recorded for the page to show, and the photograph stays on the page."""
    history, state = open_accounts().history, st.session_state
    version = _version(key, photograph, colorizer)
    state.colorize_not_kept.pop(key, None)
    try:
        if not history.has(visit.user.id, version):
            with turn_shown(bar, done, f"Keeping {which} in My photos: {escape(photograph.name)}"):
                history.keep(visit.user.id, _image(key, photograph, colorizer, look))
        state.colorize_versions.setdefault(key, set()).add(version)
        mark_saved([key], colorizer)
    except (AccountsError, StorageError) as error:
        state.colorize_not_kept[key] = in_words(error)
    except BUSY as error:
        state.colorize_not_kept[key] = str(error)
    if key not in state.colorize_kept:
        state.colorize_kept.append(key)


def _settings(key: str, photograph: Photograph, colorizer: Colorizer) -> dict[str, object]:
    """Return all settings, besides photograph and model, that determine the colours, in the words of the page."""
    look = memory.look_of(key)
    always = {name: look[name] for name in _LOOK}
    # Of what is not used no word: so it was before it could be used, and the same version is not kept twice.
    own = {name: look[name] for name in _SELDOM if look[name]}
    if lender := look["lender"]:
        own |= {"like": lender.sha256, "like_name": lender.name}
    edits = {"edits": json.loads(album.write_sidecar(photograph))} if photograph.edits.hints else {}
    return always | {"version": photograph.version, "weights": colorizer.weights_sha256} | own | edits


def _version(key: str, photograph: Photograph, colorizer: Colorizer) -> str:
    return version(photograph.data, colorizer.name, _settings(key, photograph, colorizer))


def _image(key: str, photograph: Photograph, colorizer: Colorizer, look: Look) -> NewImage:
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
    if lender := memory.look_of(key)["lender"]:
        parts[REFERENCE] = lender.data
    made = {"model": colorizer.name, "settings": _settings(key, photograph, colorizer), "parts": parts}
    height, width = photograph.prepared_size
    return NewImage(photograph.name, format, width, height, **made)
