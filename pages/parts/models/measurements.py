"""The measurements of the models that `python -m colorizer evaluate` wrote, and what they mean."""

import csv
from pathlib import Path

import streamlit as st

from colorizer import list_models, model_info

# Columns that `python -m colorizer evaluate` writes: each with a readable name and its meaning.
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
    "tint": (
        "Under one tint",
        "0 to 1, `tint`: the share of a picture's colour that is its one mean colour. More than in the originals looks "
        "like a wash of brown or rose.",
    ),
    "lightness_bound": (
        "Bound to lightness",
        "0 to 1, `lightness_bound`: how much of the colour the lightness alone explains. More than in the originals "
        "is, for example, warm lights and cold shadows.",
    ),
    "chroma_detail": (
        "Fine detail of colour",
        "`chroma_detail`: fine detail of the colour beside that of the lightness. Less than in the originals looks "
        "soft, as if painted over.",
    ),
    "ab_accuracy": (
        "Larger of two colour axes agrees",
        "0 to 1, `ab_accuracy`; printed as accuracy by older reports, and **no measure of colour**.",
    ),
    "seconds_per_image": ("Seconds a photograph", "`seconds_per_image`, on the machine that measured."),
    "images": ("Photographs measured", "`images`; those without colour of their own are left out."),
}

ORIGINALS = "The photographs themselves"
"""Title of the row with the values of the original photographs."""


def read_measurements(path: Path) -> list[dict[str, str]]:
    """Return the rows that `python -m colorizer evaluate` wrote for whole sets, without those for single folders."""
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if not row.get("folder")]


def show_measurements(rows: list[dict[str, str]]) -> None:
    """Show tables with a row for each model, including plain grey."""
    if not rows:
        st.info("Not measured yet. `python -m colorizer evaluate` writes the figures.")
        return
    show_most_important(rows)
    with st.expander("All measurements, and what they mean"):
        show_all(rows)


def show_most_important(rows: list[dict[str, str]]) -> None:
    """Show what everybody should know, in so few columns that a phone has room for them."""
    count = max(int(float(row["images"])) for row in rows)
    st.markdown(
        f"On {count} photographs, each turned to grey and coloured again. **Off by**: the difference in colour from "
        "the original (CIEDE2000; about 2 is just visible). **Colourful**: how colourful the results are. Read both: "
        "plain grey is not far off, and has no colour."
    )
    table = {"Model": [title_of(row["model"]) for row in rows]}
    for words, column in {"Off by": "delta_e", "Colourful": "colorfulness"}.items():
        figures = [number(row.get(column)) for row in rows]
        table[words] = ["–" if figure is None else f"{figure:.1f}" for figure in figures]
    st.table(table)


def show_all(rows: list[dict[str, str]]) -> None:
    """Show all columns, and beside the models the photographs' own values."""
    originals = originals_of(rows)
    table = {"Model": [ORIGINALS] * len(originals) + [title_of(row["model"]) for row in rows]}
    for column, (words, _) in MEASURES.items():
        table[words] = [number(row.get(column)) for row in [*originals, *rows]]
    formats = {words: st.column_config.NumberColumn(format="%.2f") for words, _ in MEASURES.values()}
    formats[MEASURES["images"][0]] = st.column_config.NumberColumn(format="%d")
    formats["Model"] = st.column_config.TextColumn(pinned=True)
    st.dataframe(table, hide_index=True, column_config=formats, height="content")
    for words, meaning in MEASURES.values():
        st.markdown(f"**{words}**: {meaning}")


def originals_of(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return a row with the values of the measured originals, in a list that is empty if none were written."""
    own = {name.removesuffix("_original"): value for name, value in rows[0].items() if name.endswith("_original")}
    return [own] if own.keys() & MEASURES.keys() else []


def title_of(row: str) -> str:
    """Return the readable title of a row: the model's title, followed by any remark after the model's name."""
    name, space, remark = row.partition(" ")
    return (model_info(name).title if name in list_models() else name) + space + remark


def number(figure: str | None) -> float | None:
    """Return a figure of the table as a number, or None if it is missing."""
    return None if not figure or figure == "nan" else float(figure)
