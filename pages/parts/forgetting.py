"""What a session has of photographs that can be made anew of their files, to be dropped when its visitor is away."""

from collections.abc import MutableMapping
from typing import Any

from colorizer.inference import album
from colorizer.inference.album import Photograph

_SHELVES = ("colorize_photographs", "film_frames")
"""Keys of a session at which photographs lie by their own keys."""


def count_developed(state: MutableMapping[str, Any]) -> int:
    """How many photographs of a session take the memory of what `album.develop` makes."""
    return sum(bool(photograph.predictions) for photograph in _photographs(state))


def forget(state: MutableMapping[str, Any]) -> None:
    """Drop what the pages make anew when the visitor comes back: predictions, and pictures for the screen.

    No run of a page may be under way in the session: it would miss them.
    """
    for photograph in _photographs(state):
        album.forget(photograph)
    if "colorize_pictures" in state:
        state["colorize_pictures"].clear()
    if "colorize_shown" in state:
        state["colorize_shown"] = None


def _photographs(state: MutableMapping[str, Any]) -> list[Photograph]:
    found = [photograph for key in _SHELVES if key in state for photograph in state[key].values()]
    if "compare_photograph" in state and state["compare_photograph"] is not None:
        found.append(state["compare_photograph"])
    return found
