"""What a visitor does with the hints of a photograph, applied in order; see `hint_canvas` for the actions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from colorizer.inference import album
from colorizer.inference.album import Photograph
from colorizer.inference.hints.hint import GRAY, Hint, HintError, check_hints


@dataclass
class Desk:
    """The visitor's work on one photograph, besides the hints themselves."""

    place: tuple[float, float] | None = None
    """The place touched last, for which colours are offered: column and row in the upright photograph, in pixels."""
    done: int = 0
    """Number of the last action that was applied."""
    refusal: str = ""
    """Why the last action was not applied, in words for the visitor; empty if it was."""


def follow(
    desk: Desk,
    photograph: Photograph,
    actions: Iterable[Mapping[str, object]],
    color_of: Callable[[float, float], tuple[float, float]],
) -> None:
    """Apply the actions that have not been applied yet; one that cannot be is explained in `desk.refusal`.

    Args:
        actions: their places are in pixels of what is shown: the photograph turned, cropped and so on.
        color_of: gives the ab that a hint needs to look like the place at (x, y) of what is shown does now.
    """
    for action in actions:
        if action["n"] <= desk.done:
            continue
        desk.done, desk.refusal = action["n"], ""
        try:
            _apply(desk, photograph, action, color_of)
        except HintError as error:
            desk.refusal = str(error)


def _apply(desk: Desk, photograph: Photograph, action: Mapping, color_of: Callable) -> None:
    edits = photograph.edits
    match action["kind"]:
        case "undo":
            edits.undo()
        case "redo":
            edits.redo()
        case "clear":
            edits.change(())
        case "remove":
            removed = _index_of(action, photograph)
            edits.change(hint for index, hint in enumerate(edits.hints) if index != removed)
        case "touch":
            desk.place = _upright(photograph, action["x"], action["y"])
        case "set":
            _put(desk, photograph, action, (action["a"], action["b"]))
        case "pick":
            _upright(photograph, action["from_x"], action["from_y"])
            _put(desk, photograph, action, color_of(action["from_x"], action["from_y"]))


def _put(desk: Desk, photograph: Photograph, action: Mapping, ab: tuple[float, float]) -> None:
    """Put a hint into the list: in place of the one at its index, or at the end."""
    hints, index = photograph.edits.hints, _index_of(action, photograph)
    x, y = _upright(photograph, action["x"], action["y"])
    hint = Hint(x, y, ab, action["radius"], action["reach"])
    hints = check_hints((*hints[:index], hint, *hints[index + 1 :]), (photograph.height, photograph.width))
    photograph.edits.change(hints)
    desk.place = x, y


def _upright(photograph: Photograph, x: float, y: float) -> tuple[float, float]:
    """A place of what is shown in pixels of the upright photograph.

    Raises:
        OutsideError: it is outside of what is shown.
    """
    check_hints([Hint(x, y, GRAY)], photograph.prepared_size)
    return album.to_upright(photograph, x, y)


def _index_of(action: Mapping, photograph: Photograph) -> int:
    """The index of a hint among all, from that among those that are not cropped away; of a new one, their number."""
    seen = [index for index, _ in album.seen_hints(photograph)]
    return seen[action["index"]] if action["index"] < len(seen) else len(photograph.edits.hints)
