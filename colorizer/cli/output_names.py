"""The names of the files that `colorize` writes, and how to recognise them.

NAME_colorized.EXT      the colouring
NAME_colorized_2.EXT    another plausible colouring
NAME_confidence.png     the uncertainty of the network
"""

import os
import re
from pathlib import Path

from colorizer.imaging.formats import EXTENSIONS, name_key, output_name

_COLORING = re.compile(r".+_colorized(_\d+)*")
_CONFIDENCE = re.compile(r"(.+)_confidence(_\d+)?")


_TABLES = {
    *("manifest.jsonl", "failures.csv", "skipped.csv"),  # of a batch
    *("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"),  # of its bag
}
_PAGE = re.compile(r"_p\d{3,}$")
_MARK = b"https://huestory.org/ns/1.0/"  # the namespace of ours in the XMP of every coloured picture


class ForeignFileError(ValueError):
    """A result would take the place of a file that this program has not made."""


class OutputNames:
    """Gives every file a different name, also when case and Unicode form are ignored."""

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
        self._taken.update(name_key(name) for name in variants)
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


def keep_foreign(target: Path, data: bytes) -> None:
    """Refuse to replace a file that this program has not made; one of the same content may be written again.

    Raises:
        ForeignFileError: there is one at `target`.
    """
    try:
        there = target.read_bytes()
    except FileNotFoundError:
        return
    if _MARK not in there and there != data:
        raise ForeignFileError(
            f"A result must not take the place of a file that Huestory has not made. {target} is there already: move "
            "it away, or choose another output folder."
        )


def is_ours(file: Path) -> bool:
    """Whether a file in the output folder is an output, a table of a batch, or of a bag."""
    return file.name in _TABLES or is_output(file)


def is_output(file: Path) -> bool:
    """Whether a file is an output, by its name; for NAME_confidence.png the colouring must be beside it, too."""
    if _COLORING.fullmatch(file.stem):
        return True
    guess = _CONFIDENCE.fullmatch(file.stem)
    if guess is None or file.suffix != ".png":
        return False
    names = {guess[1], os.path.splitext(guess[1])[0]}  # NAME, or NAME.EXT if two photographs have the same NAME
    names |= {_PAGE.sub("", name) for name in names}  # a TIFF of all pages has one picture of uncertainty for each
    return any(file.with_name(f"{name}_colorized{extension}").exists() for name in names for extension in EXTENSIONS)
