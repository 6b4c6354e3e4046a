"""Model cards: what each model is, how it was trained, and its layers."""

import csv
import re
from logging import getLogger
from pathlib import Path

import streamlit as st

from colorizer import model_info, weights
from colorizer.engine.layers import LayersError
from colorizer.engine.layers import read_layers as build_and_read

ACCURACY = '#### What "accuracy" means'
"""Heading of the section of weights/README.md that explains this measure."""

LOSS_CURVES = {
    "mark": "line",
    "encoding": {
        "x": {"field": "steps", "type": "quantitative"},
        "y": {"field": "loss", "type": "quantitative", "scale": {"zero": False}},
        "color": {"field": "photographs", "type": "nominal", "legend": {"orient": "bottom"}},
    },
}
"""The curves of a training, as Vega-Lite describes charts."""


def show_card(name: str, measured: bool) -> None:
    """Show one model: description, source, whether it can be used here, and how it was trained."""
    info = model_info(name)
    with st.container(border=True):
        st.subheader(info.title, anchor=False)
        st.markdown(info.description)
        source = re.sub(r"arXiv (\d+\.\d+)", r"[arXiv \1](https://arxiv.org/abs/\1)", info.source)
        st.markdown(f"Source: {source}")
        if info.departures:
            st.markdown(f"How it differs: {info.departures}")
        if weights.has_weights(name):
            st.caption(f"`{name}`: trained, ready to use")
            show_history(weights.history_path(name))
        elif info.training is None:
            st.caption(f"`{name}`: a baseline, nothing to train")
        else:
            large = "trained and measured, but its weights are too large to come with Huestory"
            st.caption(f"`{name}`: {large if measured else 'not trained yet'}")
            with st.expander("How to train it"):
                st.code(weights.training_command(name), language="sh", wrap_lines=True)
        if st.toggle("Show its layers", key=f"models_layers_{name}"):
            show_layers(name)


def show_history(path: Path) -> None:
    """Show the loss during training, on training photographs and on others, if the history file exists."""
    if not path.is_file():
        return
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 2:
        return
    first, last = (float(row["val_loss"]) for row in (rows[0], rows[-1]))
    with st.expander(f"Training: loss on new photographs from {first:.3g} to {last:.3g}"):
        curves = {"loss": "known", "val_loss": "new"}
        points = [
            {"steps": float(row["steps"]), "loss": float(row[column]), "photographs": words}
            for row in rows
            for column, words in curves.items()
        ]
        # st.line_chart would make the same picture in 0.1 s of Altair's time, at every opening of the page
        st.vega_lite_chart(points, LOSS_CURVES)


def show_layers(name: str) -> None:
    """Show the layers of a model; it is built only on demand, because that takes some seconds."""
    try:
        with st.spinner("Building it"):
            layers = read_layers(name)
    except LayersError as error:
        getLogger(__name__).error(error)
        st.error("This network cannot be built on this server; its log says why.")
        return
    st.caption(f"{sum(layer['parameters'] for layer in layers):,} parameters in {len(layers)} layers")
    st.dataframe(layers, hide_index=True)


@st.cache_data(show_spinner=False)
def read_layers(name: str) -> list[dict]:
    """Return the layers of a model, built with the hyperparameters of its weights or with the defaults."""
    return build_and_read(name)


def read_sections(path: Path) -> tuple[str, str]:
    """Split weights/README.md into the section about the reports' accuracy and all the rest."""
    text = re.sub(r"^(#+ )", r"##\1", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = re.split(r"^(?=#### )", text, flags=re.MULTILINE)
    about = "".join(section for section in sections if section.startswith(ACCURACY))
    return about.partition("\n")[2], "".join(section for section in sections if not section.startswith(ACCURACY))
