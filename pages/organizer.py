"""The organizer's page: build, open and close studies, plan their size, and manage galleries."""

import streamlit as st

from pages.parts.gallery.builder import ask_new_gallery
from pages.parts.gallery.historical import offer_historical
from pages.parts.gallery.listing import show_galleries
from pages.parts.organizer.new_study import ask_new_study
from pages.parts.organizer.planner import ask_plan
from pages.parts.organizer.study_list import show_studies
from pages.parts.organizer.unfinished import show_unfinished
from pages.parts.sign_in import require_organizer, sign_out

galleries_first = st.query_params.get("tab") == "galleries"
st.title("Put photographs on show" if galleries_first else "Run a study", anchor=False)
require_organizer()
if galleries_first:
    st.markdown("Give it photographs, and captions if you have them. They are coloured, and shown before and after.")
else:
    st.markdown(
        "Ask people which photographs are real, and learn how often recoloured ones pass. Make a study from your "
        "photographs, share its link, and follow the results. Or put photographs on show, under Galleries."
    )
show_unfinished()
TABS = ["Your studies", "New study", "How many?", "Galleries"]
asked_for = TABS[3] if galleries_first else TABS[0]
studies, new, plan, galleries = st.tabs(TABS, default=asked_for)
with studies:
    show_studies()
with new:
    ask_new_study()
with plan:
    ask_plan()
with galleries:
    show_galleries()
    ask_new_gallery()
    offer_historical()
st.button("Sign out", icon=":material/logout:", on_click=sign_out)
