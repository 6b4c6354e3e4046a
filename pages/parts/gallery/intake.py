"""Input for a gallery: uploaded photographs, ZIP files or a folder on the server, and captions for them."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from colorizer import images
from colorizer.gallery import captions
from colorizer.gallery.catalogue import galleries_folder
from colorizer.gallery.collection import (
    Gallery,
    GalleryError,
    UnreadablePictureError,
    check_number,
    is_picture,
)
from storage.files import check_room
from study import StudyError
from study.pool.photos import Photos

TABLES = (".csv", ".tsv", ".txt")
"""Suffixes of tables of captions."""

TAKEN = frozenset({*images.EXTENSIONS, ".zip", *TABLES})
"""Suffixes of the files that can be uploaded."""


COLOURED = 1_500_000
"""Bytes that the pictures made of one photograph take on the disk, at most."""


class NothingGivenError(GalleryError):
    """The input has no photograph."""


class TwoCaptionsError(GalleryError):
    """The input has more than one file of captions."""


@dataclass(frozen=True)
class Intake:
    """Photographs by name, read one at a time, and their captions."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]
    """name -> content; raises UnreadablePictureError if the file cannot be read"""
    captions_csv: bytes | None
    size: int = 0
    """bytes of all photographs, of archives when unpacked"""


def from_uploads(files: Sequence) -> Intake:
    """Take any mix of photographs and ZIP files; captions come from an uploaded CSV or an archive's `captions.csv`.

    Raises:
        TwoCaptionsError: there is more than one file of captions.
        StudyError: an archive is damaged or unsafe, and nothing was taken.
    """
    found: dict[str, Callable[[], bytes]] = {}
    size = 0
    for file in files:
        if file.name.lower().endswith(".zip"):
            archive = Photos.from_zip(io.BytesIO(file.getvalue()), also=captions.NAME)
            size += archive.size
            for name in archive.names:
                _keep(found, name, file.name, lambda archive=archive, name=name: archive.read(name))
        else:
            size += len(file.getvalue())
            _keep(found, file.name, "", file.getvalue)
    return _sort(found, size)


def from_folder(path: str) -> Intake:
    """Take the photographs in a folder or ZIP on the server, with its `captions.csv` if there is one.

    Raises:
        TwoCaptionsError, StudyError: as in `from_uploads`.
    """
    place = Path(path.strip()).expanduser()
    photos = (Photos.from_zip if place.is_file() else Photos.from_folder)(place, also=captions.NAME)
    return _sort({name: lambda name=name: photos.read(name) for name in photos.names}, photos.size)


def check(intake: Intake) -> None:
    """Check that there is a photograph, and room on the disk.

    Raises:
        NothingGivenError: there is none.
        NoRoomError: the disk is nearly full.
    """
    if not intake.names:
        raise NothingGivenError("a gallery needs photographs. Received none.")
    check_room_for(intake)


def check_room_for(intake: Intake) -> None:
    """Raise NoRoomError if the disk has no room for the photographs and what is made of them."""
    check_room(galleries_folder(), intake.size + COLOURED * len(intake.names))


def add_to(gallery: Gallery, intake: Intake) -> dict[str, str]:
    """Add photographs to a gallery, or captions for those it has; return the reasons for what was left out.

    If the captions name every photograph, their order becomes the order of the gallery. Otherwise the order stays, and
    new photographs come last.

    Raises:
        CaptionsError, GalleryFullError, NoRoomError: nothing was added.
        OSError: a file could not be written.
    """
    files = {file: file for file in gallery.captions()}
    check_number(len(files) + len(intake.names))
    check_room_for(intake)
    known = [*files, *(name for name in intake.names if name not in files)]
    table = captions.Table({}) if intake.captions_csv is None else captions.read_table(intake.captions_csv, known)
    captions.check_size(captions.write_captions(gallery.captions() | table.captions))
    refused = table.remarks()
    for name in intake.names:
        try:
            files[name] = gallery.add(name, intake.read(name))
        except UnreadablePictureError as error:
            refused[name] = str(error)
    new = {files[name]: caption for name, caption in table.captions.items() if name in files}
    old = gallery.captions()
    gallery.arrange(new if set(new) == set(old) else old | new)
    return refused


def _keep(found: dict[str, Callable[[], bytes]], name: str, source: str, read: Callable[[], bytes]) -> None:
    """Add a file to `found`; two uploads may have files of one name, so the later gets its source or a number added."""
    number, free = 1, name
    while free in found:
        number += 1
        free = f"{source or number}/{name}" if number == 2 else f"{source}{number}/{name}"
    found[free] = read


def _sort(found: Mapping[str, Callable[[], bytes]], size: int) -> Intake:
    tables = [name for name in found if name.lower().endswith(TABLES)]
    if len(tables) > 1:
        raise TwoCaptionsError(f"one file has the captions. Received {len(tables)}: {', '.join(tables)[:200]}.")
    names = tuple(name for name in found if is_picture(PurePosixPath(name).name))

    def read(name: str) -> bytes:
        try:
            return found[name]()
        except (StudyError, OSError) as error:
            raise UnreadablePictureError(str(error)) from error

    return Intake(names, read, found[tables[0]]() if tables else None, size)
