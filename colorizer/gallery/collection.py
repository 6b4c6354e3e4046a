"""A collection of photographs, coloured, beside their originals.

A gallery is a folder:

    gallery.json        title, whether visitors may see it, model
    pictures/           the photographs, and `captions.csv`: what is known of them, in the order of the show
    coloured/           what the network made of them, for the screen; can always be made again
      coloured.json     which of `coloured/KEY/` belongs to which photograph, and what was refused
      KEY/              before.jpg, after.jpg, thumb.jpg; KEY stands for content, model and weights

Each file has one writer, and is replaced as a whole.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from colorizer.gallery import captions
from colorizer.gallery.captions import Caption
from colorizer.gallery.pictures import GalleryError, GalleryPictures, MissingPictureError, RefusedPictureError
from colorizer.imaging import formats
from colorizer.imaging.metadata import Provenance
from colorizer.inference.colorizer import Colorizer
from storage import StorageError
from storage.files import locked, write_file

MAX_PICTURES = 500


class MissingGalleryError(GalleryError):
    """There is no gallery of this name, or its `gallery.json` is damaged."""


class GalleryFullError(GalleryError):
    """It holds as many pictures as it can."""


class GalleryBusyError(GalleryError):
    """It cannot be locked, so nobody knows whether somebody else is changing it."""


class UnreadablePictureError(GalleryError):
    """A picture could not be got from where it is, an archive for instance; the others can."""


class ColouringStoppedError(GalleryError):
    """Colouring was stopped; what was done is kept."""


@dataclass(frozen=True)
class GalleryConfig:
    """What was decided about a gallery."""

    title: str
    created_at: str
    model: str
    published: bool = False
    """Whether visitors may see it."""
    preview_key: str = ""
    """Who knows it may see the pictures of a draft."""


@dataclass(frozen=True)
class Photograph:
    """A photograph that has been coloured."""

    file: str
    key: str
    """Folder of its pictures."""
    width: int
    height: int
    """Of the pictures on show, in pixels."""
    caption: Caption
    provenance: Provenance

    @property
    def title(self) -> str:
        return self.caption.title or PurePosixPath(self.file).stem


class Gallery:
    """A gallery on disk.

    Raises:
        MissingGalleryError: there is none in the folder.
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
        """Read anew each time: the organizer may have changed it."""
        path = self.folder / "gallery.json"
        try:
            return GalleryConfig(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise MissingGalleryError(
                f"a gallery needs its configuration at {path}. It cannot be used: {error}."
            ) from error

    def update(self, **changes: object) -> None:
        """Change fields of the configuration; returns when they are on the disk.

        Raises:
            GalleryBusyError: another process kept the gallery to itself for too long.
            OSError: the disk refused.
        """
        try:
            with locked(self.folder / "gallery"):
                write_config(self.folder, replace(self.config, **changes))
        except StorageError as error:
            raise GalleryBusyError(str(error)) from error

    # === Photographs and captions ===

    def captions(self) -> dict[str, Caption]:
        """Captions of all pictures in the order of the show; those without a row come last, by name.

        Raises:
            CaptionsError: somebody has edited the file, and it cannot be read.
        """
        files = sorted(path.name for path in self.pictures.iterdir() if is_picture(path.name))
        path = self.pictures / captions.NAME
        written = captions.read_captions(path.read_bytes(), files) if path.exists() else {}
        return written | {file: Caption() for file in files if file not in written}

    def arrange(self, captions_in_order: Mapping[str, Caption]) -> None:
        """Keep captions, and the order that they stand in; returns when they are on the disk."""
        write_file(self.pictures / captions.NAME, captions.write_captions(captions_in_order))

    def add(self, name: str, data: bytes) -> str:
        """Put a picture in, under its own name or, if that is taken, one like it; returns that name.

        Raises:
            GalleryFullError: it holds `MAX_PICTURES`.
        """
        check_room(len(self.captions()) + 1)
        return put(self.pictures, name, data)

    def remove(self, file: str) -> None:
        """Take a picture out, with its caption and all that was made of it."""
        rest = self.captions()
        if rest.pop(file, None) is None:
            raise MissingPictureError(f"a gallery can lose a picture that it has. It has none called {file!r}.")
        self.arrange(rest)
        (self.pictures / file).unlink()
        work = self.coloured.read_list()
        self._take_over({part: {f: values for f, values in work[part].items() if f != file} for part in work})

    def delete(self) -> None:
        """Delete the gallery and everything in it. Its configuration goes first, so that nobody sees half of it."""
        (self.folder / "gallery.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder)

    # === What the network made of them ===

    def photographs(self) -> list[Photograph]:
        """The photographs that have been coloured, in the order of the show."""
        done = self.coloured.read_list()["photographs"]
        return [
            Photograph(file, values["key"], values["width"], values["height"], caption, Provenance(**values["made_by"]))
            for file, caption in self.captions().items()
            if (values := done.get(file))
        ]

    def refused(self) -> dict[str, str]:
        """Pictures that could not be coloured, and why."""
        return self.coloured.read_list()["refused"]

    def waiting(self) -> list[str]:
        """Pictures that `colour` has not seen yet."""
        work = self.coloured.read_list()
        return [file for file in self.captions() if file not in work["photographs"] and file not in work["refused"]]

    def colour(
        self,
        colorizer: Colorizer,
        progress: Callable[[int, int, str], None] = lambda done, total, file: None,
        stopped: Callable[[], bool] = lambda: False,
        turn: Callable[[], AbstractContextManager] = nullcontext,
    ) -> None:
        """Colour what this model with these weights has not coloured yet; the rest costs only a look at its bytes.

        Args:
            progress: told before each picture how many are done, of how many, and which is next; and at the end.
            stopped: asked before each picture whether to stop.
            turn: context in which the network runs, to wait in a queue.

        Raises:
            ColouringStoppedError: what was done is kept, and is not done again.
            OSError: the disk refused.
        """
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

    def _take_over(self, work: Mapping[str, dict]) -> None:
        """From now on these are shown, and no other pictures are kept."""
        self.coloured.write_list(work)
        self.coloured.keep_only(values["key"] for values in work["photographs"].values())


def check_room(pictures: int) -> None:
    """Raise GalleryFullError where a gallery cannot hold so many."""
    if pictures > MAX_PICTURES:
        raise GalleryFullError(
            f"A gallery holds up to {MAX_PICTURES} photographs. Received {pictures}: make a second one for the rest."
        )


def put(folder: Path, name: str, data: bytes) -> str:
    """Write a picture into a folder under its own name or, if that is taken, one like it; returns that name."""
    file = _free_name(name, {path.name.casefold() for path in folder.iterdir()})
    write_file(folder / file, data)
    return file


def is_picture(name: str) -> bool:
    """Whether a file in `pictures/` is one, by its name."""
    return not name.startswith(".") and PurePosixPath(name).suffix.lower() in formats.EXTENSIONS


def _free_name(name: str, taken: set[str]) -> str:
    """The last part of a name that a stranger gave, free of all that could lead elsewhere."""
    last = PurePosixPath("".join(c for c in name.replace("\\", "/") if c.isprintable())).name.lstrip(".")
    stem, suffix = os.path.splitext(last)
    stem = stem.encode()[:120].decode(errors="ignore") or "photograph"
    free, number = f"{stem}{suffix}", 2
    while free.casefold() in taken:
        free, number = f"{stem}_{number}{suffix}", number + 1
    return free


def write_config(folder: Path, config: GalleryConfig) -> None:
    """Keep the configuration of a gallery in its folder."""
    write_file(folder / "gallery.json", json.dumps(asdict(config), indent=1, ensure_ascii=False).encode())
