"""What is done with a photograph before it is coloured, in numbers that fit a copy of any size.

The order is: straighten about the middle, crop, turn, invert.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colorizer.imaging import limits
from colorizer.imaging.errors import ImageError
from colorizer.imaging.preparation.frame import Frame, rotate

TURNS = (0, 90, 180, 270)

MAX_STRAIGHTEN = 15.0
"""Largest angle by which a photograph is straightened, in degrees."""

WHOLE = (0.0, 0.0, 1.0, 1.0)
"""The crop that keeps everything."""


class PreparationError(ImageError):
    """A photograph cannot be prepared as it was asked for."""


class TurnError(PreparationError):
    """A turn that is no quarter turn."""


class StraightenError(PreparationError):
    """An angle beyond `MAX_STRAIGHTEN`."""


class CropError(PreparationError):
    """A crop that keeps nothing, or too little, or lies outside the photograph."""


@dataclass(frozen=True)
class Preparation:
    """How a photograph is made ready for colouring.

    Args:
        turn: degrees clockwise, one of `TURNS`.
        straighten: degrees clockwise about the middle, -15..15. The picture is then cropped, so that no corner is
            empty: what is kept becomes smaller about its own middle and keeps its proportions.
        crop: left, top, right and bottom edge of what is kept, as shares of the width and height of the upright
            photograph, after straightening and before turning.
        negative: whether light and dark are exchanged. Colours of the file are then not used: they are exchanged, too.

    Raises:
        TurnError, StraightenError, CropError
    """

    turn: int = 0
    straighten: float = 0.0
    crop: tuple[float, float, float, float] = WHOLE
    negative: bool = False

    def __post_init__(self):
        object.__setattr__(self, "straighten", float(self.straighten))
        object.__setattr__(self, "crop", tuple(float(edge) for edge in self.crop))
        if self.turn not in TURNS:
            raise TurnError(f"A turn must be one of 0, 90, 180 and 270 degrees. Received {self.turn}.")
        if not abs(self.straighten) <= MAX_STRAIGHTEN:
            raise StraightenError(
                f"A photograph is straightened by -{MAX_STRAIGHTEN:g} to {MAX_STRAIGHTEN:g} degrees. "
                f"Received {self.straighten:g}: turn it by quarters first."
            )
        left, top, right, bottom = self.crop
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise CropError(
                "A crop must keep a part of the photograph: its left edge before its right one, its top above its "
                f"bottom, all inside. Received {', '.join(f'{edge:.1%}' for edge in self.crop)} of width and height."
            )

    @classmethod
    def with_margins(
        cls, turn: int, straighten: float, margins: Sequence[float], negative: bool = False
    ) -> "Preparation":
        """The same with the crop said in the way a person sees it: what is cut off, on the sides after turning.

        Args:
            margins: shares cut off at left, top, right and bottom of the turned photograph.
        """
        quarters = turn // 90
        left, top, right, bottom = (margins[(side + quarters) % 4] for side in range(4))
        # Rounded, since 1 less a share is not exact: the same margins must always make the same preparation.
        return cls(turn, straighten, (left, top, round(1 - right, 9), round(1 - bottom, 9)), negative)

    @property
    def margins(self) -> tuple[float, float, float, float]:
        """Shares that are cut off at left, top, right and bottom of the turned photograph."""
        left, top, right, bottom = self.crop
        upright = left, top, round(1 - right, 9), round(1 - bottom, 9)
        left, top, right, bottom = (upright[(side - self.turn // 90) % 4] for side in range(4))
        return left, top, right, bottom

    @property
    def keeps_geometry(self) -> bool:
        """Whether each pixel stays in its place."""
        return self.turn == 0 and self.straighten == 0 and self.crop == WHOLE

    def frame(self, size: Sequence[int]) -> Frame:
        """What is kept of a copy of this height and width.

        Raises:
            CropError: nothing is left inside the straightened picture.
        """
        height, width = size
        left, top, right, bottom = self.crop
        if self.straighten == 0:
            columns, rows = _whole_pixels(left, right, width), _whole_pixels(top, bottom, height)
            center = sum(columns) / 2, sum(rows) / 2
            return Frame((height, width), center, columns[1] - columns[0], rows[1] - rows[0], 0.0, self.turn)
        # The middle of what is kept: first in the straightened picture, then in the upright one.
        across, down = ((left + right) / 2 - 0.5) * width, ((top + bottom) / 2 - 0.5) * height
        x, y = rotate(across, down, -self.straighten)
        half_width, half_height = (right - left) * width / 2, (bottom - top) * height / 2
        sine, cosine = abs(math.sin(math.radians(self.straighten))), math.cos(math.radians(self.straighten))
        # As large as it may be while its corners stay in the upright picture.
        scale = min(
            1.0,
            (width / 2 - abs(x)) / (half_width * cosine + half_height * sine),
            (height / 2 - abs(y)) / (half_width * sine + half_height * cosine),
        )
        kept_width, kept_height = (math.floor(2 * scale * half + 1e-6) for half in (half_width, half_height))
        if min(kept_width, kept_height) < 1:
            raise CropError(
                "A crop must lie in the photograph. After straightening this one lies in an empty corner: crop less, "
                "or straighten less."
            )
        center = width / 2 + x, height / 2 + y
        return Frame((height, width), center, kept_width, kept_height, self.straighten, self.turn)

    def check(self, size: Sequence[int]) -> None:
        """Make sure that enough is left of a photograph of this height and width.

        Raises:
            CropError: a side would be under `limits.MIN_SIDE` pixels.
        """
        height, width = self.frame(size).shape
        if min(height, width) < limits.MIN_SIDE:
            raise CropError(
                f"A crop must leave at least {limits.MIN_SIDE} pixels on each side. Of {size[1]} x {size[0]} pixels "
                f"this one leaves {width} x {height}: crop less."
            )

    def in_words(self, size: Sequence[int]) -> str:
        """What is done with a photograph of this height and width; empty for nothing."""
        frame = self.frame(size)
        words = []
        if self.straighten:
            words.append(f"straightened by {self.straighten:g} degrees clockwise")
        if self.straighten or self.crop != WHOLE:
            x, y = frame.center
            words.append(f"cropped to {frame.width} x {frame.height} pixels around {x:.1f},{y:.1f}")
        if self.turn:
            words.append(f"turned by {self.turn} degrees clockwise")
        if self.negative:
            words.append("inverted, being a negative")
        return ", ".join(words)

    def to_json(self, size: Sequence[int]) -> dict[str, Any]:
        """As it is written into files, the crop in pixels; see `from_json`."""
        height, width = size
        edges = (edge * side for edge, side in zip(self.crop, (width, height, width, height), strict=True))
        crop = {} if self.crop == WHOLE else {"crop": [round(edge, 2) for edge in edges]}
        return {"turn": self.turn, "straighten": self.straighten, **crop, "negative": self.negative}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], size: Sequence[int]) -> "Preparation":
        """The preparation of a photograph of this height and width.

        Raises:
            PreparationError: it cannot be used.
        """
        crop, negative = content.get("crop"), content.get("negative", False)
        if crop is not None and not isinstance(crop, list | tuple):
            raise CropError(f"A crop must be four numbers: left, top, right, bottom. Received {crop!r}.")
        numbers = [content.get("turn", 0), content.get("straighten", 0.0), *(crop or ())]
        if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers):
            raise PreparationError(f"turn, straighten and crop must be numbers. Received {dict(content)}.")
        if not isinstance(negative, bool):
            raise PreparationError(f"negative must be true or false. Received {negative!r}.")
        shares = WHOLE if crop is None else pixels_to_shares(crop, size)
        return cls(content.get("turn", 0), content.get("straighten", 0.0), shares, negative)


AS_IT_IS = Preparation()
"""The preparation that changes nothing."""


def pixels_to_shares(crop: Sequence[float], size: Sequence[int]) -> tuple[float, float, float, float]:
    """The edges of a crop, in pixels of the upright photograph, as shares.

    Raises:
        CropError: it is not four numbers, keeps nothing, or reaches beyond the photograph.
    """
    height, width = size
    if len(crop) != 4:
        raise CropError(f"A crop must be four numbers: left, top, right, bottom. Received {list(crop)}.")
    left, top, right, bottom = crop
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise CropError(
            f"A crop must lie in the photograph: 0 <= left < right <= {width} and 0 <= top < bottom <= {height}. "
            f"Received {','.join(f'{edge:g}' for edge in crop)}."
        )
    return left / width, top / height, right / width, bottom / height


def _whole_pixels(first: float, last: float, size: int) -> tuple[int, int]:
    start = min(round(first * size), size - 1)
    return start, max(start + 1, round(last * size))
