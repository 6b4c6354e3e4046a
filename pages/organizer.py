"""For the organizer: build studies, open and close them, plan how large they must be."""

import streamlit as st

from pages.components.new_study import ask_new_study
from pages.components.planner import ask_plan
from pages.components.sign_in import require_organizer, sign_out
from pages.components.study_list import show_studies, show_unfinished

st.title("Run a study", anchor=False)
require_organizer()
st.markdown(
    "Ask people which photographs are real, and learn how often recoloured ones pass. Make a study from your "
    "photographs, share its link, and follow the results."
)
show_unfinished()
studies, new, plan = st.tabs(["Your studies", "New study", "How many?"])
with studies:
    show_studies()
with new:
    ask_new_study()
with plan:
    ask_plan()
st.button("Sign out", icon=":material/logout:", on_click=sign_out)
