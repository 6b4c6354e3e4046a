"""Swatches: the likeliest distinct colours of one place, to be offered to a person who is about to give a hint."""

from dataclasses import dataclass

import numpy as np

from colorizer.color import lab
from colorizer.color.bins import bins_of
from colorizer.inference.decoding import softmax

PEAK_SIGMA = 10.0
"""Width of a colour, in units of ab: bins nearer than this count for the same colour."""

MIN_DISTANCE = 14.0
"""Two swatches are at least so far apart in ab, at a lightness that can show all chroma."""

MAX_CHROMA = 60.0
"""Lightnesses of which the strongest bin has less chroma than this show less, and their swatches may be closer."""

RADIUS = 1
"""The distribution of a place is the mean over so many places of the output around it."""

_FLOOR = 1e-6  # probability shared by all bins, so that there are further colours where a network is sure of one


@dataclass(frozen=True)
class Swatch:
    """A colour that a place may have."""

    ab: tuple[float, float]
    """a* and b*, which sRGB can show at the lightness of the place."""
    rgb: tuple[int, int, int]
    """The colour as it looks there, 0..255."""
    probability: float
    """The network's probability of this colour and those near it, 0..1."""

    @property
    def hex(self) -> str:
        """The colour as #rrggbb."""
        return "#" + bytes(self.rgb).hex()


def likeliest(output: np.ndarray, lightness: np.ndarray, at: tuple[float, float], count: int) -> list[Swatch]:
    """The likeliest distinct colours of a place, the likeliest first.

    Args:
        output: logits `(h, w, bins)`, or ab `(h, w, 2)`, which knows one colour only.
        lightness: L* `(H, W)`.
        at: row and column, each as a share of the side, 0..1.
        count: most colours to give; very dark and very light places have fewer.
    """
    here = float(lightness[_index(at, lightness.shape)])
    row, column = _index(at, output.shape)
    if output.shape[-1] == 2:
        return [_swatch(here, output[row, column].astype(np.float32), 1.0)]
    near = output[max(0, row - RADIUS) : row + RADIUS + 1, max(0, column - RADIUS) : column + RADIUS + 1]
    bins = bins_of(output.shape[-1])
    probabilities = softmax(near.astype(np.float32)).mean(axis=(0, 1)).astype(np.float64)
    probabilities = (1 - _FLOOR) * probabilities + _FLOOR / len(bins)
    # Bins that look the same at this lightness are one colour: each is moved to the colour that can be shown.
    shown = _showable(here, bins)
    closest = max(1.0, MIN_DISTANCE * min(1.0, lab.chroma(shown).max() / MAX_CHROMA))
    squared = ((shown[:, None] - shown) ** 2).sum(axis=-1) / PEAK_SIGMA**2
    weights = np.where(squared <= 4, np.exp(-squared / 2), 0)
    mass, found = weights @ probabilities, []
    for index in np.argsort(-mass, kind="stable"):
        color = weights[index] * probabilities @ shown / mass[index]
        if all(np.hypot(*(color - other.ab)) >= closest for other in found):
            found.append(_swatch(here, color, min(1.0, float(mass[index]))))
        if len(found) == count:
            break
    return found


def _index(at: tuple[float, float], shape: tuple[int, ...]) -> tuple[int, int]:
    row, column = (min(int(share * side), side - 1) for share, side in zip(at, shape[:2], strict=True))
    return row, column


def _swatch(lightness: float, ab: np.ndarray, probability: float) -> Swatch:
    rgb = lab.merge(np.float32(lightness), np.asarray(ab, np.float32))
    a, b = lab.rgb_to_lab(rgb)[1:]
    return Swatch((float(a), float(b)), tuple(int(value) for value in rgb), probability)


def _showable(lightness: float, ab: np.ndarray) -> np.ndarray:
    """The nearest colours of the same hue that sRGB can show at this lightness: ab `(n, 2)` -> `(n, 2)`."""
    return lab.rgb_to_lab(lab.merge(np.full(len(ab), lightness, np.float32), ab.astype(np.float32)))[:, 1:]
