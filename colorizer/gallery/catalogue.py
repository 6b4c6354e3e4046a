"""Find, list and create galleries. Their ids are checked, so that no id can lead to a path elsewhere."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from colorizer.gallery.captions import Caption, Table, read_table
from colorizer.gallery.collection import (
    Gallery,
    GalleryConfig,
    MissingGalleryError,
    UnreadablePictureError,
    check_number,
    put,
    save_captions,
    write_config,
)
from storage.files import clean_up, discard, making_folder, rename
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
    for folder in _folders():
        with suppress(MissingGalleryError):
            galleries.append(Gallery(folder))
    return sorted(galleries, key=lambda gallery: (gallery.config.created_at, gallery.id), reverse=True)


def unreadable_galleries() -> dict[str, str]:
    """The galleries that cannot be used, id -> reason: newer ones, and damaged ones; see `delete_gallery`."""
    reasons = {}
    for folder in _folders():
        try:
            Gallery(folder)
        except MissingGalleryError as error:
            reasons[folder.name] = str(error)
    return reasons


def delete_gallery(gallery: str) -> None:
    """Delete a gallery with everything in it, also one that cannot be read.

    Raises:
        MissingGalleryError: there is no such folder.
        OSError: see `storage.files.discard`.
    """
    if gallery not in {folder.name for folder in _folders()}:
        raise MissingGalleryError(f"a gallery can be deleted while it is there. Received {gallery[:80]!r}.")
    discard(galleries_folder() / gallery)


def set_aside(gallery: str) -> Path:
    """Give the folder of a damaged gallery another name, so that a new one can be made; returns the new path."""
    folder = galleries_folder() / gallery
    aside = folder.with_name(f"{gallery[:40]}-damaged-{secrets.token_hex(4)}")
    rename(folder, aside)
    return aside


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
    check_number(len(names))
    table = Table({}) if captions_csv is None else read_table(captions_csv, names)
    target = galleries_folder() / id if id else _free_folder(title)
    clean_up(galleries_folder())
    with making_folder(target) as folder:
        refused = _fill(folder, names, read, table.captions, progress) | table.remarks()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        preview_key = secrets.token_urlsafe(24)
        write_config(folder, GalleryConfig(title.strip() or target.name, now, model, published, preview_key))
    return Gallery(target), refused


def _folders() -> list[Path]:
    """The folders of all galleries, also of damaged ones, by name."""
    return sorted(path for path in galleries_folder().glob("[!.]*") if path.is_dir())


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
    save_captions(folder / "pictures", rows)
    return refused


def _free_folder(title: str) -> Path:
    base = re.sub(r"[^a-z0-9]+", "-", title.lower(), flags=re.ASCII).strip("-")[:48].strip("-") or "gallery"
    # The random part makes addresses hard to guess, so that nobody can find out whether a draft exists.
    return galleries_folder() / f"{base}-{secrets.token_hex(4)}"
