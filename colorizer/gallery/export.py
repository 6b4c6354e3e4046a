"""A gallery as one HTML page that a museum can put on its own site, with all pictures, texts and scripts inside.

The content security policy of the page allows only its own script, style and pictures, so it cannot send requests to
any host. Without JavaScript, it shows a list of the photographs with their captions.
"""

import base64
import hashlib

from markupsafe import Markup

from colorizer.gallery import carousel
from colorizer.gallery.collection import Gallery, Photograph
from colorizer.gallery.pictures import KINDS, QUALITY, VIEW_SIDE, GalleryError
from colorizer.imaging import reading, resizing, writing
from colorizer.imaging.caption import CAPTION

SIDES = (VIEW_SIDE, 1024)
"""Choices for the longest side of the pictures in a page, in pixels."""


class EmptyGalleryError(GalleryError):
    """No photograph of the gallery has been coloured, so there is nothing to export."""


def export_page(gallery: Gallery, side: int = VIEW_SIDE) -> bytes:
    """The page as UTF-8 bytes. The same gallery gives the same bytes.

    Args:
        side: longest side of the pictures in the page, in pixels.

    Raises:
        EmptyGalleryError: no photograph has been coloured yet.
        MissingPictureError: a picture is missing on the disk.
    """
    photographs = gallery.photographs()
    if not photographs:
        raise EmptyGalleryError("a page shows at least one photograph. None has been coloured yet.")
    style = "".join(map(carousel.read, ("page.css", "slider.css", "carousel.css")))
    script = carousel.script() + carousel.read("page.js")
    page = carousel.render(
        "page.html",
        policy=content_policy(style, script),
        title=gallery.config.title,
        lead=f"{len(photographs)} photographs, before and after. {CAPTION}.",
        label=CAPTION,
        style=Markup(style),
        script=Markup(script),
        photographs=[_describe(gallery, photograph, side) for photograph in photographs],
    )
    return page.encode()


def estimate_bytes(gallery: Gallery, side: int = VIEW_SIDE) -> int:
    """An estimate of the size of the page, in bytes."""
    photographs = gallery.photographs()
    total = sum(len(gallery.coloured.read(photo.key, kind)) for photo in photographs for kind in KINDS)
    largest = max((max(photo.width, photo.height) for photo in photographs), default=side)
    return round(total * 4 / 3 * min(1, side / largest) ** 2)


def content_policy(style: str, script: str) -> str:
    """A policy that allows only this style, this script and pictures inside the page; all requests are blocked."""
    return "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _describe(gallery: Gallery, photograph: Photograph, side: int) -> dict:
    """What the page shows of a photograph: its texts, and its pictures as `data:` URLs."""
    pictures = _pictures(gallery, photograph, side)
    return {
        "title": photograph.title,
        "caption": photograph.caption,
        "width": photograph.width,
        "height": photograph.height,
        **{kind: data_url(picture) for kind, picture in pictures.items()},
    }


def _pictures(gallery: Gallery, photograph: Photograph, side: int) -> dict[str, bytes]:
    """The three pictures by kind, no side longer than `side`; the coloured ones are marked as coloured."""
    pictures = {kind: gallery.coloured.read(photograph.key, kind) for kind in KINDS}
    if max(photograph.width, photograph.height) <= side:
        return pictures
    for kind, provenance in (("before", None), ("after", photograph.provenance)):
        photo = reading.read(pictures[kind])
        small = resizing.preview(photo.pixels, side)
        rgb = small if small.ndim == 3 else small[..., None].repeat(3, axis=-1)
        pictures[kind] = writing.write(rgb, "jpeg", photo.metadata, provenance, quality=QUALITY)
    return pictures


def data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
