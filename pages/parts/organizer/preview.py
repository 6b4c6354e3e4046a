"""A preview for the organizer: the pictures of a study, and which of them are real."""

import streamlit as st

from pages.parts.figure import draw, titles
from pages.parts.paging import choose_page
from study.analysis import phrases
from study.folder import Study

ON_A_PAGE = 8  # photographs; each is shown in every version


def preview(study: Study) -> None:
    """Show each photograph in a row with its versions."""
    st.caption("Each photograph as it is shown: with its real colours, and as coloured by each model.")
    photos = study.pool.photos_for("test")
    key = f"organizer_preview_{study.config.study}"
    for photo in choose_page(photos, ON_A_PAGE, "Photographs", key, width="stretch"):
        with st.container(horizontal=True):
            for model in ("", *study.pool.models):
                words = phrases.title(model, titles())
                picture = draw(study.config.study, study.pool.by_photo[photo, model])
                st.image(picture, caption=words, alt=words, width=200)
