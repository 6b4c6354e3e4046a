"""The page My photos: sign in, see and delete the photographs that one has coloured, and manage the account."""

import streamlit as st

from accounts import AccountsError
from pages.parts.account.history import report, show_history, show_image
from pages.parts.account.panel import ask_to_sign_in, show_account
from pages.parts.visitor import current_visit, has_accounts, in_words
from storage import StorageError

st.title("My photos", anchor=False)
try:
    visit = current_visit()
    report()
    if visit is None and has_accounts():
        ask_to_sign_in()
    elif visit is None:
        st.info("This server keeps no photographs. Everything that you colour is gone after you close the page.")
    elif "photo" in st.query_params:
        show_image(visit.user.id, st.query_params["photo"])
    else:
        show_history(visit.user.id)
        show_account(visit)
except (AccountsError, StorageError) as error:
    st.error(in_words(error), icon=":material/error:")
