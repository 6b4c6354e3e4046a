"""Photographs to try the app with. They come with Huestory or with scikit-image: nothing is downloaded.

`photographs/` holds eight of the US Farm Security Administration and Office of War Information (1935-1943, public
domain) with their captions. They are the built-in gallery, too, and the first of them is on the first screen, where a
coloured copy of it must not wait for the network. After a change of the default model, make that copy again with:

    python -m colorizer colorize colorizer/gallery/photographs/fiesta.jpg --output colorizer/gallery/photographs

Credits and licences of the others: https://scikit-image.org/docs/stable/api/skimage.data.html
"""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from colorizer.gallery import captions
from colorizer.gallery.captions import Caption

FOLDER = Path(__file__).with_name("photographs")
FIRST, FIRST_COLORED = "fiesta.jpg", "fiesta_colorized.jpg"
"""The photograph on the first screen, and its coloured copy."""


class UnknownSampleError(ValueError):
    """There is no sample of that name."""


@dataclass(frozen=True)
class Sample:
    """A photograph to try the app with."""

    file: str
    caption: Caption
    is_color: bool = False
    """Whether the original is in colour, so that results can be compared with it."""

    @property
    def name(self) -> str:
        """The name of its file without the ending: short enough for a button."""
        return Path(self.file).stem

    @property
    def title(self) -> str:
        return self.caption.title


def _of_skimage(name: str, title: str, credit: str, licence: str, is_color: bool = True) -> Sample:
    url = f"https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.{name}"
    return Sample(f"{name}.png", Caption(title, credit=credit, licence=licence, url=url), is_color)


_SKIMAGE = (
    _of_skimage("camera", "A man with a camera", "Lav Varshney", "CC0", is_color=False),
    _of_skimage("astronaut", "Astronaut Eileen Collins", "NASA", "Public domain"),
    _of_skimage("chelsea", "A cat named Chelsea", "Stéfan van der Walt", "CC0"),
    _of_skimage("coffee", "A cup of coffee", "Rachel Michetti", "CC0"),
    _of_skimage("rocket", "A rocket on its launch pad", "SpaceX", "CC0"),
)


def list_historical() -> list[Sample]:
    """The historical photographs that come with Huestory, in the order of the built-in gallery."""
    return list(_historical())


def list_color() -> list[Sample]:
    """The photographs whose true colours are known."""
    return [sample for sample in _SKIMAGE if sample.is_color]


def list_samples() -> list[Sample]:
    """All samples, the historical photographs first."""
    return [*list_historical(), *_SKIMAGE]


def find_sample(name: str) -> Sample:
    """The sample of that name.

    Raises:
        UnknownSampleError: there is no such sample.
    """
    samples = {sample.name: sample for sample in list_samples()}
    if name not in samples:
        raise UnknownSampleError(f"A sample must be one of {', '.join(samples)}. Received {name!r}.")
    return samples[name]


def read_color_samples() -> dict[str, bytes]:
    """The samples that have colour: file name -> content of the file."""
    return {sample.file: read_sample(sample.name) for sample in list_color()}


def read_sample(name: str) -> bytes:
    """The content of a sample's file, in the format that its ending says.

    Raises:
        UnknownSampleError: there is no such sample.
    """
    sample = find_sample(name)
    if sample not in _SKIMAGE:
        return (FOLDER / sample.file).read_bytes()
    import skimage.data

    stream = io.BytesIO()
    Image.fromarray(getattr(skimage.data, name)()).save(stream, "PNG")
    return stream.getvalue()


def read_first() -> tuple[bytes, bytes]:
    """The photograph of the first screen, before and after: the content of two JPEG files."""
    return (FOLDER / FIRST).read_bytes(), (FOLDER / FIRST_COLORED).read_bytes()


@cache
def _historical() -> tuple[Sample, ...]:
    rows = captions.read_captions((FOLDER / captions.NAME).read_bytes())
    return tuple(Sample(file, caption) for file, caption in rows.items())
