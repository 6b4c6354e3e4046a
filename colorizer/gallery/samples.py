"""Photographs to try the app with, bundled with scikit-image: nothing is downloaded.

Credits and licences: https://scikit-image.org/docs/stable/api/skimage.data.html
"""

import io
from dataclasses import dataclass

import skimage.data
from PIL import Image


class UnknownSampleError(ValueError):
    """There is no sample of that name."""


@dataclass(frozen=True)
class Sample:
    """A photograph to try the app with."""

    name: str
    """Also the name of its file, without `.png`."""
    title: str
    credit: str
    licence: str
    is_color: bool
    """Whether the original is in colour, so that results can be compared with it."""
    text: str = ""
    """A sentence about it."""

    @property
    def url(self) -> str:
        """The page that says where it comes from."""
        return f"https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.{self.name}"


_SAMPLES = (
    Sample("camera", "A man with a camera", "Lav Varshney", "CC0", is_color=False),
    Sample("astronaut", "Astronaut Eileen Collins", "NASA", "Public domain", is_color=True),
    Sample("chelsea", "A cat named Chelsea", "Stéfan van der Walt", "CC0", is_color=True),
    Sample("coffee", "A cup of coffee", "Rachel Michetti", "CC0", is_color=True),
    Sample("rocket", "A rocket on its launch pad", "SpaceX", "CC0", is_color=True),
)
_GRAY = (
    _SAMPLES[0],
    Sample("coins", "Greek coins from Pompeii", "Brooklyn Museum Collection", "No known restrictions", is_color=False),
    Sample("moon", "The surface of the moon", "NASA, by way of scikit-image", "Public domain", is_color=False),
    Sample("clock", "A wall clock, the camera moving", "Stéfan van der Walt", "Public domain", is_color=False),
)


def list_gray() -> list[Sample]:
    """The samples without colour, enough for a small gallery."""
    return list(_GRAY)


def list_samples() -> list[Sample]:
    """The samples, the best one to start with first."""
    return list(_SAMPLES)


def read_color_samples() -> dict[str, bytes]:
    """The samples that have colour: file name -> bytes of a PNG file."""
    return {f"{sample.name}.png": read_sample(sample.name) for sample in _SAMPLES if sample.is_color}


def read_sample(name: str) -> bytes:
    """A sample as the bytes of a PNG file.

    Raises:
        UnknownSampleError: there is no such sample.
    """
    names = list(dict.fromkeys(sample.name for sample in _SAMPLES + _GRAY))
    if name not in names:
        raise UnknownSampleError(f"A sample must be one of {', '.join(names)}. Received {name!r}.")
    stream = io.BytesIO()
    Image.fromarray(getattr(skimage.data, name)()).save(stream, "PNG")
    return stream.getvalue()
