"""A short test of colour vision: digits in fields of dots, which somebody who lacks one kind of cone cannot read.

The plates are computed here, not copied from a published test. In those for red-green deficiencies the dots of digit
and ground differ in the excitation of one kind of cone alone (L: protan, M: deutan), and their brightness varies at
random, so that a person without that kind of cone sees one texture. Everybody sees the digit of the control plate: who
does not has not looked, or sees badly for other reasons.

Limits: it is no diagnosis. Screens are not calibrated, night modes and tinted glasses change colours, weak deficiencies
(anomalous trichromacy) may pass, and blue-yellow deficiencies are not tested.

Source of the cones' responses: Vienot, Brettel, Mollon 1999, "Digital video colourmaps for checking the legibility of
displays by dichromats", Color Research & Application 24(4), equations 1 to 3.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

RGB_TO_LMS = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
"""Linear RGB, 0 to 1, to the excitation of L, M and S cones."""

DIGITS = tuple("0123456789")
NOTHING = "nothing"
"""The answer of somebody who sees no digit."""

SIZE = 320
"""Side of a plate in pixels."""

_SCALE = 2  # dots are drawn enlarged, for smooth edges
_BASE = np.array([0.30, 0.25, 0.13])  # linear RGB in the middle between digit and ground: a dull yellow
_BRIGHTNESS = (0.55, 1.3)  # factors of the dots' brightness
_SEGMENTS = {  # of a seven-segment display: a top, b and c right, d bottom, e and f left, g middle
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc",
    "8": "abcdefg", "9": "abfgcd",
}  # fmt: skip


@dataclass(frozen=True)
class Plate:
    """One plate: the digit in it, and how its dots differ from the ground."""

    name: str
    digit: str
    cone: int | None
    """0: only the excitation of L cones differs; 1: of M cones; None: brightness and all cones"""
    difference: float
    """of the cone's excitation, as a share of that in the middle: positive, the digit has more"""


PLATES = (
    Plate("control", "7", None, 0.0),
    Plate("protan-1", "3", 0, 0.15),
    Plate("deutan-1", "6", 1, 0.28),
    Plate("protan-2", "5", 0, -0.15),
    Plate("deutan-2", "2", 1, -0.28),
)


def plates_right(answers: Mapping[str, str], question: str = "plates") -> int | None:
    """How many plates were read rightly, the control among them; None if any was left open.

    Args:
        answers: question id -> code, as stored: `plates-control` -> `7`.
    """
    given = [answers.get(f"{question}-{plate.name}", "") for plate in PLATES]
    if not all(answer in (*DIGITS, NOTHING) for answer in given):
        return None
    return sum(answer == plate.digit for answer, plate in zip(given, PLATES, strict=True))


@cache
def draw_plate(plate: Plate) -> bytes:
    """The plate as a PNG of SIZE pixels a side."""
    side = SIZE * _SCALE
    image = Image.new("RGB", (side, side), (128, 124, 116))
    pen = ImageDraw.Draw(image)
    for x, y, radius, color in dots(plate):
        pen.ellipse([(value * _SCALE) for value in (x - radius, y - radius, x + radius, y + radius)], fill=color)
    stream = io.BytesIO()
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(stream, "PNG")
    return stream.getvalue()


@cache
def dots(plate: Plate) -> tuple[tuple[float, float, float, tuple[int, int, int]], ...]:
    """The dots of a plate, always the same: centre and radius in pixels, and sRGB colour."""
    rng = np.random.default_rng([ord(letter) for letter in plate.name])
    figure = np.array(_figure(plate.digit)) > 0
    found = []
    for x, y, radius in _places(rng):
        low, high = dot_colors(plate)
        color = (high if figure[int(y), int(x)] else low) * rng.uniform(*_BRIGHTNESS)
        found.append((x, y, radius, tuple(round(255 * value) for value in _encode(color))))
    return tuple(found)


def dot_colors(plate: Plate) -> tuple[np.ndarray, np.ndarray]:
    """Linear RGB of ground and digit before their brightness is varied."""
    if plate.cone is None:
        return _BASE * 0.55, _BASE * np.array([1.7, 1.15, 0.5]) + 0.12
    change = np.zeros(3)
    change[plate.cone] = plate.difference / 2
    lms = RGB_TO_LMS @ _BASE
    back = np.linalg.inv(RGB_TO_LMS)
    return back @ (lms * (1 - change)), back @ (lms * (1 + change))


def _places(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Dots of three sizes in a circle that do not overlap, large ones first."""
    middle, placed, count = SIZE / 2, np.empty((1000, 3)), 0
    for radius, tries in ((8.5, 900), (6.0, 2000), (4.0, 3000)):
        candidates = rng.uniform(radius, SIZE - radius, (tries, 2))
        inside = np.hypot(*(candidates - middle).T) < middle - radius - 2
        for place in candidates[inside]:
            from_place = ((placed[:count, :2] - place) ** 2).sum(axis=1)
            if (from_place > (placed[:count, 2] + radius + 1) ** 2).all():
                placed[count] = (*place, radius)
                count += 1
    return [tuple(dot) for dot in placed[:count]]


def _figure(digit: str) -> Image.Image:
    image = Image.new("L", (SIZE, SIZE))
    pen = ImageDraw.Draw(image)
    left, right, top, middle, bottom, half = 0.34, 0.66, 0.20, 0.5, 0.80, 0.055
    bars = {
        "a": (left, top, right, top), "b": (right, top, right, middle), "c": (right, middle, right, bottom),
        "d": (left, bottom, right, bottom), "e": (left, middle, left, bottom), "f": (left, top, left, middle),
        "g": (left, middle, right, middle),
    }  # fmt: skip
    for segment in _SEGMENTS[digit]:
        x0, y0, x1, y1 = bars[segment]
        pen.rectangle([SIZE * value for value in (x0 - half, y0 - half, x1 + half, y1 + half)], fill=255)
    return image


def _encode(linear: np.ndarray) -> np.ndarray:
    """Linear RGB to sRGB, both 0 to 1 (IEC 61966-2-1)."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
