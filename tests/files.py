"""Files for tests, made in memory."""

import io
import zipfile

from PIL import Image


def encode(pixels, format: str = "JPEG", mode: str | None = None, **options) -> bytes:
    """Return a picture as a file's bytes; pixels are an array or a Pillow image, `mode` is a Pillow mode."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    stream = io.BytesIO()
    (image.convert(mode) if mode else image).save(stream, format, **options)
    return stream.getvalue()


def pack(entries: dict[str, bytes]) -> bytes:
    """Return a ZIP of these files; the keys are their names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()
