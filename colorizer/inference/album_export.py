"""Write the photographs of one visit, coloured at full size: as single files, or together in a ZIP."""

import io
import zipfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

from colorizer.imaging import formats, writing
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.colorizer import Colorizer

FORMATS = {"JPEG": "jpeg", "PNG": "png", "TIFF": "tiff"}
"""Formats that can be written, by their names in `Photo.format`."""

MAX_ARCHIVE_BYTES = album.MAX_BYTES
"""Largest size of one archive, in bytes."""


class ArchiveFullError(ValueError):
    """The files do not fit into one archive."""


def export_format(photograph: Photograph, format: str | None = None) -> str:
    """`format` if given, else the photograph's own where it can be written, else PNG."""
    return format or FORMATS.get(photograph.format, "png")


def export_photograph(photograph: Photograph, colorizer: Colorizer, look: Look, format: str | None = None) -> bytes:
    """The coloured photograph at full size, as a file. The network does not run."""
    format = export_format(photograph, format)
    photo = album.read(photograph, master=format == "tiff")
    rgb = album.render(photo.pixels, photograph, colorizer, look, photo.depth_in(format))
    mark = album.mark_of(rgb, photograph, colorizer, look)
    caption = look.caption and mark is not None
    return writing.write(rgb, format, photo.metadata, mark, caption=caption, alpha=photo.alpha)


def export_archive(
    photographs: Iterable[tuple[Photograph, Look]],
    colorizer: Colorizer,
    format: str | None = None,
    turn: Callable[[Photograph], AbstractContextManager] = nullcontext,
) -> bytes:
    """ZIP of coloured photographs at full size, each in its own look.

    Args:
        turn: gives the context in which a photograph is coloured: to show progress, and to wait in a queue.

    Raises:
        ArchiveFullError: the archive would grow beyond `MAX_ARCHIVE_BYTES`.
    """
    buffer, taken = io.BytesIO(), set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for photograph, look in photographs:
            with turn(photograph):
                data = export_photograph(photograph, colorizer, look, format)
            if buffer.tell() + len(data) > MAX_ARCHIVE_BYTES:
                raise ArchiveFullError(
                    f"One ZIP holds up to {MAX_ARCHIVE_BYTES // 1024**2} MB. "
                    "Choose JPEG, or download one photograph at a time."
                )
            name = formats.output_name(photograph.name, export_format(photograph, format), taken)
            archive.writestr(zipfile.ZipInfo(name), data)  # no time inside: the same photographs give the same bytes
    return buffer.getvalue()
