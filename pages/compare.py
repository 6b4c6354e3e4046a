"""One photograph through every trained model, side by side: the good and the bad as they are."""

import time
from logging import getLogger

import streamlit as st

from colorizer import images, list_models, model_info
from colorizer.gallery import samples
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.weights import WeightsError, training_command, usable_models
from pages.parts.network import BUSY, load_silently, turn_shown
from pages.parts.pictures import Picture
from pages.parts.samples import offer_samples
from pages.parts.uploads import file_types
from pages.parts.widgets.slider import slider
from pages.parts.wording import escape

COLUMNS = 2


def ask() -> Photograph | None:
    """The visitor's photograph, or a sample; None as long as there is neither."""
    st.file_uploader(
        "Your photograph",
        type=file_types(images.EXTENSIONS),
        key="compare_upload",
        on_change=lambda: put(st.session_state.compare_upload),
    )
    if st.session_state.compare_photograph is None:
        offer_samples(take_sample, "compare")
    return st.session_state.compare_photograph


def put(file) -> None:
    """Take a new photograph, or none, in place of the old one."""
    st.session_state.compare_seconds, st.session_state.compare_pause = {}, ""
    st.session_state.compare_photograph = None
    if file is not None:
        album.add(shelf := {}, "one", file.name, file.getvalue())
        st.session_state.compare_photograph = shelf["one"]


def take_sample(name: str) -> None:
    put(None)
    st.session_state.compare_photograph = Photograph(f"{name}.png", samples.read_sample(name))


def colour(photograph: Photograph, name: str, done: float, bar) -> None:
    """Let a model see the photograph, if it has not yet, and keep how long it takes once it is running.

    Raises:
        WeightsError: the model cannot be had.
        QueueFullError, QueueTimeoutError: too many others are waiting.
    """
    if not photograph.awaits(name):
        return
    text = f"Colouring with {model_info(name).title}"
    bar.progress(done, text)
    colorizer = load_silently(name)
    with turn_shown(bar, done, text):
        album.develop(photograph, colorizer)
        if photograph.refusal is None:
            start = time.monotonic()
            colorizer.predict(photograph.gray)  # once more: the first run of a network prepares it for this shape
            st.session_state.compare_seconds[name] = time.monotonic() - start


def show_result(photograph: Photograph, name: str) -> None:
    """One cell of the grid: grey against colour, how long it took, what the model is."""
    info = model_info(name)
    rgb = album.render_view(photograph, load_silently(name), Look())
    before = Picture(photograph.gray, "Before", f"{photograph.name} in grey")
    slider(before, Picture(rgb, "After", f"{photograph.name} coloured by {info.title}"), key=f"compare_slider_{name}")
    seconds = st.session_state.compare_seconds.get(name)
    st.caption(f"{info.description}" + (f" It takes {seconds:.2f} seconds here." if seconds is not None else ""))


def show_grid(photograph: Photograph, names: list[str]) -> None:
    """Every model in a cell of its own, shown as soon as it is done."""
    bar, stop = st.empty(), st.empty()
    if len(names) > 1 and any(photograph.awaits(name) for name in names) and not st.session_state.compare_pause:
        stop.button("Stop", icon=":material/stop_circle:", on_click=pause, args=("Stopped.",))
    rows = [names[i : i + COLUMNS] for i in range(0, len(names), COLUMNS)]
    cells = [column for row in rows for column in st.columns(COLUMNS, gap="large")[: len(row)]]
    for done, (name, cell) in enumerate(zip(names, cells, strict=True)):
        with cell:
            st.subheader(model_info(name).title, anchor=False)
            try:
                if not st.session_state.compare_pause:
                    colour(photograph, name, done / len(names), bar)
            except WeightsError as error:
                getLogger(__name__).error(error)
                st.error("This model cannot be used at the moment: its weights are damaged.", icon=":material/error:")
                continue
            except BUSY as error:
                pause(str(error))
            if photograph.refusal is not None:
                break
            if name in photograph.predictions:
                show_result(photograph, name)
            else:
                st.caption("Not coloured yet.")
    bar.empty()
    stop.empty()


def pause(reason: str) -> None:
    """Leave the other models alone; an empty reason carries on."""
    st.session_state.compare_pause = reason


def show_missing(names: list[str]) -> None:
    """Which models there are beside, and what it takes to have them here."""
    if not names:
        return
    st.header("Not at hand", anchor=False)
    st.markdown(
        "These are built as their authors described them, but their weights do not come with Huestory. "
        "Once somebody has trained them here, they appear above."
    )
    for name in names:
        info = model_info(name)
        with st.expander(info.title):
            st.markdown(info.description)
            st.code(training_command(name), language="sh", wrap_lines=True)


for key, value in {"compare_photograph": None, "compare_seconds": {}, "compare_pause": ""}.items():
    st.session_state.setdefault(key, value)
st.title("Compare models", anchor=False)
st.markdown(
    "One photograph, coloured by every model that is trained here. Old and simple ones are shown as they are: many "
    "were content with brown."
)
photograph = ask()
with st.spinner("Looking which models are trained"):
    usable = usable_models()
if photograph is not None and usable:
    show_grid(photograph, usable)
    if photograph.refusal is not None:
        st.error(f"**{escape(photograph.name)}**: {escape(photograph.refusal)}", icon=":material/block:")
    elif st.session_state.compare_pause and any(photograph.awaits(name) for name in usable):
        st.info(escape(st.session_state.compare_pause))
        st.button("Carry on", icon=":material/play_circle:", on_click=pause, args=("",))
elif not usable:
    st.info("No model is trained yet: the weights are missing. `weights/README.md` says which file belongs where.")
show_missing([name for name in list_models() if name not in usable and model_info(name).training is not None])
