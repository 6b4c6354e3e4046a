"""The signed-in visitor: through an account on this server, or through the operator's identity provider."""

from logging import getLogger

import streamlit as st

from accounts import AccountsError
from accounts.service import open_accounts
from accounts.sessions import Visit
from storage import StorageError
from storage.settings import SettingError, history_quota

COOKIE = "huestory_session"


def has_accounts() -> bool:
    """Return whether this server keeps histories at all; a wrong setting is logged and counts as no."""
    try:
        return history_quota() > 0
    except SettingError as error:
        getLogger(__name__).error(error)
        return False


def has_provider() -> bool:
    """Return whether the operator has set `[auth]` in Streamlit's secrets; then visitors need no password of ours."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def current_visit() -> Visit | None:
    """Return the signed-in person, or None. The database is used only for visitors who may be signed in.

    Raises:
        StorageError: the accounts cannot be reached.
    """
    if not has_accounts():
        return None
    return _provided_visit() if has_provider() else _local_visit()


def in_words(error: AccountsError | StorageError) -> str:
    """Return an error's text for a visitor; the details of an error that only the operator can fix go to the log."""
    if isinstance(error, StorageError):
        getLogger(__name__).error(error)
        return "My photos cannot be reached at the moment. Please try again later."
    return str(error)


def begin(ticket: str) -> None:
    """Sign in this session after its form succeeded, because the new cookie is visible only after a reload."""
    visit = open_accounts().sessions.redeem(ticket)
    if visit:
        if "account_session" in st.session_state:
            st.session_state.clear()  # data of the person who was signed in before
        st.session_state["account_session"] = visit.session


def _local_visit() -> Visit | None:
    session, token = st.session_state.get("account_session"), _token()
    if session:
        return open_accounts().sessions.find(session)
    return open_accounts().sessions.find_token(token) if token else None


def _provided_visit() -> Visit | None:
    if not st.user.get("is_logged_in"):
        return None
    issuer, subject = str(st.user.get("iss") or ""), str(st.user["sub"])
    name = str(st.user.get("name") or st.user.get("email") or "")
    return Visit("", open_accounts().users.identify(issuer, subject, name))


def _token() -> str:
    token = st.context.cookies.get(COOKIE)
    return token if isinstance(token, str) else ""  # under AppTest it is not a string
