"""The ways in which a file comes to Huestory. Each takes bytes, and refuses them in words or uses them."""

import contextlib
import io
from pathlib import Path

import numpy as np

from colorizer import images
from colorizer.cli import loading
from colorizer.cli.main import main
from colorizer.gallery.captions import CaptionsError, read_table, write_captions
from colorizer.imaging.errors import ImageError
from colorizer.inference import album
from study import StudyError
from study.pool.photos import Photos
from tests.tiny import TinyColorizer

MAX_PIXELS = 4_000_000
"""Largest photograph that is read here, so that thousands of files do not take hours."""


class SilentError(AssertionError):
    """A file was refused without a word, or with words for nobody."""


def by_reader(data: bytes, name: str, folder: Path) -> None:
    """`images.read`, and a picture with the metadata that were read is written."""
    with contextlib.suppress(ImageError):
        photo = images.read(data, max_pixels=MAX_PIXELS)
        for format in ("jpeg", "tiff"):
            images.write(np.full((*photo.pixels.shape[:2], 3), 99, np.uint8), format, photo.metadata)


def by_upload(data: bytes, name: str, folder: Path) -> None:
    """What the colour page does with a file: read, colour, show."""
    photographs: dict[str, album.Photograph] = {}
    album.add(photographs, "key", name, data)
    photograph, colorizer = photographs["key"], TinyColorizer()
    album.develop(photograph, colorizer)
    if photograph.refusal is None:
        album.render_view(photograph, colorizer, album.Look())
    elif "Something went wrong" in photograph.refusal or not photograph.refusal.strip():
        raise SilentError(photograph.refusal)


def by_command(data: bytes, name: str, folder: Path) -> None:
    """`python -m colorizer colorize` in this process, with a small model: exit status and one line for each refusal."""
    path, output = folder / name, folder / "out"
    path.write_bytes(data)
    load, loading.load_colorizer = loading.load_colorizer, lambda name, **options: TinyColorizer()
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            status = main(["colorize", str(path), "--output", str(output)])
    finally:
        loading.load_colorizer = load
    if status not in (0, 1) or (status == 1 and f"error: {path}" not in errors.getvalue()):
        raise SilentError(f"exit status {status}, and {errors.getvalue()!r}")


def by_archive(data: bytes, name: str, folder: Path) -> None:
    """A ZIP of a gallery or a study: every photograph in it is read or refused."""
    with contextlib.suppress(StudyError):
        photos = Photos.from_zip(io.BytesIO(data), also="captions.csv")
        for member in photos.names:
            member.encode()
            with contextlib.suppress(StudyError):
                photos.read(member)


def by_captions(data: bytes, name: str, folder: Path) -> None:
    """A table of captions: what is taken of it can be written and read again."""
    with contextlib.suppress(CaptionsError):
        table = read_table(data, [f"scan_{number}.jpg" for number in range(5)])
        if read_table(write_captions(table.captions), list(table.captions)).captions != table.captions:
            raise SilentError("the captions are others when they are read again")
        table.remarks()


PHOTOGRAPH_ROUTES = {"reader": by_reader, "upload": by_upload, "command": by_command}
ROUTES = {**PHOTOGRAPH_ROUTES, "archive": by_archive, "captions": by_captions}
"""Each way by its name, which stands in the names of the files that were kept."""
