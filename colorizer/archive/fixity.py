"""Fixity: are the results of a batch still as they were written?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from colorizer.archive import bag
from colorizer.archive.manifest import DONE, NAME, Entry, Manifest, ManifestError
from colorizer.archive.task import checksum_of


class NoBatchError(ManifestError):
    """The folder holds no batch."""


@dataclass(frozen=True)
class Check:
    """What was found of one file."""

    path: Path
    wrong: str = ""
    """What is wrong with it; empty if nothing is."""
    by_size_only: bool = False
    """Whether the manifest, one of an early version, knows no checksum of it."""


def verify(folder: Path) -> Iterator[Check]:
    """Compare the results of a batch with its manifest and, in a bag, all files with the checksums of the bag.

    Nothing is written. Each file that is wrong comes once.

    Raises:
        NoBatchError: there is no manifest in the folder.
        ManifestError: the manifest or the bag cannot be read.
    """
    is_bag = bag.is_bag(folder)
    results = folder / bag.DATA if is_bag else folder
    path = results / NAME
    if not path.is_file() and not is_bag:
        raise NoBatchError(f"What is verified must hold a batch. {folder} has no {NAME}: name the one it wrote.")
    told = set()
    for entry in Manifest(path).entries.values():
        if entry.status == DONE:
            check = _check(entry, results)
            if check.wrong:
                told.add(check.path)
            yield check
    if is_bag:
        for name, wrong in bag.check_bag(folder):
            if folder / name not in told:
                yield Check(folder / name, wrong)


def _check(entry: Entry, results: Path) -> Check:
    path = results / entry.output
    try:
        if path.stat().st_size == entry.output_bytes:
            if not entry.output_sha256:
                return Check(path, by_size_only=True)
            if checksum_of(path) == entry.output_sha256:
                return Check(path)
    except FileNotFoundError:
        return Check(path, f"missing: it was made from {entry.key}")
    except OSError as error:
        return Check(path, f"cannot be read: {error.strerror}")
    return Check(path, f"altered since it was made from {entry.key}")
