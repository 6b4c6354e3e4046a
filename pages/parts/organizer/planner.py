"""A calculator for how many pictures and participants a study needs."""

import streamlit as st

from study.analysis.planning import PlanError, plan
from study.protocol import PRESETS


def ask_plan() -> None:
    """Ask for three numbers; show a table and explain it."""
    st.markdown("How sure should the rate be, and how many photographs and participants does that take?")
    with st.container(horizontal=True):
        half_width = st.number_input(
            "Interval, points either way", 1.0, 30.0, 6.0, 0.5, "%.1f", width=220, key="organizer_plan_width"
        )
        rate = st.number_input("Rate you expect, in %", 1, 99, 40, width=220, key="organizer_plan_rate")
        shown = st.number_input(
            "Recoloured pictures each",
            1,
            60,
            PRESETS["balanced"].recolored,
            width=220,
            key="organizer_plan_shown",
            help="For each participant, of one model; with several models they are shared out among them.",
        )
    try:
        found = plan(half_width / 100, rate / 100, shown)
    except PlanError as error:
        st.error(str(error), icon=":material/error:")
        return
    if found.recommended is None:
        st.warning("No number of participants reaches this with up to 1,000 pictures. Ask for a wider interval.")
    else:
        st.markdown(
            f"**{found.recommended.pictures} photographs and {found.recommended.participants:,} participants** are a "
            f"good choice for ±{half_width:g} points. Photographs for practice and for catch trials come on top."
        )
    st.info(f"Why more pictures beat more people: {found.reason}", icon=":material/lightbulb:")
    st.table(
        {
            "Pictures of a model": [f"{row.pictures:,}" for row in found.rows],
            "Participants": [
                f"{row.participants:,}" if row.participants else "cannot be reached" for row in found.rows
            ],
            "Interval expected": [f"±{100 * row.half_width:.1f} points" for row in found.rows],
        },
        hide_index=True,
    )
