"""What a visitor sees of the work on a film: how far it is, the preview beside the original, the result."""

import streamlit as st

from pages.parts.film.desk import KEPT_HOURS, Desk
from pages.parts.film.work import find_task
from pages.parts.wording import escape

_TALLEST, _NARROWEST = 480, 320  # pixels of the screen


@st.fragment(run_every=1.0)
def follow(desk: Desk, kind: str) -> None:
    """Show how far a running task is, with a button that stops it; the page is run anew when it has ended."""
    task = find_task(desk, kind)
    if task is None or not task.running:
        st.rerun()
    words = "Preparing the preview" if kind == "preview" else "Colouring the film"
    st.progress(task.share, f"{words}. {escape(task.item)}")
    if st.button("Stop", icon=":material/stop:", key=f"film_stop_{kind}"):
        task.stop()
        task.join(30)
        st.rerun()


def show_failure(desk: Desk, kind: str) -> None:
    """Say why a task has ended early, unless the visitor stopped it."""
    task = find_task(desk, kind)
    if task is not None and not task.running and task.failure:
        st.error(escape(task.failure), icon=":material/error:")


def show_preview(desk: Desk) -> None:
    """The preview beside the original, in one picture."""
    st.header("Preview", anchor=False)
    st.video(str(desk.pair), loop=True)
    st.caption("Left: the original. Right: coloured by software; the colours are guesses.")


def _shown_width(desk: Desk) -> int:
    """The film's own width, or less where it would not fit on a screen; narrow screens take less by themselves."""
    return max(_NARROWEST, min(desk.film.width, round(_TALLEST * desk.film.width / desk.film.height)))


def show_film(desk: Desk) -> None:
    """The coloured film, to play and to download."""
    st.header("Your film in colour", anchor=False)
    st.video(str(desk.colored), width=_shown_width(desk))
    st.caption("Coloured by software; the colours are guesses. The file says so, too.")
    st.download_button(
        "**Download the film**",
        desk.colored.read_bytes,
        file_name=desk.output_name,
        mime="video/mp4",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        help=f"Saved as {escape(desk.output_name)}, so that it cannot be taken for the original.",
    )
    task = find_task(desk, "film")
    if task is not None and task.result is not None and task.result.steadiness.pairs:
        gain = task.result.steadiness.gain
        st.caption(f"From frame to frame its colours change {gain:.0%} less than if each were coloured by itself.")
    st.caption(f"The server deletes it after {KEPT_HOURS} hours, or when you clear the page.")
