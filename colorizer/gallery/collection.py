"""A gallery: a collection of photographs, with their coloured pictures beside the originals.

A gallery is a folder:

    gallery.json        title, whether visitors may see it, model
    pictures/           the photographs, and `captions.csv`: their captions, in the order in which they are shown
    coloured/           the coloured pictures in screen size; they can always be made again
      coloured.json     which `coloured/KEY/` belongs to which photograph, and which photographs were refused
      KEY/              before.jpg, after.jpg, thumb.jpg; KEY is a hash of content, model and weights

Each file is written in one place of the code, and always replaced as a whole.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path, PurePosixPath

from colorizer.gallery import captions
from colorizer.gallery.captions import Caption
from colorizer.gallery.pictures import GalleryError, GalleryPictures, MissingPictureError, RefusedPictureError
from colorizer.imaging import formats
from colorizer.imaging.metadata import Provenance
from colorizer.inference.colorizer import Colorizer
from storage import StorageError
from storage.files import BusyError, discard, locked, write_file
from storage.versions import NewerDataError, check_format, only, with_unknown

MAX_PICTURES = 500
LOCK_SECONDS = 1.0
"""Seconds between two looks at whether another process is still colouring."""

CONFIG_FORMAT = 1
"""The format of `gallery.json`; those without a number are of format 1, too."""


class MissingGalleryError(GalleryError):
    """There is no gallery with this id, or its `gallery.json` is damaged."""


class NewerGalleryError(MissingGalleryError):
    """The gallery was written by a later version of this program; it is there, and untouched."""


class GalleryFullError(GalleryError):
    """The gallery would have more than `MAX_PICTURES`."""


class GalleryBusyError(GalleryError):
    """The gallery cannot be locked, so another process may be changing it."""


class UnreadablePictureError(GalleryError):
    """A picture could not be read from its source, for instance an archive; the others can."""


class ColouringStoppedError(GalleryError):
    """Colouring was stopped; finished pictures are kept."""


@dataclass(frozen=True)
class GalleryConfig:
    """The settings of a gallery."""

    title: str
    created_at: str
    model: str
    published: bool = False
    """Whether visitors may see it."""
    preview_key: str = ""
    """A secret: with it, the pictures of a draft can be seen."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if not isinstance(getattr(self, field.name), type(field.default) if field.name == "published" else str):
                raise TypeError(f"{field.name} cannot be {getattr(self, field.name)!r}")


@dataclass(frozen=True)
class Photograph:
    """A photograph that has been coloured."""

    file: str
    key: str
    """Name of the folder with its pictures."""
    width: int
    height: int
    """Width and height of the pictures that are shown, in pixels."""
    caption: Caption
    provenance: Provenance

    @property
    def title(self) -> str:
        return self.caption.title or PurePosixPath(self.file).stem


class Gallery:
    """A gallery on disk.

    Raises:
        MissingGalleryError: the folder has no gallery, or a damaged one.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.pictures, self.coloured = self.folder / "pictures", GalleryPictures(self.folder / "coloured")
        self.config  # noqa: B018  (fails here rather than later)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def config(self) -> GalleryConfig:
        """The settings, read from disk each time because the organizer may have changed them."""
        path = self.folder / "gallery.json"
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            check_format(path, values, CONFIG_FORMAT)
            return GalleryConfig(**only(values, (each.name for each in fields(GalleryConfig))))
        except NewerDataError as error:
            raise NewerGalleryError(str(error)) from error
        except (OSError, ValueError, TypeError) as error:
            raise MissingGalleryError(
                f"a gallery needs its configuration at {path}. It cannot be used: {error}."
            ) from error

    def update(self, **changes: object) -> None:
        """Change fields of the configuration; returns after they have been written to the disk.

        Raises:
            GalleryBusyError: another process held the lock of the gallery for too long.
            OSError: writing to the disk failed.
        """
        try:
            with locked(self.folder / "gallery"):
                write_config(self.folder, replace(self.config, **changes))
        except StorageError as error:
            raise GalleryBusyError(str(error)) from error

    # === Photographs and captions ===

    def captions(self) -> dict[str, Caption]:
        """Captions of all pictures in the order in which they are shown; pictures without a row come last, by name.

        Raises:
            CaptionsError: the file cannot be read, as after a wrong edit.
        """
        files = sorted(path.name for path in self.pictures.iterdir() if is_picture(path.name))
        path = self.pictures / captions.NAME
        written = captions.read_captions(path.read_bytes(), files, of_any_size=True) if path.exists() else {}
        return written | {file: Caption() for file in files if file not in written}

    def arrange(self, captions_in_order: Mapping[str, Caption]) -> None:
        """Save captions and their order; returns after they have been written to the disk.

        Raises:
            CaptionsEncodingError: they are longer than `captions.MAX_BYTES`, and than those that are there.
        """
        save_captions(self.pictures, captions_in_order)

    def add(self, name: str, data: bytes) -> str:
        """Add a picture under its own name or, if that is taken, a similar one; returns that name.

        Raises:
            GalleryFullError: the gallery has `MAX_PICTURES` already.
        """
        check_number(len(self.captions()) + 1)
        return put(self.pictures, name, data)

    def remove(self, file: str) -> None:
        """Remove a picture, its caption and its coloured pictures.

        Raises:
            MissingPictureError: the gallery has no such picture.
            GalleryBusyError: another process is colouring the gallery.
        """
        with self._alone(lambda: True):
            rest = self.captions()
            if rest.pop(file, None) is None:
                raise MissingPictureError(f"a gallery can lose a picture that it has. It has none called {file!r}.")
            self.arrange(rest)
            (self.pictures / file).unlink()
            work = self.coloured.read_list()
            self._take_over({part: {f: values for f, values in work[part].items() if f != file} for part in work})

    def delete(self) -> None:
        """Delete the gallery. It disappears at once, also if the server is killed before all its files are gone."""
        discard(self.folder)

    # === Coloured pictures ===

    def photographs(self) -> list[Photograph]:
        """The photographs that have been coloured, in the order in which they are shown."""
        done = self.coloured.read_list()["photographs"]
        return [
            Photograph(file, values["key"], values["width"], values["height"], caption, Provenance(**values["made_by"]))
            for file, caption in self.captions().items()
            if (values := done.get(file))
        ]

    def refused(self) -> dict[str, str]:
        """Why pictures could not be coloured, by file."""
        return self.coloured.read_list()["refused"]

    def waiting(self) -> list[str]:
        """Pictures that `colour` has not processed yet."""
        work = self.coloured.read_list()
        return [file for file in self.captions() if file not in work["photographs"] and file not in work["refused"]]

    def colour(
        self,
        colorizer: Colorizer,
        progress: Callable[[int, int, str], None] = lambda done, total, file: None,
        stopped: Callable[[], bool] = lambda: False,
        turn: Callable[[], AbstractContextManager] = nullcontext,
    ) -> None:
        """Colour the photographs that this model with these weights has not coloured yet.

        For the others, only the file is read and hashed. One process at a time colours a gallery; another one waits,
        and then finds the work done.

        Args:
            progress: called before each picture with the number done, the total and the file of the next; and at the
                end.
            stopped: called before each picture; True stops.
            turn: makes the context in which the network runs, such as a queue.

        Raises:
            ColouringStoppedError: `stopped` returned True; finished pictures are kept and not coloured again.
            OSError: reading from or writing to the disk failed.
        """
        with self._alone(stopped):
            self._colour(colorizer, progress, stopped, turn)

    def _colour(self, colorizer: Colorizer, progress: Callable, stopped: Callable, turn: Callable) -> None:
        files = list(self.captions())
        work = {"photographs": {}, "refused": {}}
        earlier = self.coloured.read_list()
        for done, file in enumerate(files):
            if stopped():
                raise ColouringStoppedError(f"Stopped after {done} of {len(files)} photographs.")
            progress(done, len(files), file)
            try:
                work["photographs"][file] = self.coloured.develop((self.pictures / file).read_bytes(), colorizer, turn)
            except RefusedPictureError as error:
                work["refused"][file] = str(error)
            self.coloured.write_list({part: earlier[part] | work[part] for part in work})
        self._take_over(work)
        progress(len(files), len(files), "")

    @contextmanager
    def _alone(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """Keep other processes from changing the coloured pictures, and wait for one that does until `stopped`.

        Raises:
            GalleryBusyError: it was still at work when this call was stopped, or the folder cannot be written.
        """
        with ExitStack() as stack:
            while True:
                try:
                    stack.enter_context(locked(self.folder / "colouring", timeout=LOCK_SECONDS))
                    break
                except BusyError as error:
                    if stopped():
                        words = "another server is colouring this gallery. Try again when it is done."
                        raise GalleryBusyError(words) from error
                except StorageError as error:
                    raise GalleryBusyError(str(error)) from error
            yield

    def _take_over(self, work: Mapping[str, dict]) -> None:
        """Replace the list of coloured pictures by this one, and delete all other pictures."""
        self.coloured.write_list(work)
        self.coloured.keep_only(values["key"] for values in work["photographs"].values())


def check_number(pictures: int) -> None:
    """Raise GalleryFullError if the number of pictures is above `MAX_PICTURES`."""
    if pictures > MAX_PICTURES:
        raise GalleryFullError(
            f"A gallery holds up to {MAX_PICTURES} photographs. Received {pictures}: make a second one for the rest."
        )


def put(folder: Path, name: str, data: bytes) -> str:
    """Write a picture into a folder under its own name or, if that is taken, a similar one; returns that name."""
    file = _free_name(name, {formats.name_key(path.name) for path in folder.iterdir()})
    write_file(folder / file, data)
    return file


def save_captions(folder: Path, captions_in_order: Mapping[str, Caption]) -> None:
    """Write `captions.csv` into a folder of photographs. Raises as `Gallery.arrange`."""
    path, data = folder / captions.NAME, captions.write_captions(captions_in_order)
    captions.check_size(data, path.stat().st_size if path.exists() else 0)
    write_file(path, data)


def is_picture(name: str) -> bool:
    """Whether a file in `pictures/` is a picture, by its name."""
    return not name.startswith(".") and PurePosixPath(name).suffix.lower() in formats.EXTENSIONS


def _free_name(name: str, taken: set[str]) -> str:
    """A free file name, made from the last part of an untrusted name so that it cannot lead to another folder."""
    last = PurePosixPath("".join(c for c in name.replace("\\", "/") if c.isprintable())).name.lstrip(".")
    stem, suffix = os.path.splitext(last.strip())
    stem = stem.encode()[:120].decode(errors="ignore").strip() or "photograph"
    free, number = f"{stem}{suffix}", 2
    while formats.name_key(free) in taken:
        free, number = f"{stem}_{number}{suffix}", number + 1
    return free


def write_config(folder: Path, config: GalleryConfig) -> None:
    """Write the configuration of a gallery into its folder. Fields that this version does not know are kept."""
    path = folder / "gallery.json"
    values = with_unknown(path, asdict(config), CONFIG_FORMAT)
    write_file(path, json.dumps(values, indent=1, ensure_ascii=False).encode())
