"""Figures, small pictures and model names of a study, for the organizer's page and the results page.

A figure is put into the page as SVG text, so that it follows the light or dark theme.
"""

import streamlit as st

from colorizer import list_models, model_info
from pages.parts.pictures import to_data_url
from pages.parts.studies import open_study
from study.analysis.report import thumbnail

_mount = st.components.v2.component(
    "huestory_figure",
    html='<div class="figure" style="--accent: var(--st-primary-color)"></div>',
    js="export default ({ data, parentElement }) => { parentElement.querySelector('.figure').innerHTML = data.svg; }",
)


def figure(svg: str, key: str) -> None:
    """Show a figure made by `study.analysis.figures`, which escapes all text in it."""
    _mount(key=key, data={"svg": svg})


@st.cache_data(show_spinner=False, max_entries=2000)
def draw(study: str, stimulus: str) -> str:
    """Return a small copy of a study's picture as a data URL."""
    return to_data_url(thumbnail(open_study(study).pool.picture(stimulus)))


def titles() -> dict[str, str]:
    """Return the readable titles of our own models, by name; other models keep the name that the organizer gave."""
    return {name: model_info(name).title for name in list_models()}
