"""What is done with a photograph before it is coloured: as it is asked for, or as its sidecar says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from colorizer.imaging.metadata import Provenance
from colorizer.imaging.preparation import AS_IT_IS, Preparation, prepare
from colorizer.imaging.reading import Photo
from colorizer.inference.hints.hint import Hint, check_hints
from colorizer.inference.hints.placing import place_all
from colorizer.inference.hints.sidecar import Edits


@dataclass(frozen=True)
class Prepared:
    """A photograph that is ready to be coloured."""

    photo: Photo
    preparation: Preparation
    size: tuple[int, int]
    """Height and width of the upright photograph."""
    hints: tuple[Hint, ...] = ()
    """In pixels of `photo`."""

    def marked(self, mark: Provenance | None) -> Provenance | None:
        """A mark that also says what was done before colouring."""
        if mark is None or self.preparation == AS_IT_IS:
            return mark
        return replace(mark, preparation=self.preparation.in_words(self.size))


def make_ready(
    upright: Photo, asked: Mapping[str, object], edits: Edits | None = None, hints: tuple[Hint, ...] = ()
) -> Prepared:
    """Prepare a photograph.

    Args:
        asked: what is asked for, see `Preparation.from_json`; it takes the place of what the sidecar says. If it is
            empty, the sidecar holds.
        edits: the photograph's sidecar.
        hints: further ones, in pixels of the upright photograph.

    Raises:
        PreparationError, HintError: one of their subclasses: it cannot be done.
    """
    size = upright.height, upright.width
    preparation = edits.preparation if edits else AS_IT_IS
    if asked:
        preparation = Preparation.from_json(asked, size)
    hints = check_hints((*(edits.hints if edits else ()), *hints), size)
    return Prepared(prepare(upright, preparation), preparation, size, place_all(hints, preparation, size))
