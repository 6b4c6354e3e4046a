"""Hints on a photograph that was turned, straightened or cropped: they are kept in places of the upright one."""

from collections.abc import Iterable
from dataclasses import replace

from colorizer.imaging.preparation import AS_IT_IS, Frame, Preparation
from colorizer.inference.hints.hint import Hint


def place(hint: Hint, frame: Frame) -> Hint | None:
    """The same hint in pixels of the prepared photograph; None if its place was cropped away."""
    at = frame.to_prepared(hint.x, hint.y)
    return None if at is None else replace(hint, x=at[0], y=at[1])


def place_all(hints: Iterable[Hint], preparation: Preparation, size: tuple[int, int]) -> tuple[Hint, ...]:
    """The hints that a prepared photograph still shows, in its own pixels.

    Args:
        size: height and width of the upright photograph.
    """
    if preparation == AS_IT_IS:
        return tuple(hints)
    frame = preparation.frame(size)
    return tuple(placed for hint in hints if (placed := place(hint, frame)) is not None)
