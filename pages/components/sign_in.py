"""The organizer's sign-in: one password from the environment, kept for the session, guesses slowed down."""

import hmac
import os
import threading
import time
from collections import defaultdict, deque

import streamlit as st

VARIABLE = "HUESTORY_ORGANIZER_PASSWORD"
GUESSES = 5
GUESSES_OF_ALL = 50
WINDOW = 300.0  # seconds


class Throttle:
    """Bounds wrong passwords per visitor address, and of all together, in a sliding window."""

    def __init__(self):
        self._lock = threading.Lock()
        self._guesses: dict[str, deque[float]] = defaultdict(deque)

    def admit(self, visitor: str) -> float:
        """Count a guess; returns 0, or the seconds to wait because there were too many."""
        now = time.monotonic()
        with self._lock:
            self._forget_before(now - WINDOW)
            of_all = sorted(time for times in self._guesses.values() for time in times)
            for times, limit in ((self._guesses[visitor], GUESSES), (of_all, GUESSES_OF_ALL)):
                if len(times) >= limit:
                    return times[0] + WINDOW - now
            self._guesses[visitor].append(now)
        return 0.0

    def forgive(self, visitor: str) -> None:
        """The password was right: earlier guesses of this visitor do not count."""
        with self._lock:
            self._guesses.pop(visitor, None)

    def _forget_before(self, moment: float) -> None:
        for visitor, times in list(self._guesses.items()):
            while times and times[0] < moment:
                times.popleft()
            if not times:
                del self._guesses[visitor]


get_throttle = st.cache_resource(Throttle, show_spinner=False)


def is_organizer() -> bool:
    """Whether this session has signed in, with the password that is still in force."""
    return bool(_password()) and st.session_state.get("organizer_signed_in") == _password()


def require_organizer() -> None:
    """Go on for the organizer; ask everybody else for the password, and end the page."""
    if is_organizer():
        return
    if not _password():
        explain()
    else:
        ask()
    st.stop()


def sign_out() -> None:
    st.session_state.pop("organizer_signed_in", None)


def explain() -> None:
    """How to set a password; there is none by default, or everybody would know it."""
    st.info("This page is closed: no organizer password is set on this server.", icon=":material/lock:")
    st.markdown(
        f"Whoever runs this copy of Huestory sets it as the environment variable `{VARIABLE}` and starts it again. "
        "There is no default password. For example:"
    )
    st.code(f"{VARIABLE}='a long sentence of your own' .venv/bin/streamlit run app.py", language=None, wrap_lines=True)


def ask() -> None:
    """The password form."""
    st.markdown("Building and opening studies is for the organizer of this server.")
    with st.form("organizer_sign_in", width=420):
        given = st.text_input("Password", type="password", key="organizer_password", autocomplete="current-password")
        pressed = st.form_submit_button("Sign in")
    if pressed:
        sign_in(given)


def sign_in(given: str) -> None:
    """Compare in constant time, so that the time tells nothing about the password."""
    visitor = _visitor()
    wait = get_throttle().admit(visitor)
    if wait:
        st.error(f"Too many wrong passwords. Please try again in {wait:.0f} seconds.", icon=":material/timer:")
        return
    if not hmac.compare_digest(given.encode(), _password().encode()):
        st.error("That is not the password.", icon=":material/error:")
        return
    get_throttle().forgive(visitor)
    st.session_state.organizer_signed_in = _password()
    st.rerun()


def _visitor() -> str:
    return st.context.ip_address or "this machine"


def _password() -> str:
    return os.environ.get(VARIABLE, "")
