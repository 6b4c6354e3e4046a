"""What both pages of the organizer show of a study: figures, small pictures, names of models.

A figure is SVG text in the page itself, so that it follows the theme, light or dark.
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
    """Show a figure of `study.figures`, which escapes every word in it."""
    _mount(key=key, data={"svg": svg})


@st.cache_data(show_spinner=False, max_entries=2000)
def draw(study: str, stimulus: str) -> str:
    """A small copy of a picture of a study, as a data URL."""
    return to_data_url(thumbnail(open_study(study).pool.picture(stimulus)))


def titles() -> dict[str, str]:
    """Names for people of our own models; others are called as their organizer called them."""
    return {name: model_info(name).title for name in list_models()}
