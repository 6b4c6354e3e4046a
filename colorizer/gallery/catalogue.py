"""Find, list and create galleries. Their ids are checked, so that no id can lead to a path elsewhere."""

import re
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from colorizer.gallery.captions import NAME, Caption, Table, read_table, write_captions
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
    """The folder of all galleries: `$HUESTORY_DATA/galleries`, by default `~/.huestory/galleries`.

    Raises:
        SettingError: `HUESTORY_DATA` cannot be used.
    """
    return data_folder() / "galleries"


def list_galleries() -> list[Gallery]:
    """The galleries, the newest first. Folders without a gallery, or with a damaged one, are skipped."""
    galleries = []
    for path in galleries_folder().glob("*/gallery.json"):
        with suppress(MissingGalleryError):
            galleries.append(Gallery(path.parent))
    return sorted(galleries, key=lambda gallery: (gallery.config.created_at, gallery.id), reverse=True)


def unreadable_galleries() -> dict[str, str]:
    """The galleries that cannot be used, id -> reason: newer ones, and damaged ones."""
    reasons = {}
    for path in sorted(galleries_folder().glob("*/gallery.json")):
        try:
            Gallery(path.parent)
        except MissingGalleryError as error:
            reasons[path.parent.name] = str(error)
    return reasons


def find_gallery(gallery: str) -> Gallery:
    """The gallery with this id.

    Raises:
        MissingGalleryError: there is none, or the text cannot be an id; no path is made from it then.
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
    """Create a gallery. It can be found only after everything in it has been written to the disk.

    Args:
        model: name of the model for colouring it.
        names: names of the pictures; folders in them are dropped.
        read: returns the content of a picture, given its name; may raise UnreadablePictureError.
        captions_csv: captions that use these names. Without it the order is that of `names`.
        id: id of the gallery; by default made from the title.
        published: whether visitors may see it.
        progress: called before each picture with the number done, the total and the name of the next.

    Returns:
        The gallery; and the reasons why pictures could not be read, by name, and rows or columns of the captions.

    Raises:
        CaptionsError: the captions as a whole cannot be used.
        GalleryFullError: there are too many pictures.
        FileExistsError: a gallery has this id already.
        OSError: writing to the disk failed.
    """
    check_room(len(names))
    table = Table({}) if captions_csv is None else read_table(captions_csv, names)
    folder = galleries_folder() / id if id else _free_folder(title)
    folder.mkdir(parents=True)
    try:
        refused = _fill(folder, names, read, table.captions, progress) | table.remarks()
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
    # The random part makes addresses hard to guess, so that nobody can find out whether a draft exists.
    return galleries_folder() / f"{base}-{secrets.token_hex(4)}"
