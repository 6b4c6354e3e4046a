"""The pool of a study: its stimuli, which are the pictures that participants judge, and the truth about each.

All picture files have a random name, the same length in bytes and the same modification time, so that a file does not
reveal whether its picture is real. The truth is in `pool.json`, which is never sent to a browser.
"""

import json
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from storage.files import readable
from storage.versions import only
from study import StudyError


class MissingPoolError(StudyError):
    """The folder holds no finished pool."""


@dataclass(frozen=True)
class Stimulus:
    """One picture of a pool."""

    id: str
    photo: str
    """id of the photograph; the same for all pictures of one photograph"""
    model: str
    """empty for the real picture, `catch` for absurd colours, else the condition"""
    role: str
    """`practice`, `test` or `catch`: the phase that the photograph is used for"""
    sha256: str

    @property
    def is_real(self) -> bool:
        return self.model == ""


@dataclass(frozen=True)
class Pool:
    """All pictures of a study: PNG files in `folder/pictures`, the truth about them in `folder/pool.json`."""

    folder: Path
    app_version: str
    size: int
    conditions: tuple[dict, ...]
    """name and source of each"""
    photos: tuple[dict, ...]
    """id, name, sha256 of the file and role of each photograph"""
    stimuli: tuple[Stimulus, ...]
    """sorted by id"""
    refused: tuple[dict, ...]
    """name and reason of each photograph left out"""

    @cached_property
    def by_id(self) -> dict[str, Stimulus]:
        return {stimulus.id: stimulus for stimulus in self.stimuli}

    @cached_property
    def by_photo(self) -> dict[tuple[str, str], str]:
        """(photo, model) -> stimulus id."""
        return {(stimulus.photo, stimulus.model): stimulus.id for stimulus in self.stimuli}

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(condition["name"] for condition in self.conditions)

    @property
    def photo_of(self) -> dict[str, str]:
        """stimulus id -> photograph id, for intervals that depend on which pictures show the same photograph."""
        return {stimulus.id: stimulus.photo for stimulus in self.stimuli}

    def photos_for(self, role: str) -> list[str]:
        """Ids of the photographs with the role `practice`, `test` or `catch`."""
        return [photo["photo"] for photo in self.photos if photo["role"] == role]

    def picture(self, stimulus: str) -> bytes:
        """The PNG file of a picture.

        Raises:
            KeyError: there is no such picture in the pool.
        """
        return (self.folder / "pictures" / f"{self.by_id[stimulus].id}.png").read_bytes()


def load_pool(folder: Path) -> Pool:
    """Read a finished pool.

    Raises:
        MissingPoolError: there is none, or `pool.json` is damaged.
    """
    path = Path(folder) / "pool.json"
    try:
        values = json.loads(path.read_text())
        known = [each.name for each in fields(Stimulus)]
        stimuli = tuple(Stimulus(**only(each, known)) for each in values.pop("stimuli"))
        lists = {name: tuple(values.pop(name)) for name in ("conditions", "photos", "refused")}
        for part in ("photos", "refused"):  # earlier versions took names that are not UTF-8 as they are
            lists[part] = tuple({**each, "name": readable(each["name"])} for each in lists[part])
        rest = only(values, {each.name for each in fields(Pool)} - {"folder"})
        return Pool(folder=Path(folder), stimuli=stimuli, **lists, **rest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingPoolError(f"a study's pictures are listed in {path}. It cannot be used: {error}.") from error
