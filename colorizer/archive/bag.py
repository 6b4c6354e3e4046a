"""BagIt: the results of a batch as a bag, which archives exchange and check (RFC 8493).

OUTPUT_DIR/
  bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt
  data/             what a batch writes: pictures, manifest, tables
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer.archive.manifest import LOCK, NAME, ManifestError

if TYPE_CHECKING:
    from types import ModuleType

DECLARATION = "bagit.txt"
DATA = "data"

_INFO = {"External-Description": "Photographs coloured by Huestory; their colours are guesses of software."}
_LEFT_OPEN = "A bag must be closed. {} could not be, it says: {}. Mend that, then give the same command with --resume."


class BagError(ManifestError):
    """A folder cannot become a bag, or is one that cannot be read."""


def is_bag(folder: Path) -> bool:
    return (folder / DECLARATION).is_file()


def open_bag(folder: Path) -> Path:
    """Make a folder a bag, if it is none yet; returns the folder for the results in it.

    The results of an earlier batch in the folder are moved into the bag. Until `close_bag` the bag is incomplete.

    Raises:
        BagError: the folder holds something else, or cannot be changed.
    """
    if not is_bag(folder):
        if not (folder / NAME).exists() and any(folder.iterdir()):
            raise BagError(
                f"A bag is made in an empty folder, or in one that holds a batch. {folder} holds other files: choose "
                "another folder."
            )
        try:
            _bagit().make_bag(folder, dict(_INFO), checksums=["sha256"])
        except Exception as error:  # the library raises several unrelated types
            raise BagError(_LEFT_OPEN.format(folder, error)) from error
    return folder / DATA


def close_bag(folder: Path) -> None:
    """Write the checksums of all that lies in the bag.

    Raises:
        BagError: they cannot be written.
    """
    (folder / DATA / LOCK).unlink(missing_ok=True)
    try:
        _bagit().Bag(str(folder)).save(manifests=True)
    except Exception as error:
        raise BagError(_LEFT_OPEN.format(folder, error)) from error


def check_bag(folder: Path) -> Iterator[tuple[str, str]]:
    """What is wrong with the bag: path in the bag and reason, for each file.

    Raises:
        BagError: its own files are damaged, so that nothing can be said of the others.
    """
    bagit = _bagit()
    try:
        bag = bagit.Bag(str(folder))
        bag.info.pop("Payload-Oxum", None)  # number and bytes of the files: if wrong, no file would be named
        bag.validate()
    except bagit.BagValidationError as error:
        if not error.details:
            yield str(folder), str(error)
        for detail in error.details:
            yield detail.path, _reason(detail)
    except Exception as error:
        raise BagError(f"A bag must have sound tag files. {folder} says: {error}.") from error


def _reason(detail: Exception) -> str:
    kind = type(detail).__name__
    return {
        "ChecksumMismatch": "altered: it no longer has the checksum of the bag",
        "FileMissing": "missing: the bag names it",
        "UnexpectedFile": "added: the bag does not name it",
    }.get(kind, str(detail))


def _bagit() -> "ModuleType":
    import bagit

    logging.getLogger("bagit").setLevel(logging.CRITICAL)  # what is wrong is reported by the caller
    return bagit
