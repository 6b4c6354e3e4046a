"""The end of a session: the participant's own score, and which pictures were real."""

import io
from logging import getLogger

import numpy as np
import streamlit as st
from PIL import Image

from pages.parts.pictures import embed
from pages.parts.studies import DEMONSTRATION
from pages.parts.survey.language import plural, t, words
from pages.parts.survey.recruited import show_completion
from pages.parts.wording import escape
from storage import StorageError
from study import StudyError
from study.folder import Study
from study.languages.catalogues import mark
from study.participants import new_code, participant_of
from study.pool.stimuli import Pool
from study.session import Outcome

_SIDE = 320  # pixels of a picture in the overview

_WORDS = {
    # (is_real, judged_real)
    (True, True): mark("**Real**, and you said so."),
    (True, False): mark("**Real**; you said recoloured."),
    (False, False): mark("**Recoloured**, and you said so."),
    (False, True): mark("**Recoloured**; you took it for real."),
}


def show(study: Study, outcomes: list[Outcome]) -> None:
    """Thank the participant; show the score and, for every picture, whether it was real."""
    right = sum(outcome.is_right for outcome in outcomes)
    title = escape(study.config.title_in(words().language))
    st.title(t("Thank you"), anchor=False)
    show_completion(study)
    score = plural(
        "You were right about {right} of {n} picture.",
        "You were right about {right} of {n} pictures.",
        len(outcomes),
        right=right,
    )
    st.markdown(f"## {score}")
    st.markdown(t("All your answers to *{title}* are saved. Here is what was real:", title=title))
    with st.container(horizontal=True, gap="medium", key="survey_outcome"):
        for number, outcome in enumerate(outcomes, start=1):
            with st.container(width=160, gap="small"):
                picture = draw_small(study.pool, outcome.stimulus)
                st.image(picture, alt=t("Picture {number} of your session", number=number), width="stretch")
                icon = ":material/check:" if outcome.is_right else ":material/close:"
                st.caption(f"{icon} {t(_WORDS[outcome.is_real, outcome.judged_real])}")


def offer_more(study: Study, code: str) -> None:
    """Offer another round of the demonstration; a real study counts each person once, so offer the other studies."""
    if study.config.study == DEMONSTRATION:
        st.button(t("Play again"), icon=":material/replay:", on_click=begin_again, args=(study, code))
    else:
        st.markdown(t("A study counts every person once."))
        st.button(t("Other studies, and the demonstration"), on_click=st.query_params.clear)


def begin_again(study: Study, code: str) -> None:
    """Forget this round, so that nobody's answers count twice, and begin another one under a new code."""
    try:
        study.forget(participant_of(code))
    except (StorageError, StudyError) as error:
        getLogger(__name__).error(error)
        return
    st.session_state.survey_codes[study.config.study] = new_code()


@st.cache_data(show_spinner=False, max_entries=512)
def draw_small(_pool: Pool, stimulus: str) -> str:
    """Return a small copy of a pool's picture as a data URL; no two pools share a picture id, so ids suffice as key."""
    pixels = np.asarray(Image.open(io.BytesIO(_pool.picture(stimulus))))
    return embed(pixels, _SIDE)
