"""Sign-in forms, and the actions for a signed-in account."""

import streamlit as st

from accounts.history import megabytes
from accounts.service import open_accounts
from accounts.sessions import Visit
from pages.parts.visitor import begin, has_provider
from pages.parts.widgets.account_form import NAME, NEW_NAME, PASSWORD, Field, account_form, new_password
from pages.parts.wording import escape


def ask_to_sign_in() -> None:
    """Show the forms to sign in and to create an account, or the sign-in button of the identity provider."""
    st.markdown(
        "Sign in, and what you colour is kept here: the photograph as it was, the coloured one, and how it was made. "
        "Only you can see it, and you can delete it at any time. Everything else works without an account."
    )
    if has_provider():
        st.button("Sign in", icon=":material/login:", on_click=st.login)
        return
    old, new = st.tabs(["Sign in", "Create an account"])
    with old:
        ticket = account_form("sign-in", "Sign in", NAME, PASSWORD)
    with new:
        ticket = (
            account_form("register", "Create the account", NEW_NAME, new_password("password", "Password")) or ticket
        )
        st.caption("Keep the password well: nobody can send you a new one, because we ask for no address.")
    if ticket:
        begin(ticket)
        st.rerun()


def show_account(visit: Visit) -> None:
    """Show who is signed in, the space that is used, and the actions for the account."""
    accounts = open_accounts()
    used, quota = accounts.history.usage(visit.user.id), accounts.history.quota
    st.header("Account", anchor=False)
    st.markdown(f"Signed in as **{escape(visit.user.name)}**.")
    st.progress(min(1.0, used / quota), f"{megabytes(used)} of {megabytes(quota)} used")
    if visit.user.has_password:
        show_own_account(visit)
    else:
        show_provided_account(visit)


def show_own_account(visit: Visit) -> None:
    """Show the actions for an account whose password is stored on this server."""
    account_form("sign-out", "Sign out", leave=True)
    whose = Field("username", "Name", autocomplete="username", value=visit.user.name, hidden=True)
    with st.expander("Sign out everywhere"):
        st.markdown("On all computers and phones on which you have signed in, this one included.")
        account_form("sign-out-everywhere", "Sign out everywhere", leave=True)
    with st.expander("Change the password"):
        account_form(
            "change-password",
            "Change the password",
            whose,
            Field("password", "Password until now", "password", "current-password"),
            new_password("new", "New password"),
            done="The password is changed. Everywhere else you are signed out.",
        )
    with st.expander("Delete the account"):
        st.markdown("Deletes your account and all pictures in My photos from this server, at once and for good.")
        sure = Field("sure", "I want all of it deleted", "checkbox")
        account_form("delete", "Delete the account and all pictures", whose, PASSWORD, sure, leave=True)


def show_provided_account(visit: Visit) -> None:
    """Show the actions for a person who signed in through the identity provider."""
    st.button("Sign out", icon=":material/logout:", on_click=st.logout)
    with st.expander("Delete everything"):
        st.markdown("Deletes all pictures in My photos, and your name, from this server, at once and for good.")
        sure = st.checkbox("I want all of it deleted", key="photos_sure")
        if st.button("Delete everything of mine", disabled=not sure):
            open_accounts().delete_account(visit.user, password="")
            st.logout()
