"""The pictures that a gallery shows: its photographs before and after colouring, in screen size.

They are in a folder with one sub-folder per photograph. Its name is a hash of the photograph's content, the model and
the weights, so that nothing is coloured twice. All of them can be made again.
"""

import hashlib
import json
import logging
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import MISSING, asdict, fields
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer.imaging import reading, resizing, writing
from colorizer.imaging.errors import ImageError
from colorizer.imaging.metadata import Metadata, Provenance
from colorizer.inference.colorizer import Colorizer, PredictionError
from storage.files import rename, write_file

VIEW_SIDE = 1600
"""Longest side, in pixels, of the pictures that a gallery shows."""

THUMB_SIDE = 240
QUALITY = 88
KINDS = ("before", "after", "thumb")

_logger = logging.getLogger(__name__)


class GalleryError(ValueError):
    """Something about a gallery is refused; the message says why."""


class MissingPictureError(GalleryError):
    """The gallery has no such picture."""


class RefusedPictureError(GalleryError):
    """A photograph cannot be coloured; the others can."""


class GalleryPictures:
    """The pictures of one gallery, in a folder of their own."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def read(self, key: str, kind: str) -> bytes:
        """The content of a JPEG file.

        Args:
            key: as returned by `develop`.
            kind: `before`, `after` (marked as a coloured picture) or `thumb`.

        Raises:
            MissingPictureError: there is none, or key or kind is not valid; no path is made from them then.
        """
        if not re.fullmatch("[0-9a-f]{32}", key) or kind not in KINDS:
            raise MissingPictureError(f"a picture has a key and a kind. Received {key[:40]!r}, {kind[:20]!r}.")
        try:
            return (self.folder / key / f"{kind}.jpg").read_bytes()
        except OSError as error:
            raise MissingPictureError(f"this gallery has no picture {key}.") from error

    def develop(self, data: bytes, colorizer: Colorizer, turn: Callable[[], AbstractContextManager]) -> dict:
        """Colour a photograph, unless that has been done; returns `key`, `width`, `height` in pixels, and `made_by`.

        Args:
            data: content of the photograph's file.
            turn: makes the context in which the network runs.

        Raises:
            RefusedPictureError: the photograph cannot be coloured.
            OSError: reading from or writing to the disk failed.
        """
        key = _key(data, colorizer)
        if not (self.folder / key).is_dir():
            self._keep(key, _render_all(data, colorizer, turn))
        with Image.open(self.folder / key / "after.jpg") as picture:
            width, height = picture.size
        return {"key": key, "width": width, "height": height, "made_by": asdict(colorizer.provenance)}

    def keep_only(self, keys: Iterable[str]) -> None:
        """Delete all pictures but those with these keys."""
        used = set(keys)
        for path in self.folder.iterdir():
            if path.is_dir() and path.name not in used:
                shutil.rmtree(path, ignore_errors=True)

    def read_list(self) -> dict[str, dict]:
        """Results of `develop` (`photographs`) and reasons of refusal (`refused`), each by file of the photograph."""
        values = {}
        with suppress(OSError, ValueError):  # if it is missing or damaged, it is made again
            values = json.loads((self.folder / "coloured.json").read_text(encoding="utf-8"))
        return {part: _sound(values, part, is_sound) for part, is_sound in _SOUND.items()}

    def write_list(self, work: Mapping[str, dict]) -> None:
        """Write the list that `read_list` reads."""
        data = json.dumps(work, indent=1, ensure_ascii=False).encode()
        write_file(self.folder / "coloured.json", data)

    def _keep(self, key: str, files: Mapping[str, bytes]) -> None:
        """Write all pictures of one photograph, so that they appear together."""
        beside = self.folder / f".{key}.{secrets.token_hex(4)}.part"
        beside.mkdir()
        try:
            for kind, data in files.items():
                write_file(beside / f"{kind}.jpg", data)
            if not (self.folder / key).is_dir():
                rename(beside, self.folder / key)
        except OSError:
            if not (self.folder / key).is_dir():  # otherwise another process has made the same pictures
                raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)


_KNOWN = {field.name for field in fields(Provenance)}
_REQUIRED = {field.name for field in fields(Provenance) if field.default is MISSING}


def _is_work(values: object) -> bool:
    kinds = {"key": str, "width": int, "height": int, "made_by": dict}
    return (
        isinstance(values, dict)
        and all(isinstance(values.get(name), kind) for name, kind in kinds.items())
        and _REQUIRED <= values["made_by"].keys() <= _KNOWN
    )


_SOUND = {"photographs": _is_work, "refused": lambda reason: isinstance(reason, str)}


def _sound(values: object, part: str, is_sound: Callable[[object], bool]) -> dict:
    """The entries of one part of `coloured.json` that can be used; the others are made again."""
    entries = values.get(part) if isinstance(values, dict) else None
    return {file: each for file, each in entries.items() if is_sound(each)} if isinstance(entries, dict) else {}


def _render_all(data: bytes, colorizer: Colorizer, turn: Callable[[], AbstractContextManager]) -> dict[str, bytes]:
    """The pictures of a photograph (before, after, thumb) as JPEG files, by kind."""
    try:
        photo = reading.read(data)
        view = resizing.preview(photo.pixels, VIEW_SIDE)
        with turn():
            prediction = colorizer.predict(photo.pixels)
            after = colorizer.render(view, prediction)
        if prediction.is_untouched:
            raise RefusedPictureError("This page is blank: there is nothing to colour. Take it out of the gallery.")
        return _encode_all(view, after, photo.metadata, colorizer.provenance)
    except (ImageError, PredictionError) as error:
        raise RefusedPictureError(str(error)) from error
    except (OSError, GalleryError):
        raise
    except Exception as error:  # one photograph must not stop the others; the log has details
        _logger.exception("A photograph of a gallery could not be coloured")
        raise RefusedPictureError("Something went wrong while colouring it. Saving it as a JPEG may help.") from error


def _encode_all(view: np.ndarray, after: np.ndarray, metadata: Metadata, made_by: Provenance) -> dict[str, bytes]:
    before = view if view.ndim == 3 else np.repeat(view[..., None], 3, axis=-1)
    return {
        "before": writing.write(before, "jpeg", metadata, quality=QUALITY),
        "after": writing.write(after, "jpeg", metadata, made_by, quality=QUALITY),
        "thumb": writing.write(resizing.preview(after, THUMB_SIDE), "jpeg", None, made_by, quality=QUALITY),
    }


def _key(data: bytes, colorizer: Colorizer) -> str:
    """A hash of everything that the pictures depend on: 32 hexadecimal digits."""
    parts = hashlib.sha256(data).hexdigest(), colorizer.name, colorizer.weights_sha256, VIEW_SIDE, THUMB_SIDE, QUALITY
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]
