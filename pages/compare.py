"""The page that colours one photograph with every trained model and shows all results side by side, good or bad."""

import streamlit as st

from colorizer import list_models, model_info
from colorizer.weights import training_command, usable_models
from pages.parts.compare.choice import ask, remember
from pages.parts.compare.grid import show_grid


def show_missing(usable: list[str]) -> None:
    """List the models that have no weights here, each with the command that trains it."""
    missing = [name for name in list_models() if name not in usable and model_info(name).training is not None]
    if not missing:
        return
    st.header("Not at hand", anchor=False)
    st.markdown(
        "These are built as their authors described them, but their weights do not come with Huestory. "
        "Once somebody has trained them here, they appear above."
    )
    for name in missing:
        with st.expander(model_info(name).title):
            st.markdown(model_info(name).description)
            st.code(training_command(name), language="sh", wrap_lines=True)


remember()
st.title("Compare models", anchor=False)
st.markdown(
    "One photograph, coloured by every model that is trained here. Old and simple ones are shown as they are: many "
    "were content with brown."
)
photograph = ask()
with st.spinner("Looking which models are trained"):
    usable = usable_models()
if not usable:
    st.info("No model is trained yet: the weights are missing. `weights/README.md` says which file belongs where.")
elif photograph is not None:
    show_grid(photograph, usable)
show_missing(usable)
