"""The part of the form about what participants do: a preset or custom numbers, and the consent text."""

from dataclasses import replace

import streamlit as st

from pages.parts.organizer import form
from pages.parts.wording import escape
from study.consent import default_consent
from study.protocol import LAYOUTS, PRESETS, Exclusions, ProtocolError, StudyProtocol

CUSTOM = "custom"
ASKED = {
    "balanced": "One picture at a time: real or recoloured? The fairest question for most studies.",
    "koalarization": "Twelve at once, tick the recoloured ones: the poll of Deep Koalarization.",
    "pairs": "The photograph beside its recoloured version: which is real? The hardest test.",
    CUSTOM: "Your own numbers.",
}
LAYOUT_WORDS = {
    "single": "One picture at a time",
    "grid": "All on one page, tick the recoloured ones",
    "pairs": "In pairs, which is real?",
}


def ask_protocol() -> StudyProtocol | None:
    """Ask for a preset or custom numbers; if a study cannot have them, show why and return None."""
    captions = list(ASKED.values())
    name = st.radio("Preset", list(ASKED), captions=captions, format_func=str.capitalize, key=form.key("preset"))
    try:
        protocol = ask_numbers() if name == CUSTOM else PRESETS[name]
        protocol = replace(protocol, exposures_ms=ask_exposures())
    except ProtocolError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return None
    st.caption(
        f"{protocol.photos} pictures for each participant, about {protocol.minutes} min: {protocol.practice} for "
        f"practice, then {protocol.real} real, {protocol.recolored} recoloured, {protocol.catch} in absurd colours "
        f"(whoever takes those for real did not look). It takes {protocol.photos} photographs or more; with fewer it "
        "is shrunk, and with less than half of them called a demonstration."
    )
    return protocol


def ask_exposures() -> tuple[int, ...]:
    """Ask for how many milliseconds a picture is shown; (): until the answer.

    Raises:
        ProtocolError: the text is no list of times.
    """
    if not st.toggle("Show each picture only for a while, then a mask", key=form.key("limited")):
        return ()
    text = st.text_input(
        "Milliseconds it stays",
        "1000",
        key=form.key("exposures"),
        help="One time, or several such as 100, 300, 1000: then one is drawn for each picture, and the results say how "
        "often pictures passed for real after each.",
    )
    parts = text.replace(",", " ").split()
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        raise ProtocolError(f"exposures are whole milliseconds, such as 200 or 100, 300, 1000. Received {text!r}.")
    return tuple(map(int, parts))


def ask_numbers() -> StudyProtocol:
    """Ask for custom numbers within the limits of a protocol.

    Raises:
        ProtocolError: a study cannot have these numbers.
    """
    layout = st.selectbox("Shown", LAYOUTS, format_func=LAYOUT_WORDS.__getitem__, key=form.key("layout"))
    with st.container(horizontal=True):
        real = 0 if layout == "pairs" else ask_number("Real pictures", 1, 60, 12, "real")
        recolored = ask_number("Pairs" if layout == "pairs" else "Recoloured pictures", 1, 60, 12, "recolored")
        catch = ask_number("In absurd colours", 0, 10, 2, "catch")
        practice = ask_number("For practice", 0, 20, 4, "practice")
    return StudyProtocol(CUSTOM, layout, real, recolored, catch, practice, exclusions=ask_exclusions())


def ask_exclusions() -> Exclusions:
    """Ask for the rules by which participants are excluded."""
    st.caption("Who is left out of the results (both numbers are always shown):")
    with st.container(horizontal=True):
        missed = ask_number("Absurd pictures taken for real, at most", 0, 10, 1, "missed", width=230)
        fastest = ask_number("Median answer, at least (ms)", 0, 60_000, 500, "fastest", step=100, width=230)
    return Exclusions(max_missed_catch=missed, min_median_ms=fastest)


def ask_number(label: str, least: int, most: int, default: int, name: str, step: int = 1, width: int = 150) -> int:
    return st.number_input(label, least, most, default, step, width=width, key=form.key(name))


def ask_consent(protocol: StudyProtocol) -> str:
    """Ask for the consent text; return "" for the unchanged default, which the build then fits to its numbers."""
    default = default_consent(protocol)
    with st.expander("Consent text"):
        st.caption("Participants read this before anything else. It can still be changed until you open the study.")
        key = form.key(f"consent_{protocol.layout}_{protocol.photos}")
        text = st.text_area("Consent text", default, height=320, key=key, label_visibility="collapsed")
    return "" if text.strip() == default.strip() else text.strip()
