"""Where the audit trail of a study is kept: in a file of its folder, or in the database of the votes.

Events are only ever added. When a study is deleted, its trail stays: in the database, or as `ID.trail.jsonl` beside the
folder that is gone.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from storage import settings
from storage.files import rename, saving
from storage.journal import Journal
from study.trail.event import Event
from study.votes.record import check_id

TRAIL_FILE = "trail.jsonl"
_LEFT = ".trail.jsonl"


class Trail(Protocol):
    """The interface of the trail of one study."""

    def add(self, event: Event) -> None:
        """Save an event; it is on the disk when this returns. Raises NotSavedError."""

    def read(self) -> list[Event]:
        """Every event, oldest first, also those of earlier studies with the same id."""

    def leave(self) -> None:
        """Move the trail out of the folder of a study that is about to be deleted."""


class FileTrail:
    """The trail of the study in a folder, in `trail.jsonl`."""

    def __init__(self, folder: Path):
        folder = Path(folder).resolve()
        self._path, self._left = folder / TRAIL_FILE, left_trail(folder)

    def add(self, event: Event) -> None:
        journal = Journal(self._path, "", _is_json)
        with journal.exclusive():
            journal.append([json.dumps(asdict(event), ensure_ascii=False)])
        journal.close()

    def read(self) -> list[Event]:
        return read_file(self._left) + read_file(self._path)

    def leave(self) -> None:
        if not self._left.exists():
            with saving(self._left):
                rename(self._path, self._left)
            return
        journal = Journal(self._left, "", _is_json)
        with journal.exclusive():
            journal.append(Journal(self._path, "", _is_json).read())
        journal.close()


def open_trail(study: str, folder: Path, url: str | None = None) -> Trail:
    """Open the trail of a study: a file, or the database at `url` (default: `HUESTORY_DATABASE_URL`).

    Raises:
        BadVoteError: `study` is not a valid id.
        StorageError: the database cannot be used; the message says why.
    """
    check_id("study", study)
    url = url if url is not None else settings.database_url()
    if not url:
        return FileTrail(folder)
    from study.trail.sql_trail import DatabaseTrail

    return DatabaseTrail(study, url)


def deleted_studies(folder: Path, url: str | None = None) -> dict[str, list[Event]]:
    """The trails that deleted studies have left, id -> events.

    Args:
        folder: that in which the studies lie.
    """
    url = url if url is not None else settings.database_url()
    there = {path.parent.name for path in Path(folder).glob("*/study.json")}
    if not url:
        left = sorted(Path(folder).glob(f"*{_LEFT}"))
        return {path.name.removesuffix(_LEFT): read_file(path) for path in left}
    from study.trail.sql_trail import DatabaseTrail, studies_with_trail

    names = [name for name in studies_with_trail(url) if name not in there]
    return {name: DatabaseTrail(name, url).read() for name in names}


def left_trail(folder: Path) -> Path:
    """The file in which a deleted study in `folder` leaves its trail."""
    return folder.with_name(f"{folder.name}{_LEFT}")


def read_file(path: Path) -> list[Event]:
    """The events in a file, oldest first; none if it is missing. Fields of a later version are ignored."""
    names = Event.__annotations__
    lines = map(json.loads, Journal(path, "", _is_json).read())
    return [Event(**{name: value for name, value in values.items() if name in names}) for values in lines]


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
