"""Versions of stored JSON files: a later one is refused by name, and fields that this version does not know are kept.

A file has its version as `format`; those written before there was one have none, and count as version 1. The number
grows when an earlier program could no longer use the file; a new field with a default needs no new number.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from storage import StorageError

FORMAT = "format"


class NewerDataError(StorageError):
    """A file was written by a later version of this program."""


class NotAnObjectError(StorageError, ValueError):
    """A file of JSON holds something else than names with values."""


def check_format(path: Path, values: Mapping[str, object], known: int) -> None:
    """Check what a file holds.

    Raises:
        NotAnObjectError: it holds no names with values.
        NewerDataError: it is of a later format than `known`.
    """
    if not isinstance(values, Mapping):
        raise NotAnObjectError(f"{path} must hold names with values. Received {str(values)[:40]!r}")
    found = values.get(FORMAT, 1)
    if not isinstance(found, int) or found > known:
        raise NewerDataError(
            f"{path} must be of format {known} or earlier. Received format {found!r}: a later Huestory has written it. "
            "Start that one; nothing was changed."
        )


def only(values: Mapping[str, object], known: Iterable[str]) -> dict[str, object]:
    """The values of the known fields."""
    known = set(known)
    return {name: value for name, value in values.items() if name in known}


def with_unknown(path: Path, values: Mapping[str, object], number: int) -> dict[str, object]:
    """The values to write, with the fields of the present file that are not among them, and the format.

    Raises:
        OSError, ValueError: the present file cannot be read.
    """
    try:
        present = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        present = {}
    if not isinstance(present, Mapping):
        present = {}
    kept = {name: value for name, value in present.items() if name not in values}
    return {**values, **kept, FORMAT: number}
