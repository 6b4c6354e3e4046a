"""Small galleries for tests: grey crops of the photographs that come with scikit-image."""

import numpy as np
import skimage.data

from colorizer.gallery.captions import Caption, write_captions
from colorizer.gallery.catalogue import create_gallery
from colorizer.gallery.collection import (
    Gallery,
)
from tests.files import encode
from tests.tiny import TinyColorizer

CAPTION = Caption(
    "A man <b>& his camera</b>",
    "1935",
    "A. “Photo” Grapher",
    "Our museum <script>alert(1)</script>",
    "Public domain",
    "https://museum.example.org/item?a=1&b=2",
    "First line\nsecond line",
)


def jpeg(number: int = 0, size: tuple[int, int] = (96, 128)) -> bytes:
    """Return a grey photograph as a JPEG file; each number gives a different crop."""
    camera = skimage.data.camera()
    crop = np.roll(camera, 37 * number, axis=(0, 1))[100 : 100 + size[0], 100 : 100 + size[1]]
    return encode(crop, quality=90)


def files(count: int = 3) -> dict[str, bytes]:
    return {f"scan_{number}.jpg": jpeg(number) for number in range(count)}


def make_gallery(
    count: int = 3, title: str = "Our street", published: bool = True, coloured: bool = True, **options
) -> Gallery:
    """Make a gallery whose first photograph has a text in every caption field."""
    pictures = files(count)
    table = write_captions({name: CAPTION if name == "scan_0.jpg" else Caption() for name in pictures})
    gallery, _ = create_gallery(
        title, "resnet50_unet", list(pictures), pictures.__getitem__, table, published=published, **options
    )
    if coloured:
        gallery.colour(TinyColorizer())
    return gallery
