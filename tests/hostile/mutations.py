"""Small files of every kind that is taken, and damages done to them at random, repeatable by a seed."""

import io
import random
import struct
import zipfile
from collections.abc import Callable

import numpy as np
from PIL import Image

from colorizer.gallery.captions import Caption, write_captions
from tests.colorizer.imaging.test_masters import HEIC

PHOTOGRAPHS = {
    "grey.jpg": ("L", "JPEG", {"quality": 85}),
    "progressive.jpg": ("RGB", "JPEG", {"progressive": True}),
    "print.jpg": ("CMYK", "JPEG", {}),
    "camera.jpg": ("RGB", "JPEG", {"exif": True}),
    "grey.png": ("L", "PNG", {}),
    "palette.png": ("P", "PNG", {}),
    "alpha.png": ("RGBA", "PNG", {}),
    "deep.png": ("I;16", "PNG", {}),
    "bilevel.tif": ("1", "TIFF", {"compression": "group4"}),
    "lzw.tif": ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    "deep.tif": ("I;16", "TIFF", {}),
    "pages.tif": ("L", "TIFF", {"pages": 3}),
    "lossy.webp": ("RGB", "WEBP", {}),
    "lossless.webp": ("RGBA", "WEBP", {"lossless": True}),
    "plain.bmp": ("RGB", "BMP", {}),
    "moving.gif": ("P", "GIF", {"pages": 3}),
    "new.avif": ("RGB", "AVIF", {}),
}
"""Name of each kind of photograph -> Pillow's mode, its format, and options for saving."""

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def make_seeds() -> dict[str, bytes]:
    """A sound file of every kind of photograph, by name."""
    return {name: _photograph(*kind) for name, kind in PHOTOGRAPHS.items()} | {"phone.heic": HEIC}


def make_table() -> bytes:
    """A table of captions."""
    texts = ("Crossroads; Alabama", 'He said "no"', "Ä, ß\nnext line", "=1+1", "x" * 300)
    return write_captions({f"scan_{n}.jpg": Caption(text, "1936", url="https://x.org") for n, text in enumerate(texts)})


def make_archive(members: dict[str, bytes], rng: random.Random) -> bytes:
    """A ZIP of these files, packed in a way that is drawn."""
    stream = io.BytesIO()
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(rng.choice(("", "box/", "Straße/")) + name, data, rng.choice(methods))
    return stream.getvalue()


def damage(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """One to four damages, each of a kind that is drawn; heads of files are hit more often than the rest."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(_DAMAGES)(data, other, rng)
    return data


def _photograph(mode: str, format: str, options: dict) -> bytes:
    rng = np.random.default_rng(3)
    ramp = np.linspace(0, 255, 64)[None, :, None] + rng.normal(0, 12, (48, 64, 3))
    image = Image.fromarray(ramp.clip(0, 255).astype(np.uint8))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    elif mode != "RGB":
        image = image.convert(mode)
    options = dict(options)
    if options.pop("exif", False):
        exif = Image.Exif()
        exif[0x0112], exif[0x010F], exif[0x9003] = 6, "Camera", "2001:02:03 04:05:06"
        options["exif"] = exif
    if pages := options.pop("pages", 0):
        options |= {"save_all": True, "append_images": [image.rotate(90 * n) for n in range(1, pages)]}
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def _place(data: bytes, rng: random.Random) -> int:
    head = rng.random() < 0.6
    return rng.randrange(min(len(data), 256) if head else len(data)) if data else 0


def _flip(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :] if data else data


def _overwrite(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at, size = _place(data, rng), rng.randint(1, 16)
    return data[:at] + rng.randbytes(size) + data[at + size :]


def _number(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at, value = _place(data, rng), rng.choice(_NUMBERS)
    kind = rng.choice("HIQ")
    packed = struct.pack(rng.choice("<>") + kind, value & (1 << 8 * struct.calcsize(f"<{kind}")) - 1)
    return data[:at] + packed + data[at + len(packed) :]


def _cut(data: bytes, other: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _remove(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + rng.randint(1, 64) :]


def _repeat(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at, size = _place(data, rng), rng.randint(1, 200)
    return data[:at] + data[at : at + size] * rng.randint(2, 20) + data[at + size :]


def _splice(data: bytes, other: bytes, rng: random.Random) -> bytes:
    return data[: _place(data, rng)] + other[_place(other, rng) :]


def _append(data: bytes, other: bytes, rng: random.Random) -> bytes:
    return data + (other if rng.random() < 0.5 else rng.randbytes(rng.randint(1, 500)))


_DAMAGES: tuple[Callable[[bytes, bytes, random.Random], bytes], ...] = (
    _flip,
    _overwrite,
    _number,
    _number,
    _cut,
    _remove,
    _repeat,
    _splice,
    _append,
)
