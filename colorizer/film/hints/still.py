"""A frame as a photograph, so that hints can be given on it as on one."""

import io

from PIL import Image

from colorizer.film.source import Frame
from colorizer.inference.album import Photograph


def still(frame: Frame, name: str) -> Photograph:
    """The frame as a photograph that is still to be developed, see `album`."""
    file = io.BytesIO()
    Image.fromarray(frame.pixels()).save(file, "png", compress_level=1)
    return Photograph(name, file.getvalue())
