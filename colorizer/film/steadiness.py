"""How steady colours are: the mean difference of ab between neighbouring frames, after the motion between them."""

from dataclasses import dataclass

import numpy as np

from colorizer.film import motion
from colorizer.film.steady import Colored, Steady, Step, light_ratio

TRUSTED = 0.5
"""Only pixels are compared whose motion is trusted at least so much: what is uncovered has no pixel before."""

MEASURE_EVERY, FIRST = 48, 6
"""In a film, one pair of neighbouring frames out of so many is also coloured by the network alone, to compare."""


def flicker(ab: np.ndarray, ab_before: np.ndarray, step: Step, before: Step) -> float:
    """Mean distance of the colours from those of the frame before, in the light of this one: in units of ab.

    A fade is no flicker: where the light falls, the true colours fall, too.

    Args:
        ab, ab_before: of both frames, `(h, w, 2)`.
        step, before: both frames.
    """
    past, trusted = step.motion.past, step.motion.past_trust
    expected = motion.sample(ab_before, past) * light_ratio(step.gray, motion.sample(before.gray, past), trusted)
    distance = np.linalg.norm(ab - expected, axis=-1)
    compared = trusted >= TRUSTED
    return float(distance[compared].mean()) if compared.any() else 0.0


@dataclass
class Steadiness:
    """Sums over the pairs of frames that were measured.

    Args:
        pairs: how many.
        single: sum of `flicker` with each frame coloured by the network alone.
        steady: sum of `flicker` as the film is.
    """

    pairs: int = 0
    single: float = 0.0
    steady: float = 0.0

    @property
    def gain(self) -> float:
        """How much less the colours change than frame by frame, 0..1."""
        return 1 - self.steady / self.single if self.single else 0.0

    def look(self, one: Colored | None, other: Colored, steady: Steady) -> None:
        """Measure two neighbouring frames if it is their turn and no cut is between them."""
        if one is None or other.step.motion is None or other.step.frame.index % MEASURE_EVERY != FIRST:
            return
        self.pairs += 1
        steps = other.step, one.step
        self.single += flicker(steady.alone(other.step).ab(), steady.alone(one.step).ab(), *steps)
        self.steady += flicker(other.ab(), one.ab(), *steps)

    def in_words(self) -> str:
        """A line that a command can print."""
        if not self.pairs:
            return "steadiness: not measured, the shots are too short."
        return (
            f"steadiness: from frame to frame colours change by {self.steady / self.pairs:.2f} ab, frame by frame they "
            f"would by {self.single / self.pairs:.2f} ({self.gain:.0%} less; {self.pairs} pairs measured)."
        )
