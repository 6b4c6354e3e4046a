"""A network's output for one photograph, and what can be computed from it without running the network again."""

from dataclasses import dataclass, replace

import numpy as np

from colorizer.inference import decoding
from colorizer.inference.uncertainty import uncertainty_to_ab
from colorizer.inference.variants import vary


class ConfidenceError(ValueError):
    """A model predicts ab itself, so its confidence is unknown."""


@dataclass(frozen=True)
class Prediction:
    """A network's output for one photograph: small, and can be rendered at any size.

    Args:
        output: logits over `bins.bins_of(bins)`, float16 `(h, w, bins)`, or ab, float16 `(h, w, 2)`.
        decided: whether each region has been given one of its colours, as in a variant: `contrast` is then not applied.
    """

    output: np.ndarray
    decided: bool = False

    @property
    def is_distribution(self) -> bool:
        """Whether it is a distribution over bins, and so has a confidence and variants."""
        return self.output.shape[-1] != 2

    def ab(self, temperature: float = 1.0) -> np.ndarray:
        """Colours, float32 `(h, w, 2)`: ab itself, or the annealed mean of the distribution over bins."""
        output = self.output.astype(np.float32)
        return decoding.annealed_mean(output, temperature) if self.is_distribution else output

    def variants(self, count: int = 3) -> list["Prediction"]:
        """Up to `count` clearly different plausible colourings of the photograph, the first being this one.

        Fewer where no other colours are plausible; one for a model that predicts ab itself.
        """
        if not self.is_distribution:
            return [self]
        others = vary(self.output.astype(np.float32), count)[1:]
        return [self, *(replace(self, output=logits.astype(np.float16), decided=True) for logits in others)]

    def confidence(self) -> np.ndarray:
        """How sure the network is of the colour of each place, 0..1, float32 `(h, w)`; see `decoding.confidence`.

        Raises:
            ConfidenceError: the model predicts ab itself, without a confidence.
        """
        if not self.is_distribution:
            raise ConfidenceError("Confidence is known only of a model that predicts a distribution over colours.")
        return decoding.confidence(self.output.astype(np.float32)).astype(np.float32)

    def uncertainty(self) -> "Prediction":
        """A map of uncertainty, to be rendered like a colouring: orange where the network is least sure.

        Raises:
            ConfidenceError: see `confidence`.
        """
        return replace(self, output=uncertainty_to_ab(self.confidence()).astype(np.float16))
