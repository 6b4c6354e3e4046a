"""A hint: a person's word on the colour of one place of a photograph, and how far it reaches."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from colorizer.color import lab
from colorizer.imaging.errors import ImageError

MAX_HINTS = 500
"""Largest number of hints for one photograph."""

MAX_AB = 128.0
"""Largest absolute value of a* and of b* in a hint; colours that sRGB can show stay below 110."""

GRAY = (0.0, 0.0)
"""The ab of a hint that says "no colour here"."""

Reach = Literal["spot", "object", "alike"]


class HintError(ImageError):
    """A hint cannot be used."""


class OutsideError(HintError):
    """A hint is for a place outside the photograph."""


class HintColorError(HintError):
    """The colour of a hint cannot be read."""


class ReachError(HintError):
    """The reach of a hint, or its radius, is not one that there is."""


class TooManyHintsError(HintError):
    """There are more than `MAX_HINTS` hints."""


@dataclass(frozen=True)
class Hint:
    """The colour of one place.

    Args:
        x, y: column and row in the upright photograph, before any turn or crop, in pixels: `0 <= x < width`.
        ab: a* and b*; `GRAY` means no colour here. The lightness of the place stays.
        radius: in pixels of the photograph; only with the reach "spot".
        reach: "spot" (a disc of `radius`), "object" (what belongs together with the place) or "alike" (everything in
            the photograph that looks like the place). None takes "spot" if there is a radius, else "object".

    Raises:
        HintColorError: `ab` is not two numbers within `MAX_AB`.
        ReachError: there is no such reach, or it does not go with the radius.
    """

    x: float
    y: float
    ab: tuple[float, float]
    radius: float | None = None
    reach: Reach | None = None

    def __post_init__(self):
        object.__setattr__(self, "x", float(self.x))
        object.__setattr__(self, "y", float(self.y))
        object.__setattr__(self, "ab", _checked_ab(self.ab))
        object.__setattr__(self, "radius", None if self.radius is None else float(self.radius))
        object.__setattr__(self, "reach", self.reach or ("object" if self.radius is None else "spot"))
        if self.reach not in get_args(Reach):
            raise ReachError(f"reach must be one of {', '.join(get_args(Reach))}. Received {self.reach!r}.")
        if (self.reach == "spot") != (self.radius is not None):
            raise ReachError(f"A radius goes with the reach spot, and only with it. Received {self}.")
        if self.radius is not None and not 0 < self.radius < math.inf:
            raise ReachError(f"radius must be a number of pixels above 0. Received {self.radius}.")


def color_to_ab(color: str) -> tuple[float, float]:
    """a* and b* of a colour written as #RRGGBB; its lightness is not used.

    Raises:
        HintColorError: it is not written so.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise HintColorError(f"A colour must be written as #RRGGBB, such as #1e40af. Received {color!r}.")
    a, b = lab.rgb_to_lab(np.frombuffer(bytes.fromhex(color[1:]), np.uint8))[1:]
    return (float(a), float(b)) if math.hypot(a, b) >= 0.1 else GRAY


def check_hints(hints: Iterable[Hint], size: tuple[int, int]) -> tuple[Hint, ...]:
    """The hints, if all of them can be used for a photograph of this size (height, width).

    Raises:
        TooManyHintsError: there are more than `MAX_HINTS`.
        OutsideError: one is for a place outside the photograph.
    """
    hints = tuple(hints)
    if len(hints) > MAX_HINTS:
        raise TooManyHintsError(
            f"A photograph takes up to {MAX_HINTS} hints. Received {len(hints)}: remove some that lie close together."
        )
    height, width = size
    for number, hint in enumerate(hints, start=1):
        if not (0 <= hint.x < width and 0 <= hint.y < height):
            raise OutsideError(
                f"A hint must lie inside the photograph, x from 0 to {width - 1} and y from 0 to {height - 1}. "
                f"Received hint {number} at {hint.x:g},{hint.y:g}: move or remove it."
            )
    return hints


def _checked_ab(ab: Sequence[float]) -> tuple[float, float]:
    try:
        a, b = (float(value) for value in ab)
    except (TypeError, ValueError, OverflowError) as error:
        raise HintColorError(f"The colour of a hint must be two numbers, a* and b*. Received {ab!r}.") from error
    if not (abs(a) <= MAX_AB and abs(b) <= MAX_AB):
        raise HintColorError(f"a* and b* of a hint must be from {-MAX_AB:g} to {MAX_AB:g}. Received {ab!r}.")
    return a, b
