"""List the photographs in a folder, and read the pixels of one."""

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


def list_photos(folder: Path, include: str = "*") -> list[Path]:
    """Every image file under `folder`, by extension in any case, sorted by its path.

    Args:
        include: pattern of the file names taken, such as `intel_*`.

    Raises:
        NoPhotographsError: the folder is missing, or holds no photograph that matches.
    """
    folder = Path(folder)
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS and p.is_file())
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
