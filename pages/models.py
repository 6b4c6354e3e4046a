"""What Huestory colours with, and how well: model cards and measurements, read and never computed here."""

import csv
import re
from pathlib import Path

import streamlit as st

from colorizer import DEFAULT_MODEL, list_models, model_info
from colorizer.models import create_model, layer_table
from colorizer.weights import (
    FOLDER,
    has_weights,
    history_path,
    hyperparameters_in_use,
    training_command,
)

ACCURACY = '#### What "accuracy" means'  # how the section of weights/README.md begins
# Columns that `python -m colorizer evaluate` writes: a name and a meaning in plain words.
MEASURES = {
    "psnr": (
        "Likeness to the original",
        "Decibels, `psnr`; higher is closer. It rewards playing safe: **plain grey scores well**. Never read it alone.",
    ),
    "ssim": (
        "Likeness of structure",
        "0 to 1, `ssim`; higher is closer. Near 1 for all, because the lightness is never touched.",
    ),
    "delta_e": (
        "Difference in colour",
        "CIEDE2000, `delta_e`; lower is closer. About 2 is just visible. It, too, rewards playing safe.",
    ),
    "colorfulness": ("Colourfulness", "`colorfulness`; how colourful the results are. Plain grey is 0."),
    "delta_colorfulness": (
        "Colourfulness, off by",
        "`delta_colorfulness`; lower is better: how far that is from the colourfulness of the originals.",
    ),
    "patchiness": ("Blotches", "`patchiness`; lower is better: colour that varies where the original's does not."),
    "bleeding": (
        "Colour over edges",
        "`bleeding`; lower is better, and 0 means borders between colours as crisp as in the original.",
    ),
    "ab_accuracy": (
        "Larger of two colour axes agrees",
        "0 to 1, `ab_accuracy`; printed as accuracy by older reports, and **no measure of colour**.",
    ),
    "seconds_per_image": ("Seconds a photograph", "`seconds_per_image`, on the machine that measured."),
    "images": ("Photographs measured", "`images`; those without colour of their own are left out."),
}


def read_measurements(path: Path) -> list[dict[str, str]]:
    """Rows that `python -m colorizer evaluate` wrote, whole sets only."""
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if not row.get("folder")]


def show_card(name: str, measured: bool) -> None:
    """One model: what it is, where it comes from, whether it can be used here, how it was trained."""
    info = model_info(name)
    with st.container(border=True):
        st.subheader(info.title, anchor=False)
        st.markdown(info.description)
        source = re.sub(r"arXiv (\d+\.\d+)", r"[arXiv \1](https://arxiv.org/abs/\1)", info.source)
        st.markdown(f"Source: {source}")
        if info.departures:
            st.markdown(f"How it differs: {info.departures}")
        if has_weights(name):
            st.caption(f"`{name}`: trained, ready to use")
            show_history(history_path(name))
        elif info.training is None:
            st.caption(f"`{name}`: a baseline, nothing to train")
        else:
            large = "trained and measured, but its weights are too large to come with Huestory"
            st.caption(f"`{name}`: {large if measured else 'not trained yet'}")
            with st.expander("How to train it"):
                st.code(training_command(name), language="sh", wrap_lines=True)
        if st.toggle("Show its layers", key=f"models_layers_{name}"):
            show_layers(name)


def show_history(path: Path) -> None:
    """The error during training, on photographs that it was trained on and on others, where it is known."""
    if not path.is_file():
        return
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 2:
        return
    first, last = (float(row["val_loss"]) for row in (rows[0], rows[-1]))
    with st.expander(f"Training: error on new photographs from {first:.3g} to {last:.3g}"):
        curves = {"steps": "steps", "loss": "known", "val_loss": "new"}
        table = {words: [float(row[column]) for row in rows] for column, words in curves.items()}
        st.line_chart(table, x="steps", y=list(curves.values())[1:], y_label="error on photographs")


def show_layers(name: str) -> None:
    """What the model is made of; built when asked for, since that takes some seconds."""
    with st.spinner("Building it"):
        layers = read_layers(name)
    st.caption(f"{sum(layer['parameters'] for layer in layers):,} parameters in {len(layers)} layers")
    st.dataframe(layers, hide_index=True)


@st.cache_data(show_spinner=False)
def read_layers(name: str) -> list[dict]:
    """The layers of a model, as its weights were trained or as it is built by default."""
    return layer_table(create_model(name, **hyperparameters_in_use(name)))


def read_sections(path: Path) -> tuple[str, str]:
    """The page of the weights in two: what the reports' accuracy is, and all else."""
    text = re.sub(r"^(#+ )", r"##\1", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = re.split(r"^(?=#### )", text, flags=re.MULTILINE)
    about = "".join(section for section in sections if section.startswith(ACCURACY))
    return about.partition("\n")[2], "".join(section for section in sections if not section.startswith(ACCURACY))


def show_measurements(rows: list[dict[str, str]]) -> None:
    """A row a model, plain grey among them, and what every column means."""
    if not rows:
        st.info("Not measured yet. `python -m colorizer evaluate` writes the figures.")
        return
    table = {"Model": [title_of(row["model"]) for row in rows]}
    for column, (words, _) in MEASURES.items():
        table[words] = [number(row.get(column)) for row in rows]
    formats = {words: st.column_config.NumberColumn(format="%.2f") for words, _ in MEASURES.values()}
    formats[MEASURES["images"][0]] = st.column_config.NumberColumn(format="%d")
    formats["Model"] = st.column_config.TextColumn(pinned=True)
    st.dataframe(table, hide_index=True, column_config=formats, height="content")
    with st.expander("What the columns mean", expanded=True):
        for words, meaning in MEASURES.values():
            st.markdown(f"**{words}**: {meaning}")


def title_of(row: str) -> str:
    """Name for people of a row of the table: of a model, with what follows its name there."""
    name, space, remark = row.partition(" ")
    return (model_info(name).title if name in list_models() else name) + space + remark


def number(figure: str | None) -> float | None:
    """A figure of the table; None where there is none."""
    return None if not figure or figure == "nan" else float(figure)


st.title("How good is it?", anchor=False)
st.markdown(
    "Huestory guesses colours it cannot know. Here is what it guesses with, and how its guesses compare with "
    "photographs whose colours are known: each is turned to grey, coloured again, and held against the original."
)
st.header("Measured", anchor=False)
measurements = read_measurements(FOLDER / "evaluation.csv")
show_measurements(measurements)
st.header("Models", anchor=False)
for name in sorted(list_models(), key=lambda name: (name != DEFAULT_MODEL, not has_weights(name))):
    show_card(name, measured=any(row["model"] == name for row in measurements))
card = FOLDER / "README.md"
if card.is_file():
    about_accuracy, cards = read_sections(card)
    if about_accuracy:
        with st.expander("Why older reports print an accuracy of 82 %"):
            st.markdown(about_accuracy)
    with st.expander("Model cards in full: training, licences, known failures"):
        st.markdown(cards)
