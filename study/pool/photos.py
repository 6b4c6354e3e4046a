"""The photographs of a study, from a folder, a ZIP file or memory; read one at a time, never unpacked to disk."""

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from storage.files import readable
from study import StudyError

EXTENSIONS = frozenset(".jpg .jpeg .jfif .jpe .png .tif .tiff .webp .bmp .gif".split())
"""Suffixes, in upper or lower case, of the files that are taken from folders and archives."""

SAMPLES = "samples"
"""The word that an organizer writes instead of a folder to use the sample photographs of Huestory."""

ZIP_MAX_FILES = 5_000
ZIP_MAX_FILE_BYTES = 100 * 2**20
ZIP_MAX_BYTES = 4 * 2**30
"""Limits of an archive: number of files, unpacked bytes of one file, unpacked bytes of all files."""


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,  # also a name that is not UTF-8
    OverflowError,
    MemoryError,  # LZMA asks for as much as the file says
    RuntimeError,
    NotImplementedError,
    KeyError,
    IndexError,
)
"""What `zipfile` and its decompressors raise for damaged archives, whatever the damage."""


class PhotoError(StudyError, ValueError):
    """One photograph cannot be part of a study; the others can."""


class ArchiveError(StudyError, ValueError):
    """A ZIP file is damaged or unsafe; nothing in it was used."""


class NoPhotosError(StudyError, ValueError):
    """There is no photograph in a folder or archive."""


@dataclass(frozen=True)
class Photos:
    """Photographs by name, read one at a time."""

    names: tuple[str, ...]
    """relative paths with forward slashes, sorted"""
    read: Callable[[str], bytes]
    """name -> the file's bytes; raises PhotoError or OSError if the file cannot be read"""
    size: int = 0
    """bytes of all of them, of an archive when unpacked; 0 if that is not known"""

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "Photos":
        """Photographs in memory: uploads, or samples."""
        return cls(tuple(sorted(files)), files.__getitem__)

    @classmethod
    def from_folder(cls, folder: Path, also: str | None = None) -> "Photos":
        """The photographs in a folder and its sub-folders. Hidden files and other kinds of file are skipped.

        Args:
            also: a file name that is taken as well, in any sub-folder.

        Raises:
            NoPhotosError: there is no photograph or no such folder.
        """
        folder = Path(folder)
        paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        found: dict[str, Path] = {}
        for name in sorted(name for name in paths if _is_taken(name, also)):
            found[_free(readable(name), found)] = paths[name]
        if not found:
            raise NoPhotosError(f"a folder of photographs must hold some ({_listed(EXTENSIONS)}). {folder} holds none.")
        size = sum(path.stat().st_size for path in found.values())
        return cls(tuple(sorted(found)), lambda name: found[name].read_bytes(), size)

    @classmethod
    def from_zip(cls, path: Path | BinaryIO, also: str | None = None) -> "Photos":
        """The photographs in a ZIP file. Nothing is unpacked to disk; an unsafe archive is refused as a whole.

        Args:
            also: a file name that is taken as well, in any sub-folder.

        Raises:
            ArchiveError: it is damaged, encrypted, too large when unpacked, or has paths that lead out of it.
            NoPhotosError: there is no photograph in it.
        """
        try:
            archive = zipfile.ZipFile(path)
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        except _DAMAGED as error:
            raise ArchiveError(f"a ZIP file must be whole and readable. {path}: {error}.") from error
        _check_archive(path, entries)
        taken = {entry.filename: entry for entry in entries if _is_taken(entry.filename, also)}
        names, size = tuple(sorted(taken)), sum(entry.file_size for entry in taken.values())
        if not names:
            raise NoPhotosError(f"an archive of photographs must hold some ({_listed(EXTENSIONS)}). {path} holds none.")
        return cls(names, lambda name: _read_member(archive, name), size)


def open_photos(source: str, samples: Callable[[], Mapping[str, bytes]]) -> Photos:
    """Open the photographs of an organizer's text: a folder, a ZIP file, or the word `samples`.

    Args:
        samples: returns the sample photographs, file name -> bytes.

    Raises:
        NoPhotosError: there is no photograph.
        ArchiveError: the ZIP file is damaged or unsafe.
    """
    if source == SAMPLES:
        return Photos.from_files(samples())
    path = Path(source)
    return Photos.from_zip(path) if path.is_file() else Photos.from_folder(path)


def _is_taken(name: str, also: str | None) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") or part in ("__MACOSX", "@eaDir") for part in path.parts)
    return not hidden and (path.suffix.lower() in EXTENSIONS or path.name == also)


def _free(name: str, taken: Iterable[str]) -> str:
    """The name, with a number if it is taken."""
    path, free, number = PurePosixPath(name), name, 2
    while free in taken:
        free, number = path.with_name(f"{path.stem}_{number}{path.suffix}").as_posix(), number + 1
    return free


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _check_archive(path: Path | BinaryIO, entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > ZIP_MAX_FILES:
        raise ArchiveError(f"an archive may hold {ZIP_MAX_FILES} files. {path} has {len(entries)}: split it.")
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or re.match("[A-Za-z]:", parts[0]):
            raise ArchiveError(f"names in an archive must stay inside it. {path} has {entry.filename!r}.")
        if entry.flag_bits & 1:
            raise ArchiveError(f"an archive must not be encrypted. {path} has {entry.filename!r} locked.")
        if entry.file_size > ZIP_MAX_FILE_BYTES:
            raise ArchiveError(
                f"a file in an archive may unpack to {ZIP_MAX_FILE_BYTES} bytes. {entry.filename!r} in {path} says "
                f"{entry.file_size}."
            )
    total = sum(entry.file_size for entry in entries)
    if total > ZIP_MAX_BYTES:
        raise ArchiveError(f"an archive may unpack to {ZIP_MAX_BYTES} bytes. {path} says {total}: split it.")


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as member:
            data = member.read(ZIP_MAX_FILE_BYTES + 1)  # `zipfile` returns at most the size that the entry states
    except _DAMAGED as error:
        raise PhotoError(f"it is damaged in the archive: {error}") from error
    if len(data) > ZIP_MAX_FILE_BYTES:
        raise PhotoError(f"it unpacks to more than {ZIP_MAX_FILE_BYTES} bytes.")
    return data
