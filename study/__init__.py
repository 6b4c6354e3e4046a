"""Studies in which people judge whether photographs are real or recoloured, and the analysis of their votes.

`study` uses files and numbers: no network, no Streamlit, no `colorizer`. The functions that colour are passed in.
"""

import importlib


class StudyError(Exception):
    """Base class of this package's errors. The message is for an organizer: the rule, the value, what to do."""


def __getattr__(name: str) -> object:
    """`votes_frame` and `rates_frame` for notebooks; pandas is imported only when one of them is asked for."""
    if name in ("votes_frame", "rates_frame"):
        return getattr(importlib.import_module("study.frames"), name)
    raise AttributeError(f"module 'study' has no attribute {name!r}")
