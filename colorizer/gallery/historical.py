"""Public-domain photographs of the Library of Congress (FSA/OWI, 1935-1943), fetched when somebody asks for them.

The list ships as `historical.csv`: the columns of `captions.csv`, and where each picture lies. Its addresses follow the
Library's pattern; whoever finds one that has moved, corrects it there.
"""

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from colorizer.gallery import captions
from colorizer.gallery.captions import Caption
from colorizer.gallery.fetching import FetchError, FetchStoppedError, UnreachableError, fetch
from storage.files import write_file
from storage.settings import data_folder

NAME = "historical"
LIST = Path(__file__).with_name("historical.csv")
USUAL_BYTES = 200_000
"""About what one of the Library's copies for the screen, of some 1000 pixels, has. The list does not say."""

PAUSE = 1.0
"""Seconds between two photographs: the Library gives them away, and is not to be hurried."""

GIVE_UP = 2
"""Photographs in a row from which no answer came, after which the others are not tried."""


@dataclass(frozen=True)
class Item:
    """A photograph that can be fetched."""

    file: str
    """Name it gets here."""
    caption: Caption
    picture: str
    """Where it lies."""


@dataclass(frozen=True)
class Plan:
    """What is about to be fetched, to be shown before it is."""

    items: tuple[Item, ...]
    """Those that are not there yet."""
    hosts: tuple[str, ...]
    usual_bytes: int
    """What they will probably have, all together."""

    def __str__(self) -> str:
        if not self.items:
            return "All photographs are there already."
        hosts, megabytes = " and ".join(self.hosts), max(1, round(self.usual_bytes / 1e6))
        return f"{len(self.items)} photographs from {hosts}, about {megabytes} MB together."


def list_items(path: Path = LIST) -> list[Item]:
    """The list, in the order in which it is shown."""
    names = [field.name for field in fields(Caption)]
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Item(row["file"], Caption(**{name: row[name] for name in names}), row["picture"]) for row in rows]


def downloads_folder() -> Path:
    """Where they go by default: `$HUESTORY_DATA/downloads/historical`. Raises SettingError."""
    return data_folder() / "downloads" / NAME


def plan(folder: Path, items: list[Item] | None = None) -> Plan:
    """What of the list is missing in a folder."""
    items = list_items() if items is None else items
    missing = tuple(item for item in items if not (folder / item.file).exists())
    hosts = sorted({urlsplit(item.picture).netloc for item in missing})
    return Plan(missing, tuple(hosts), USUAL_BYTES * len(missing))


def download(
    folder: Path,
    items: list[Item] | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, file: None,
    stopped: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """Fetch into a folder what of the list is missing there, and write `captions.csv` beside it.

    Args:
        progress: told before each photograph how many are done, of how many, and which is next; and at the end.
        stopped: asked whether to stop.
        wait: how to pass the seconds between photographs.

    Returns:
        What was refused, and why, by file.

    Raises:
        FetchStoppedError: somebody said stop; what is there is kept, and is not fetched again.
        OSError: the disk refused.
    """
    items, refused, silent = list_items() if items is None else items, {}, 0
    folder.mkdir(parents=True, exist_ok=True)
    for done, item in enumerate(items):
        if stopped():
            raise FetchStoppedError("stopped.")
        if (folder / item.file).exists():
            continue
        if silent >= GIVE_UP:
            refused[item.file] = "not tried: there was no answer for those before it. Try again later."
            continue
        progress(done, len(items), item.file)
        try:
            fetch(item.picture, folder / item.file, stopped, wait=wait)
            silent = 0
        except FetchStoppedError:
            raise
        except FetchError as error:
            refused[item.file] = str(error)
            silent = silent + 1 if isinstance(error, UnreachableError) else 0
        finally:
            write_captions(folder, items)
        wait(PAUSE)
    progress(len(items), len(items), "")
    return refused


def write_captions(folder: Path, items: list[Item]) -> None:
    """`captions.csv` for what is there. A file that is there already, perhaps edited, keeps its rows."""
    path = folder / captions.NAME
    written = captions.read_captions(path.read_bytes()) if path.exists() else {}
    there = {item.file: item.caption for item in items if (folder / item.file).exists()}
    if set(there) - set(written):
        write_file(path, captions.write_captions(written | {f: c for f, c in there.items() if f not in written}))
