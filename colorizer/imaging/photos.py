"""List the photographs in a folder, and read the pixels of one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from colorizer.imaging import reading
from colorizer.imaging.formats import EXTENSIONS


class DataError(ValueError):
    """A folder cannot serve as training or evaluation data."""


class NoPhotographsError(DataError):
    """The folder holds no readable colour photograph."""


@dataclass(frozen=True, order=True)
class PackedPhoto:
    """A photograph from a pack (`training.packed`); it can be used wherever the path of a photograph can."""

    name: str
    """Name of its file."""
    data: bytes = field(repr=False)
    """Content of its file, JPEG or WebP."""
    size: tuple[int, int]
    """Height and width, upright, in pixels."""
    val: bool
    """Whether it is held back for `val`."""


LEFT_ALONE = {"@eadir", "#recycle", "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "lost+found"}
"""Names, in lower case, of files and folders that systems put among photographs for themselves."""


def walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder, sorted by path, but for what is hidden or what systems keep there for themselves.

    A sub-folder without read permission comes as if it was a file, so that it is refused by whoever reads it.
    """
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _is_left_alone(name)]
        closed = [name for name in folders if not os.access(Path(place, name), os.R_OK)]
        found += [Path(place, name) for name in (*closed, *files) if not _is_left_alone(name)]
        folders[:] = [name for name in folders if name not in closed]
    yield from sorted(found)


def is_photograph(path: Path) -> bool:
    """Whether a file is taken from a folder as a photograph: by its extension, in any case."""
    return path.suffix.lower() in EXTENSIONS


def _is_left_alone(name: str) -> bool:
    return name.startswith(".") or name.casefold() in LEFT_ALONE


def list_photos(folder: Path, include: str = "*") -> list[Path]:
    """Every image file under `folder`, by extension in any case, sorted by its path.

    Args:
        include: pattern of the file names taken, such as `intel_*`.

    Raises:
        NoPhotographsError: the folder is missing, or holds no photograph that matches.
    """
    folder = Path(folder)
    found = [path for path in walk(folder) if is_photograph(path) and path.is_file()]
    paths = [path for path in found if fnmatch(path.name, include)]
    if found and not paths:
        raise NoPhotographsError(f"Some of the {len(found)} photographs must match the pattern. Received {include!r}.")
    if not paths:
        raise NoPhotographsError(f"The data folder must hold photographs. Received {str(folder)!r}, which holds none.")
    return paths


def read_rgb(photo: Path | PackedPhoto | bytes) -> np.ndarray:
    """A photograph as uint8 sRGB `(H, W, 3)`; a grey one has three equal channels.

    Args:
        photo: the path or the bytes of its file, or a photograph from a pack.
    """
    pixels = reading.read(photo.data if isinstance(photo, PackedPhoto) else photo).pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
