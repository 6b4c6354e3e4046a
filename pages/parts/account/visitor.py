"""Who is looking at the page, if they have signed in: by our own accounts, or by the operator's identity provider."""

from logging import getLogger

import streamlit as st

from accounts import AccountsError
from accounts.database import DatabaseError, DatabaseUrlError
from accounts.schema import NewerSchemaError
from accounts.service import SettingError, open_accounts, quota
from accounts.sessions import Visit

COOKIE = "huestory_session"
OUR_FAULT = (DatabaseError, DatabaseUrlError, NewerSchemaError, SettingError)
"""What no visitor can mend: they are told so, and the operator finds the reason in the log."""


def has_accounts() -> bool:
    """Whether this server keeps histories at all."""
    try:
        return quota() > 0
    except AccountsError as error:
        getLogger(__name__).error(error)
        return False


def has_provider() -> bool:
    """Whether the operator has configured `[auth]` in Streamlit's secrets: then nobody needs a password of ours."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def current_visit() -> Visit | None:
    """The person who is signed in. Nobody who is not touches the database.

    Raises:
        AccountsError: the accounts cannot be reached.
    """
    if not has_accounts():
        return None
    return _provided_visit() if has_provider() else _local_visit()


def in_words(error: AccountsError) -> str:
    """A refusal for a visitor."""
    if isinstance(error, OUR_FAULT):
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
