"""The organizer's sign-in: one password from the environment, valid for the session; attempts are limited."""

import hmac
from logging import getLogger

import streamlit as st

from accounts.database import database_url, open_database
from accounts.throttle import Throttle, TooManyAttemptsError
from pages.parts.visitor import current_visit
from pages.routes.limits import network_of
from storage import StorageError
from storage.settings import ORGANIZER_PASSWORD, organizer_password

VARIABLE = ORGANIZER_PASSWORD.name
GUESSES = 5
GUESSES_OF_ALL = 50


def is_organizer() -> bool:
    """Return whether this session has signed in with the password that is valid now."""
    return bool(organizer_password()) and st.session_state.get("organizer_signed_in") == organizer_password()


def require_organizer() -> None:
    """Return if the organizer is signed in; otherwise ask for the password and stop the page."""
    if is_organizer():
        return
    if not organizer_password():
        explain()
    else:
        ask()
    st.stop()


def sign_out() -> None:
    st.session_state.pop("organizer_signed_in", None)


def explain() -> None:
    """Say how to set a password; there is no default one, because everybody would know it."""
    st.info("This page is closed: no organizer password is set on this server.", icon=":material/lock:")
    st.markdown(
        f"Whoever runs this copy of Huestory sets it as the environment variable `{VARIABLE}` and starts it again. "
        "There is no default password. For example:"
    )
    st.code(f"{VARIABLE}='a long sentence of your own' .venv/bin/streamlit run app.py", language=None, wrap_lines=True)


def ask() -> None:
    """Show the password form."""
    st.markdown("Building studies and galleries is for the organizer of this server.")
    with st.form("organizer_sign_in", width=420):
        given = st.text_input("Password", type="password", key="organizer_password", autocomplete="current-password")
        pressed = st.form_submit_button("Sign in")
    if pressed:
        sign_in(given)


def sign_in(given: str) -> None:
    """Check the password, in constant time so that the time reveals nothing about it, and sign in if it is right."""
    visitor = f"organizer from {_visitor()}"
    limits = {visitor: GUESSES} if visitor in _known() else {visitor: GUESSES, "organizer": GUESSES_OF_ALL}
    try:
        throttle = Throttle(open_database(database_url()))
        attempt = throttle.admit(limits)
        if not hmac.compare_digest(given.encode(), organizer_password().encode()):
            st.error("That is not the password.", icon=":material/error:")
            return
        throttle.forgive(attempt, visitor)
    except TooManyAttemptsError as error:
        st.error(str(error), icon=":material/timer:")
    except StorageError as error:
        getLogger(__name__).error(error)
        st.error("Nobody can sign in at the moment, because the database does not answer.", icon=":material/error:")
    else:
        _known().add(visitor)
        st.session_state.organizer_signed_in = organizer_password()
        st.rerun()


@st.cache_resource(show_spinner=False)
def _known() -> set[str]:
    """From where the organizer has signed in since the server's start; what strangers guess elsewhere is not theirs."""
    return set()


def _visitor() -> str:
    return network_of(st.context.ip_address or "this machine")


def who() -> str:
    """The organizer in the words of the audit trail: with the name of the account that is signed in, if any."""
    try:
        visit = current_visit()
    except StorageError:
        visit = None
    return f"organizer (account {visit.user.name})" if visit else "organizer"
