"""What a visitor does with the hints of a photograph, applied in order; see `hint_canvas` for the actions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from colorizer.inference.album import Photograph
from colorizer.inference.hints.hint import GRAY, Hint, HintError, check_hints


@dataclass
class Desk:
    """The visitor's work on one photograph, besides the hints themselves."""

    place: tuple[float, float] | None = None
    """The place touched last, for which colours are offered: column and row in the photograph, in pixels."""
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
        color_of: gives the ab that a hint needs to look like the place at (x, y) does now.
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
    edits, size = photograph.edits, (photograph.height, photograph.width)
    match action["kind"]:
        case "undo":
            edits.undo()
        case "redo":
            edits.redo()
        case "clear":
            edits.change(())
        case "remove":
            edits.change(hint for index, hint in enumerate(edits.hints) if index != action["index"])
        case "touch":
            check_hints([Hint(action["x"], action["y"], GRAY)], size)
            desk.place = action["x"], action["y"]
        case "set":
            _put(desk, photograph, action, (action["a"], action["b"]))
        case "pick":
            check_hints([Hint(action["from_x"], action["from_y"], GRAY)], size)
            _put(desk, photograph, action, color_of(action["from_x"], action["from_y"]))


def _put(desk: Desk, photograph: Photograph, action: Mapping, ab: tuple[float, float]) -> None:
    """Put a hint into the list: in place of the one at its index, or at the end."""
    hints, index = photograph.edits.hints, action["index"]
    hint = Hint(action["x"], action["y"], ab, action["radius"], action["reach"])
    hints = check_hints((*hints[:index], hint, *hints[index + 1 :]), (photograph.height, photograph.width))
    photograph.edits.change(hints)
    desk.place = action["x"], action["y"]
