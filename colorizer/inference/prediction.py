"""A network's output for one photograph, and what can be computed from it without running the network again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from colorizer.inference import decoding
from colorizer.inference.hints import propagation, swatches
from colorizer.inference.hints.features import describe
from colorizer.inference.hints.hint import Hint, check_hints
from colorizer.inference.hints.swatches import Swatch
from colorizer.inference.uncertainty import uncertainty_to_ab
from colorizer.inference.variants import vary


class ConfidenceError(ValueError):
    """A model predicts ab itself, so its confidence is unknown."""


class UnknownPhotographError(ValueError):
    """A prediction does not know its photograph, so that no place in it can be named."""


@dataclass(frozen=True)
class Prediction:
    """A network's output for one photograph: small, and can be rendered at any size.

    Args:
        output: logits over `bins.bins_of(bins)`, float16 `(h, w, bins)`, or ab, float16 `(h, w, 2)`.
        decided: whether each region has been given one of its colours, as in a variant: `contrast` is then not applied.
        size: height and width of the photograph, in pixels; None where no photograph belongs to it.
        lightness: L* that the network saw, float16 `(H, W)`, 0..100; it covers the same as `output`.
        features: by which hints compare places, float16 `(h, w, n)`, see `hints.features`; None takes the output's.
        hints: a person's hints, see `with_hints`.
    """

    output: np.ndarray
    decided: bool = False
    size: tuple[int, int] | None = None
    lightness: np.ndarray | None = None
    features: np.ndarray | None = None
    hints: tuple[Hint, ...] = ()

    @property
    def is_distribution(self) -> bool:
        """Whether it is a distribution over bins, and so has a confidence and variants."""
        return self.output.shape[-1] != 2

    def with_hints(self, hints: Iterable[Hint]) -> "Prediction":
        """The same prediction with these hints instead of any before: it shows their colours where they reach.

        The order of the hints does not matter. No network runs.

        Raises:
            OutsideError, TooManyHintsError: see `check_hints`.
            UnknownPhotographError: the prediction does not know its photograph.
        """
        self._check_photograph()
        return replace(self, hints=check_hints(hints, self.size))

    def likeliest(self, x: float, y: float, count: int = 6) -> list[Swatch]:
        """The network's own likeliest distinct colours at a place, the likeliest first, as they look there.

        Args:
            x, y: column and row in the photograph, in pixels.
            count: most colours to give; very dark and very light places have fewer. A model that predicts ab itself
                knows one.

        Raises:
            OutsideError: the place is outside the photograph.
            UnknownPhotographError: the prediction does not know its photograph.
        """
        self._check_photograph()
        check_hints([Hint(x, y, (0, 0))], self.size)
        return swatches.likeliest(self.output, self.lightness, (y / self.size[0], x / self.size[1]), count)

    def correction(self, shown: np.ndarray) -> np.ndarray:
        """What the hints add to the colours that would be shown without them: float32 `(H, W, 2)`, as `lightness`.

        Args:
            shown: these colours, float32 `(H, W, 2)`.
        """
        of_places = describe(self.output) if self.features is None else self.features
        return propagation.correction(shown, self.lightness.astype(np.float32), of_places, self.hints, self.size)

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
        return replace(self, output=uncertainty_to_ab(self.confidence()).astype(np.float16), hints=())

    def _check_photograph(self) -> None:
        if self.size is None or self.lightness is None:
            raise UnknownPhotographError(
                f"A prediction must come from Colorizer.predict to take hints. This one has size={self.size}."
            )
