"""One photograph before and after, to be shown around: as one picture, or as a web page with a slider.

Both carry the mark of colouring, and say in words that the colours are guesses: they are seen far from this software.
"""

import numpy as np
from markupsafe import Markup

from colorizer.gallery import carousel
from colorizer.gallery.export import content_policy, data_url
from colorizer.gallery.pictures import QUALITY
from colorizer.imaging import resizing, writing
from colorizer.imaging.caption import CAPTION, add_caption
from colorizer.imaging.metadata import Metadata, Provenance
from colorizer.imaging.pixels import to_gray
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer

SIDE = 1600
"""Longest side of each of the two pictures, in pixels."""

_GAP = 0.01
"""Width of the white line between them, as a share of the picture's longest side."""


def export_pair(photograph: Photograph, colorizer: Colorizer, look: Look) -> bytes:
    """Both pictures side by side as one JPEG; one wider than high stands above the other. The network does not run."""
    before, after, metadata, mark = _draw(photograph, colorizer, look)
    after = add_caption(after) if mark else after
    height, width = after.shape[:2]
    line = max(2, round(_GAP * max(height, width)))
    if width > height:
        between, axis = np.full((line, width, 3), 255, np.uint8), 0
    else:
        between, axis = np.full((height, line, 3), 255, np.uint8), 1
    return writing.write(np.concatenate([before, between, after], axis), "jpeg", metadata, mark)


def export_slider_page(photograph: Photograph, colorizer: Colorizer, look: Look) -> bytes:
    """A web page with the slider, UTF-8, which has all that it needs inside. The network does not run.

    Its content security policy lets it send no request. Without JavaScript it shows both pictures.
    """
    before, after, metadata, mark = _draw(photograph, colorizer, look)
    style = "".join(map(carousel.read, ("page.css", "slider.css")))
    script = carousel.read("slider.js") + carousel.read("comparison.js")
    page = carousel.render(
        "comparison.html",
        policy=content_policy(style, script),
        title=photograph.name,
        label=CAPTION if mark else "Left as it was",
        style=Markup(style),
        script=Markup(script),
        width=after.shape[1],
        height=after.shape[0],
        before=data_url(writing.write(before, "jpeg", metadata, quality=QUALITY)),
        after=data_url(writing.write(after, "jpeg", metadata, mark, quality=QUALITY)),
    )
    return page.encode()


def _draw(
    photograph: Photograph, colorizer: Colorizer, look: Look
) -> tuple[np.ndarray, np.ndarray, Metadata, Provenance | None]:
    """Both pictures, uint8 (h, w, 3), no side longer than `SIDE`, with what describes them."""
    photo = album.read(photograph)
    small = resizing.preview(photo.pixels, SIDE)
    after = album.render(small, photograph, colorizer, look)
    mark = album.mark_of(after, photograph, colorizer, look)
    return np.repeat(to_gray(small)[..., None], 3, axis=-1), after, photo.metadata, mark
