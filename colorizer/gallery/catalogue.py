"""The galleries that are kept: found by an id that no path can be made of, listed, begun."""

import re
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from colorizer.gallery.captions import NAME, Caption, read_captions, write_captions
from colorizer.gallery.collection import (
    Gallery,
    GalleryConfig,
    MissingGalleryError,
    UnreadablePictureError,
    check_room,
    put,
    write_config,
)
from storage.files import sync, write_file
from storage.settings import data_folder

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def galleries_folder() -> Path:
    """Where galleries are kept: `$HUESTORY_DATA/galleries`, by default `~/.huestory/galleries`. Raises SettingError."""
    return data_folder() / "galleries"


def list_galleries() -> list[Gallery]:
    """The galleries, the newest first. Folders that hold none, or a damaged one, are passed over."""
    galleries = []
    for path in galleries_folder().glob("*/gallery.json"):
        with suppress(MissingGalleryError):
            galleries.append(Gallery(path.parent))
    return sorted(galleries, key=lambda gallery: (gallery.config.created_at, gallery.id), reverse=True)


def find_gallery(gallery: str) -> Gallery:
    """The gallery of this id.

    Raises:
        MissingGalleryError: there is none; no path is made of what cannot be an id.
    """
    if not _ID.fullmatch(gallery):
        raise MissingGalleryError(f"an id is of lower-case letters, digits and hyphens. Received {gallery[:80]!r}.")
    return Gallery(galleries_folder() / gallery)


def create_gallery(
    title: str,
    model: str,
    names: Sequence[str],
    read: Callable[[str], bytes],
    captions_csv: bytes | None = None,
    *,
    id: str | None = None,
    published: bool = False,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> tuple[Gallery, dict[str, str]]:
    """A new gallery. It is there when everything in it is on the disk, and not before.

    Args:
        model: name of the model that is to colour it.
        names: of the pictures; folders in them are not kept.
        read: name -> content.
        captions_csv: captions, naming pictures by these names. Without it the order is that of `names`.
        id: its id; by default made of the title.
        progress: told before each picture how many are done, of how many, and which is next.

    Returns:
        The gallery; and what could not be read, with reasons, by name.

    Raises:
        CaptionsError: the captions cannot be used.
        GalleryFullError: there are too many pictures.
        FileExistsError: the id is taken.
        OSError: the disk refused.
    """
    check_room(len(names))
    captions = {} if captions_csv is None else read_captions(captions_csv, names)
    folder = galleries_folder() / id if id else _free_folder(title)
    folder.mkdir(parents=True)
    try:
        refused = _fill(folder, names, read, captions, progress)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        preview_key = secrets.token_urlsafe(24)
        sync(folder.parent)
        write_config(folder, GalleryConfig(title.strip() or folder.name, now, model, published, preview_key))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Gallery(folder), refused


def _fill(folder: Path, names: Sequence[str], read: Callable, captions: Mapping[str, Caption], progress: Callable):
    """Put pictures and captions into the folder of a gallery."""
    refused, files = {}, {}
    (folder / "pictures").mkdir()
    (folder / "coloured").mkdir()
    for done, name in enumerate(names):
        progress(done, len(names), name)
        try:
            files[name] = put(folder / "pictures", name, read(name))
        except UnreadablePictureError as error:
            refused[name] = str(error)
    in_order = [*captions, *(name for name in names if name not in captions)]
    rows = {files[name]: captions.get(name, Caption()) for name in in_order if name in files}
    write_file(folder / "pictures" / NAME, write_captions(rows))
    return refused


def _free_folder(title: str) -> Path:
    base = re.sub(r"[^a-z0-9]+", "-", title.lower(), flags=re.ASCII).strip("-")[:48].strip("-") or "gallery"
    # Not to be guessed, so that a draft's address says nothing about whether there is one.
    return galleries_folder() / f"{base}-{secrets.token_hex(4)}"
