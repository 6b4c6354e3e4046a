"""The part of a photograph that is kept before colouring, and where its places come to lie."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """The part that is kept of an upright copy of a certain size: a rectangle that may lie askew in it."""

    size: tuple[int, int]
    """Height and width of the upright copy."""
    center: tuple[float, float]
    """Its middle: column and row in the upright copy, counted from the edge of the first pixel."""
    width: int
    """Before turning, in pixels."""
    height: int
    straighten: float
    """Degrees clockwise."""
    turn: int
    """Degrees clockwise, in quarter turns."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the result."""
        return (self.width, self.height) if self.turn % 180 else (self.height, self.width)

    def to_prepared(self, x: float, y: float) -> tuple[float, float] | None:
        """Where a place of the upright copy lies in the result; None if it was cropped away.

        Args:
            x, y: column and row of a pixel, as in a `Hint`.
        """
        across, down = rotate(x + 0.5 - self.center[0], y + 0.5 - self.center[1], self.straighten + self.turn)
        height, width = self.shape
        column, row = _tidy(across + width / 2 - 0.5), _tidy(down + height / 2 - 0.5)
        if not (-1 < column < width and -1 < row < height):  # places of a pixel reach up to the next one's
            return None
        return _within(column, width), _within(row, height)

    def to_upright(self, x: float, y: float) -> tuple[float, float]:
        """Which place of the upright copy lies at a place of the result."""
        height, width = self.shape
        across, down = rotate(x + 0.5 - width / 2, y + 0.5 - height / 2, -self.straighten - self.turn)
        column, row = _tidy(across + self.center[0] - 0.5), _tidy(down + self.center[1] - 0.5)
        return _within(column, self.size[1]), _within(row, self.size[0])


def rotate(x: float, y: float, degrees: float) -> tuple[float, float]:
    """A point about the origin, clockwise as y points down; quarter turns are exact."""
    quarters, rest = divmod(degrees, 90)
    for _ in range(int(quarters) % 4):
        x, y = -y, x
    if rest == 0:
        return x, y
    sine, cosine = math.sin(math.radians(rest)), math.cos(math.radians(rest))
    return x * cosine - y * sine, x * sine + y * cosine


def _tidy(value: float) -> float:
    """Without the noise of rounding, which would put a pixel beside its place."""
    return round(value, 6)


def _within(value: float, size: int) -> float:
    return min(max(value, 0.0), math.nextafter(size, 0))
