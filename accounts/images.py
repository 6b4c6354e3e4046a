"""The data kept for a coloured photograph: its files and how it was made."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

PARTS = ("original", "result", "before", "after", "thumbnail")
"""Files of an image: the upload, the result at full size, and small JPEGs for the screen."""

REFERENCE = "reference"
"""One more file of an image that took its palette from another picture: that picture."""


@dataclass(frozen=True)
class NewImage:
    """An image to keep: the bytes of each of `PARTS` (perhaps `REFERENCE`, too), and how the result was made.

    Width and height in pixels.
    """

    title: str
    format: str
    """File format of the result: jpeg, png or tiff."""
    width: int
    height: int
    model: str
    settings: Mapping[str, object]
    """Everything else that the result depends on, as JSON values."""
    parts: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(len(data) for data in self.parts.values())


@dataclass(frozen=True)
class Image:
    """An image in the history of one person."""

    id: str
    title: str
    format: str
    width: int
    height: int
    model: str
    settings: dict[str, object]
    size: int
    created_at: int
    """Seconds since 1970, UTC."""


def version(original: bytes, model: str, settings: Mapping[str, object]) -> str:
    """SHA-256 (hexadecimal) over a photograph, the model and the settings: everything that its colours depend on."""
    how = json.dumps([model, settings], sort_keys=True)
    return hashlib.sha256(hashlib.sha256(original).digest() + how.encode()).hexdigest()
