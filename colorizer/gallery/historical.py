"""Public-domain photographs of the Library of Congress (FSA/OWI, 1935-1943), downloaded only on request.

The list ships as `historical.csv`: the columns of `captions.csv`, and the address of each picture. The addresses follow
the Library's pattern; if one has moved, correct it there.
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
"""Usual size, in bytes, of one of the Library's copies of about 1000 pixels. The list does not give sizes."""

PAUSE = 1.0
"""Seconds between two photographs, to keep the load on the Library's server low."""

GIVE_UP = 2
"""After so many photographs in a row without an answer, the others are not tried."""


@dataclass(frozen=True)
class Item:
    """A photograph that can be downloaded."""

    file: str
    """Its file name after the download."""
    caption: Caption
    picture: str
    """Address of the picture."""


@dataclass(frozen=True)
class Plan:
    """What a download would fetch, to be shown before it starts."""

    items: tuple[Item, ...]
    """The photographs that are still missing."""
    hosts: tuple[str, ...]
    usual_bytes: int
    """Estimated size of all together, in bytes."""

    def __str__(self) -> str:
        if not self.items:
            return "All photographs are there already."
        hosts, megabytes = " and ".join(self.hosts), max(1, round(self.usual_bytes / 1e6))
        return f"{len(self.items)} photographs from {hosts}, about {megabytes} MB together."


def list_items(path: Path = LIST) -> list[Item]:
    """The photographs of the list, in the order in which they are shown."""
    names = [field.name for field in fields(Caption)]
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Item(row["file"], Caption(**{name: row[name] for name in names}), row["picture"]) for row in rows]


def downloads_folder() -> Path:
    """The default folder for downloads: `$HUESTORY_DATA/downloads/historical`.

    Raises:
        SettingError: `HUESTORY_DATA` cannot be used.
    """
    return data_folder() / "downloads" / NAME


def plan(folder: Path, items: list[Item] | None = None) -> Plan:
    """The photographs of the list that are missing in a folder."""
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
    """Download the photographs of the list that are missing in a folder, and write `captions.csv` there.

    Args:
        progress: called before each photograph with the number done, the total and the file of the next; and at the
            end.
        stopped: called between photographs, pieces and tries; True stops.
        wait: waits for a number of seconds between photographs and tries.

    Returns:
        Why photographs could not be downloaded, by file.

    Raises:
        FetchStoppedError: `stopped` returned True; finished photographs are kept and not downloaded again.
        CaptionsError: an existing `captions.csv` cannot be read.
        OSError: writing to the disk failed.
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
    """Write `captions.csv` for the photographs in the folder. Rows of an existing file are kept, perhaps edited."""
    path = folder / captions.NAME
    written = captions.read_captions(path.read_bytes()) if path.exists() else {}
    there = {item.file: item.caption for item in items if (folder / item.file).exists()}
    if set(there) - set(written):
        write_file(path, captions.write_captions(written | {f: c for f, c in there.items() if f not in written}))
