"""The end of a session: the participant's own score, and which pictures were real."""

import io

import numpy as np
import streamlit as st
from PIL import Image

from pages.parts.pictures import embed
from pages.parts.wording import escape
from study.folder import Study
from study.pool.stimuli import Pool
from study.session import Outcome

_SIDE = 320  # pixels of a picture in the overview

_WORDS = {
    # (is_real, judged_real)
    (True, True): ":material/check: **Real**, and you said so.",
    (True, False): ":material/close: **Real**; you said recoloured.",
    (False, False): ":material/check: **Recoloured**, and you said so.",
    (False, True): ":material/close: **Recoloured**; you took it for real.",
}


def show(study: Study, outcomes: list[Outcome]) -> None:
    """Thank the participant; show the score and, for every picture, whether it was real."""
    right = sum(outcome.is_right for outcome in outcomes)
    st.title("Thank you", anchor=False)
    st.markdown(f"### You were right about {right} of {len(outcomes)} pictures.")
    st.markdown(f"All your answers to *{escape(study.config.title)}* are saved. Here is what was real:")
    with st.container(horizontal=True, gap="medium"):
        for number, outcome in enumerate(outcomes, start=1):
            with st.container(width=160, gap="small"):
                picture = draw_small(study.pool, outcome.stimulus)
                st.image(picture, alt=f"Picture {number} of your session", width="stretch")
                st.caption(_WORDS[outcome.is_real, outcome.judged_real])


@st.cache_data(show_spinner=False, max_entries=512)
def draw_small(_pool: Pool, stimulus: str) -> str:
    """Return a small copy of a pool's picture as a data URL; no two pools share a picture id, so ids suffice as key."""
    pixels = np.asarray(Image.open(io.BytesIO(_pool.picture(stimulus))))
    return embed(pixels, _SIDE)
