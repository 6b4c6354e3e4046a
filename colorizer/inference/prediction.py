"""A network's output for one photograph, and what can be computed from it without running the network again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from colorizer.imaging.borders.border import Border
from colorizer.inference import decoding
from colorizer.inference.hints import swatches
from colorizer.inference.hints.features import describe
from colorizer.inference.hints.hint import Hint, check_hints
from colorizer.inference.hints.swatches import Swatch
from colorizer.inference.moods.mood import apply_mood, mood_table
from colorizer.inference.moods.reference import Reference, color_like, lightness_of_places
from colorizer.inference.threads import one_blas_thread
from colorizer.inference.uncertainty import uncertainty_to_ab
from colorizer.inference.variants import vary


class ConfidenceError(ValueError):
    """A model predicts ab itself, so its confidence is unknown."""


class UnknownPhotographError(ValueError):
    """A prediction does not know its photograph, so that no place in it can be named."""


class WarmthError(ValueError):
    """Warmth outside -1..1."""


class NoDistributionError(ValueError):
    """A model predicts ab itself, so that there is nothing that a mood or a reference could weigh anew."""


@dataclass(frozen=True)
class Prediction:
    """A network's output for one photograph: small, and can be rendered at any size.

    Args:
        output: logits over `bins.bins_of(bins)`, float16 `(h, w, bins)`, or ab, float16 `(h, w, 2)`.
        decided: whether each region has been given one of its colours, as in a variant: `contrast` is then not applied.
        size: height and width of the photograph, in pixels; None where no photograph belongs to it.
        lightness: L* that the network saw, float16 `(H, W)`, 0..100; it covers the same as `output`.
        features: by which hints compare places, float16 `(h, w, n)`, see `hints.features`; None takes the output's.
        border: the border of the scan, which the network did not see and which stays neutral: then `output` and
            `lightness` cover only what is inside. None where the photograph fills the picture.
        blank: whether there is no photograph, only paper: rendered, it is the page as it was.
        hints: a person's hints, see `with_hints`.
        warmth: of the light, -1..1, see `in_light`.
        style: what has been applied besides, in words: a mood, a reference.
    """

    output: np.ndarray
    decided: bool = False
    size: tuple[int, int] | None = None
    lightness: np.ndarray | None = None
    features: np.ndarray | None = None
    border: Border | None = None
    blank: bool = False
    hints: tuple[Hint, ...] = ()
    warmth: float = 0.0
    style: tuple[str, ...] = ()

    @property
    def is_distribution(self) -> bool:
        """Whether it is a distribution over bins, and so has a confidence and variants."""
        return self.output.shape[-1] != 2

    @property
    def is_untouched(self) -> bool:
        """Whether it leaves the picture as it is: a blank page for which there are no hints."""
        return self.blank and not self.hints

    @property
    def style_in_words(self) -> str:
        """What has been applied besides hints, for the mark of a coloured file; empty for nothing."""
        return ", ".join((*self.style, *([f"warmth {self.warmth:g}"] if self.warmth else [])))

    def box(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns that `output` covers in a copy of the picture of any shape: all but the border."""
        return (slice(0, shape[0]), slice(0, shape[1])) if self.border is None else self.border.box(shape)

    def with_hints(self, hints: Iterable[Hint]) -> "Prediction":
        """The same prediction with these hints instead of any before: it shows their colours where they reach.

        The order of the hints does not matter. No network runs.

        Raises:
            OutsideError, TooManyHintsError: see `check_hints`.
            UnknownPhotographError: the prediction does not know its photograph.
        """
        self._check_photograph()
        return replace(self, hints=check_hints(hints, self.size))

    def in_light(self, warmth: float) -> "Prediction":
        """The same colours in a warmer (up to 1) or cooler (down to -1) daylight; L* stays. See `color.daylight`.

        Raises:
            WarmthError: `warmth` is outside -1..1.
        """
        if not -1 <= warmth <= 1:
            raise WarmthError(f"warmth must be from -1 to 1. Received {warmth}.")
        return replace(self, warmth=float(warmth))

    def in_mood(self, mood: str, strength: float = 1.0) -> "Prediction":
        """The same photograph in the colours of a kind of photographs; hints stay. A blank page stays as it is.

        Args:
            mood: one of `mood.MOODS`, or the path of a file that the command `mood` made.
            strength: 0 changes nothing.

        Raises:
            MoodError: there is no such mood.
            NoDistributionError: the model predicts ab itself.
        """
        table = mood_table(mood)
        if self.blank:
            return self
        self._check_distribution()
        logits = apply_mood(self.output.astype(np.float32), table, strength)
        return replace(self, output=logits.astype(np.float16), style=(*self.style, f"mood {Path(mood).name}"))

    def like(self, reference: Reference, strength: float = 1.0) -> "Prediction":
        """The same photograph with the palette of another one where both show alike things; hints stay.

        Args:
            reference: see `Colorizer.reference`; of the same model.
            strength: 0 changes nothing.

        Raises:
            NoDistributionError: the model predicts ab itself.
        """
        if self.blank:
            return self
        self._check_distribution()
        lightness = lightness_of_places(self.lightness, self.output.shape[:2])
        logits = color_like(self.output.astype(np.float32), lightness, reference, strength)
        return replace(self, output=logits.astype(np.float16), style=(*self.style, "palette of a reference photograph"))

    def likeliest(self, x: float, y: float, count: int = 6) -> list[Swatch]:
        """The network's own likeliest distinct colours at a place, the likeliest first, as they look there.

        Args:
            x, y: column and row in the photograph, in pixels.
            count: most colours to give; very dark and very light places have fewer. A model that predicts ab itself
                knows one; of the border of a scan none is known.

        Raises:
            OutsideError: the place is outside the photograph.
            UnknownPhotographError: the prediction does not know its photograph.
        """
        self._check_photograph()
        check_hints([Hint(x, y, (0, 0))], self.size)
        if not self._covers(x, y):
            return []
        rows, columns = self.box(self.size)
        at = (y - rows.start) / (rows.stop - rows.start), (x - columns.start) / (columns.stop - columns.start)
        return swatches.likeliest(self.output, self.lightness, at, count)

    def correction(self, shown: np.ndarray) -> np.ndarray:
        """What the hints inside of the border add to the colours without them: float32 `(H, W, 2)`, as `lightness`.

        Args:
            shown: these colours, float32 `(H, W, 2)`.
        """
        from colorizer.inference.hints import propagation  # SciPy's solvers take long to import

        rows, columns = self.box(self.size)
        hints = [hint for hint in self.hints if self._covers(hint.x, hint.y)]
        if not hints:
            return np.zeros_like(shown)
        hints = [replace(hint, x=hint.x - columns.start, y=hint.y - rows.start) for hint in hints]
        size = rows.stop - rows.start, columns.stop - columns.start
        with one_blas_thread():
            of_places = describe(self.output) if self.features is None else self.features
        return propagation.correction(shown, self.lightness.astype(np.float32), of_places, hints, size)

    def border_hints(self) -> list[Hint]:
        """The hints for places in the border of the scan: they colour it, and only it."""
        return [hint for hint in self.hints if not self._covers(hint.x, hint.y)]

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
        if self.blank:
            return self
        return replace(self, output=uncertainty_to_ab(self.confidence()).astype(np.float16), hints=(), warmth=0.0)

    def _covers(self, x: float, y: float) -> bool:
        """Whether a place of the photograph, in pixels, is inside of the border."""
        rows, columns = self.box(self.size)
        return rows.start <= y < rows.stop and columns.start <= x < columns.stop

    def _check_distribution(self) -> None:
        if not self.is_distribution:
            raise NoDistributionError(
                "Moods and references need a model that weighs several colours at every place. This one predicts one."
            )

    def _check_photograph(self) -> None:
        if self.size is None or self.lightness is None:
            raise UnknownPhotographError(
                f"A prediction must come from Colorizer.predict to take hints. This one has size={self.size}."
            )
