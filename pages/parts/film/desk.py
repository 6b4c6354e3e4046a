"""The films that visitors have uploaded: each in a folder of its own on the server, for a day at most."""

import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from colorizer.film import source
from colorizer.film.errors import FilmError
from colorizer.film.source import Film
from pages.parts.background import get_tasks
from storage.files import check_room
from storage.settings import data_folder

MEGABYTES = 200
"""Largest film that is taken here."""

MINUTES = 10
"""Longest film that is taken here."""

KEPT_HOURS = 24
"""So long is a film kept on the server after the last work on it."""


@dataclass(frozen=True)
class Desk:
    """A film and what is made of it.

    Args:
        folder: where all of it is; its name is a secret of the visitor.
        name: of the file as the visitor has it.
        film: what is known of it.
    """

    folder: Path
    name: str
    film: Film

    @property
    def colored(self) -> Path:
        return self.folder / "colored.mp4"

    @property
    def preview(self) -> Path:
        return self.folder / "preview.mp4"

    @property
    def pair(self) -> Path:
        """The preview beside the original."""
        return self.folder / "pair.mp4"

    @property
    def output_name(self) -> str:
        return f"{PurePath(self.name).stem}_colorized.mp4"

    def clear(self) -> None:
        """Stop all work on the film and delete it."""
        for kind in ("preview", "film"):
            get_tasks().end(task_name(self, kind))
        shutil.rmtree(self.folder, ignore_errors=True)


def receive(upload) -> Desk:
    """Take an uploaded film.

    Raises:
        FilmError: it cannot be coloured here; its subclass tells why.
        OSError: it cannot be kept.
    """
    delete_old()
    check_room(data_folder(), 4 * upload.size)  # with what will be made of it
    folder = _films() / secrets.token_hex(16)  # part of a component's name, where Streamlit allows no "__"
    folder.mkdir(parents=True)
    path = folder / f"original{PurePath(upload.name).suffix.lower()}"
    try:
        with open(path, "wb") as file:
            shutil.copyfileobj(upload, file)
        film = source.probe(path)
        source.check_length(film, 60 * MINUTES)
    except FilmError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise type(error)(str(error).replace(path.name, upload.name)) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Desk(folder, upload.name, film)


def delete_old() -> None:
    """Delete the films on which nobody has worked for `KEPT_HOURS`."""
    now = time.time()
    with suppress(FileNotFoundError):
        for folder in _films().iterdir():
            with suppress(OSError):
                times = {path: path.stat().st_mtime for path in (folder, *folder.rglob("*"))}
                for path in (path for path, changed in times.items() if changed > now + 3600):
                    os.utime(path, (now, now))  # from before the clock was set back: the hours count from now
                if max(times.values()) < now - 3600 * KEPT_HOURS:
                    shutil.rmtree(folder, ignore_errors=True)


def task_name(desk: Desk, kind: str) -> str:
    return f"film {desk.folder.name} {kind}"


def _films() -> Path:
    return data_folder() / "films"
