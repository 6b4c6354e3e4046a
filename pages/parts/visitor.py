"""Who is looking at the page, if they have signed in: by our own accounts, or by the operator's identity provider."""

from logging import getLogger

import streamlit as st

from accounts import AccountsError
from accounts.service import open_accounts
from accounts.sessions import Visit
from storage import StorageError
from storage.settings import SettingError, history_quota

COOKIE = "huestory_session"


def has_accounts() -> bool:
    """Whether this server keeps histories at all."""
    try:
        return history_quota() > 0
    except SettingError as error:
        getLogger(__name__).error(error)
        return False


def has_provider() -> bool:
    """Whether the operator has configured `[auth]` in Streamlit's secrets: then nobody needs a password of ours."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def current_visit() -> Visit | None:
    """The person who is signed in. Nobody who is not touches the database.

    Raises:
        StorageError: the accounts cannot be reached.
    """
    if not has_accounts():
        return None
    return _provided_visit() if has_provider() else _local_visit()


def in_words(error: AccountsError | StorageError) -> str:
    """A refusal for a visitor. What only the operator can mend is told to the log."""
    if isinstance(error, StorageError):
        getLogger(__name__).error(error)
        return "My photos cannot be reached at the moment. Please try again later."
    return str(error)


def begin(ticket: str) -> None:
    """This page's own sign-in has just succeeded; its cookie is not seen before the page is loaded again."""
    visit = open_accounts().sessions.redeem(ticket)
    if visit:
        if "account_session" in st.session_state:
            st.session_state.clear()  # of whoever was signed in before
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
    return token if isinstance(token, str) else ""  # under AppTest it is no text
