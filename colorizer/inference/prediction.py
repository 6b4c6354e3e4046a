"""What a network said of one photograph, and what can be made of it without running the network again."""

from dataclasses import dataclass

import numpy as np

from colorizer.inference import decoding
from colorizer.inference.variants import vary

CERTAIN = decoding.ORDINARY_CONFIDENCE
"""Confidence from which on a place is shown as certain (grey)."""

UNCERTAIN = 0.12
"""Confidence down to which uncertainty is shown in full colour."""

UNCERTAINTY_AB = np.array([55.0, 65.0])
"""The orange that shows uncertainty, in ab."""


class ConfidenceError(ValueError):
    """A model does not say how sure it is."""


@dataclass(frozen=True)
class Prediction:
    """What the network said of one photograph; small, and good for renderings at any size.

    Args:
        output: logits over `bins.bins_of(bins)`, float16 `(h, w, bins)`, or ab, float16 `(h, w, 2)`.
        decided: whether each region has been given one of its colours, as in a variant: they stand apart as they are.
    """

    output: np.ndarray
    decided: bool = False

    @property
    def is_distribution(self) -> bool:
        """Whether it weighs several colours, and so knows its confidence and other variants."""
        return self.output.shape[-1] != 2

    def ab(self, temperature: float = 1.0) -> np.ndarray:
        """Colours, float32 `(h, w, 2)`: ab itself, or the annealed mean of the distribution over bins."""
        output = self.output.astype(np.float32)
        return decoding.annealed_mean(output, temperature) if self.is_distribution else output

    def variants(self, count: int = 3) -> list["Prediction"]:
        """Up to `count` clearly different plausible colourings of the photograph, the first being this one.

        Fewer where the distribution leaves no other choice; one for a model that predicts ab itself.
        """
        if not self.is_distribution:
            return [self]
        others = vary(self.output.astype(np.float32), count)[1:]
        return [self, *(Prediction(logits.astype(np.float16), decided=True) for logits in others)]

    def confidence(self) -> np.ndarray:
        """How sure the network is of the colour of each place, 0..1, float32 `(h, w)`; see `decoding.confidence`.

        Raises:
            ConfidenceError: the model predicts ab itself and does not say how sure it is.
        """
        if not self.is_distribution:
            raise ConfidenceError("Confidence is known only of a model that predicts a distribution over colours.")
        return decoding.confidence(self.output.astype(np.float32)).astype(np.float32)

    def uncertainty(self) -> "Prediction":
        """A picture of where the network guesses: to be rendered like a colouring, orange where it is uncertain.

        Raises:
            ConfidenceError: see `confidence`.
        """
        share = np.clip((CERTAIN - self.confidence()) / (CERTAIN - UNCERTAIN), 0, 1)
        return Prediction((share[..., None] * UNCERTAINTY_AB).astype(np.float16))
