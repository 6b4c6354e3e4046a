"""The names of the files that `colorize` writes, and how to recognise them.

NAME_colorized.EXT      the colouring
NAME_colorized_2.EXT    another plausible colouring
NAME_confidence.png     the uncertainty of the network
"""

import os
import re
from pathlib import Path

from colorizer.imaging.formats import EXTENSIONS, output_name

_COLORING = re.compile(r".+_colorized(_\d+)*")
_CONFIDENCE = re.compile(r"(.+)_confidence(_\d+)?")


class OutputNames:
    """Gives every file a different name, also when case is ignored."""

    def __init__(self):
        self._taken: set[str] = set()
        self._taken_by_confidence: set[str] = set()

    def colorings(self, photograph: str, format: str, count: int = 1) -> list[str]:
        """Names for a colouring and its `count - 1` variants; see `formats.output_name`.

        >>> names = OutputNames()
        >>> names.colorings("a.jpg", "jpeg", 2), names.colorings("a.png", "jpeg", 2)
        (['a_colorized.jpg', 'a_colorized_2.jpg'], ['a.png_colorized.jpg', 'a.png_colorized_2.jpg'])
        """
        first = output_name(photograph, format, self._taken)
        stem, extension = os.path.splitext(first)
        variants = [f"{stem}_{number}{extension}" for number in range(2, count + 1)]
        self._taken.update(name.casefold() for name in variants)
        return [first, *variants]

    def confidence(self, photograph: str) -> str:
        """A name for the picture of where the network guesses; the later of two keeps its extension in it.

        >>> names = OutputNames()
        >>> names.confidence("a.jpg"), names.confidence("a.png")
        ('a_confidence.png', 'a.png_confidence.png')
        """
        name = output_name(photograph, "png", self._taken_by_confidence)
        before, _, after = name.rpartition("_colorized")
        return f"{before}_confidence{after}"


def is_output(file: Path) -> bool:
    """Whether a file is an output, by its name; for NAME_confidence.png the colouring must be beside it, too."""
    if _COLORING.fullmatch(file.stem):
        return True
    guess = _CONFIDENCE.fullmatch(file.stem)
    if guess is None or file.suffix != ".png":
        return False
    names = {guess[1], os.path.splitext(guess[1])[0]}  # NAME, or NAME.EXT if two photographs have the same NAME
    return any(file.with_name(f"{name}_colorized{extension}").exists() for name in names for extension in EXTENSIONS)
