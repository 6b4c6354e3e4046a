"""Files for tests, made in memory."""

import io
import zipfile

from PIL import Image


def encode(pixels, format: str = "JPEG", mode: str | None = None, **options) -> bytes:
    """A picture as a file; pixels are an array or an image of Pillow, `mode` is one of Pillow's."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    stream = io.BytesIO()
    (image.convert(mode) if mode else image).save(stream, format, **options)
    return stream.getvalue()


def pack(entries: dict[str, bytes]) -> bytes:
    """A ZIP of these files by name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()
