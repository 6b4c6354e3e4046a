"""The sidecar of a photograph: a small JSON file that holds its hints, to be kept or sent along with it.

It also says how the photograph is turned, straightened, cropped or inverted before colouring, if it is.

`portrait.jpg` has the sidecar `portrait.jpg.edits.json`, beside it. The whole name is in it, because `portrait.png`
may be another photograph in the same folder.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colorizer.imaging.errors import ImageError
from colorizer.imaging.preparation import AS_IT_IS, Preparation, PreparationError
from colorizer.inference.hints.hint import Hint, HintError, check_hints

SCHEMA = "huestory-edits"
VERSION = 2
"""Newest version of the schema; it rises when an older reader would misunderstand the file.

A photograph that is coloured as it is has a sidecar of version 1, which older readers take, too.
"""

SUFFIX = ".edits.json"

MAX_BYTES = 1024**2
"""Largest sidecar that is read; `MAX_HINTS` hints take a tenth of it."""

_LARGEST = 1e9  # larger than any photograph's side


class EditsError(ImageError):
    """A sidecar cannot be used."""


class NotEditsError(EditsError):
    """The file is not a sidecar, or a damaged one."""


class NewerEditsError(EditsError):
    """The sidecar was written by a newer version of the software."""


class OtherPhotographError(EditsError):
    """The sidecar belongs to another photograph."""


@dataclass(frozen=True)
class Edits:
    """The hints for one photograph, and which photograph that is.

    Args:
        size: height and width of the upright photograph, in pixels.
        sha256: checksum of the photograph's file, as hexadecimal digits.
        hints: see `Hint`.
        preparation: what is done with the photograph before it is coloured.
    """

    size: tuple[int, int]
    sha256: str
    hints: tuple[Hint, ...] = ()
    preparation: Preparation = AS_IT_IS

    def __post_init__(self):
        object.__setattr__(self, "size", tuple(self.size))
        object.__setattr__(self, "hints", check_hints(self.hints, self.size))

    def check(self, size: tuple[int, int], sha256: str) -> None:
        """Make sure that the hints are for this photograph.

        Raises:
            OtherPhotographError: they are for another.
        """
        if self.size != tuple(size):
            (height, width), (own_height, own_width) = size, self.size
            raise OtherPhotographError(
                f"The hints must have been given for this photograph. It has {width} x {height} pixels, the one in "
                f"the sidecar {own_width} x {own_height}: take the sidecar that belongs to it."
            )
        if self.sha256 != sha256:
            raise OtherPhotographError(
                "The hints must have been given for this photograph. It has the same size as the one in the sidecar, "
                "but another content. If it is the same photograph, saved again, write its checksum into the sidecar: "
                f'"sha256": "{sha256}".'
            )


def sidecar_path(photograph: Path) -> Path:
    """Where the sidecar of a photograph is.

    >>> sidecar_path(Path("scans/portrait.jpg")).name
    'portrait.jpg.edits.json'
    """
    return photograph.with_name(photograph.name + SUFFIX)


def find_edits(photograph: Path) -> Path | None:
    """The sidecar of a photograph if there is one beside it."""
    path = sidecar_path(photograph)
    return path if path.is_file() else None


def is_sidecar(path: Path) -> bool:
    """Whether a file is, by its name, the sidecar of a photograph that is there, too."""
    return path.name.endswith(SUFFIX) and path.with_name(path.name.removesuffix(SUFFIX)).is_file()


def edits_of(photograph: Path, size: tuple[int, int], edits: Path | None = None) -> Edits | None:
    """What the sidecar of a photograph holds; None if it has no sidecar.

    Args:
        size: height and width of the photograph, in pixels.
        edits: the sidecar; None takes the one beside the photograph.

    Raises:
        EditsError, HintError, PreparationError: the sidecar cannot be used; the text says which file it is.
        OSError: a file cannot be read.
    """
    path = edits or find_edits(photograph)
    if path is None:
        return None
    try:
        found = read_edits(path)
        with open(photograph, "rb") as file:
            found.check(size, hashlib.file_digest(file, "sha256").hexdigest())
    except (EditsError, HintError, PreparationError) as error:
        raise type(error)(f"{path.name}: {error}") from error
    return found


def write_edits(edits: Edits) -> bytes:
    """A sidecar as the bytes of its file; the same edits give the same bytes."""
    height, width = edits.size
    content = {
        "schema": SCHEMA,
        "version": 1 if edits.preparation == AS_IT_IS else 2,
        "photograph": {"width": width, "height": height, "sha256": edits.sha256},
        "hints": [hint_to_json(hint) for hint in edits.hints],
    }
    if edits.preparation != AS_IT_IS:
        content["preparation"] = edits.preparation.to_json(edits.size)
    return (json.dumps(content, indent=1) + "\n").encode()


def read_edits(source: Path | bytes) -> Edits:
    """Read a sidecar from a file or from its bytes.

    Raises:
        NotEditsError: it is not a sidecar, or it is damaged.
        NewerEditsError: a newer version has written it.
        HintError, PreparationError: one of their subclasses: a hint or the preparation in it cannot be used.
        OSError: the file cannot be read.
    """
    content = parse(source if isinstance(source, bytes) else source.read_bytes())
    check_version(content, (1, 2))
    has_more = content["version"] >= 2
    check_keys(content, {"schema", "version", "photograph", "hints", *(["preparation"] if has_more else [])})
    photograph, hints = content["photograph"], content["hints"]
    check_keys(photograph, {"width", "height", "sha256"})
    size = photograph["height"], photograph["width"]
    if not all(isinstance(side, int) and side > 0 for side in size) or not isinstance(photograph["sha256"], str):
        raise NotEditsError(f"A sidecar must give its photograph's size and SHA-256. Received {photograph}.")
    if not isinstance(hints, list):
        raise NotEditsError(f"The hints in a sidecar must be a list. Received {hints!r}.")
    preparation = _preparation_from_json(content["preparation"], size) if has_more else AS_IT_IS
    return Edits(size, photograph["sha256"], tuple(hint_from_json(hint) for hint in hints), preparation)


def parse(data: bytes) -> dict[str, Any]:
    """The content of a sidecar, of whatever version.

    Raises:
        NotEditsError: it is none.
    """
    if len(data) > MAX_BYTES:
        raise NotEditsError(f"A sidecar has at most {MAX_BYTES:,} bytes. Received {len(data):,}: choose another file.")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotEditsError(f"A sidecar must be JSON. It could not be read: {error}. Choose another file.") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise NotEditsError(f'A sidecar must be a JSON object with "schema": "{SCHEMA}". Choose another file.')
    return content


def check_version(content: dict[str, Any], versions: Sequence[int] = (1,)) -> None:
    """Make sure that a sidecar's version is one that can be read: one of `versions`, the last being the newest.

    Raises:
        NotEditsError, NewerEditsError: it is not.
    """
    version = content.get("version")
    newest = versions[-1]
    if type(version) is int and version > newest:
        raise NewerEditsError(
            f"A sidecar must have version {newest} or lower. Received version {version}: update Huestory to read it."
        )
    if type(version) is not int or version not in versions:
        known = " or ".join(map(str, versions))
        raise NotEditsError(f"A sidecar must name its version, {known}. Received {version!r}.")


def check_keys(content: Any, needed: Iterable[str], optional: Iterable[str] = ()) -> None:
    """Make sure that no key is missing, and that none is there that would be lost.

    Raises:
        NotEditsError: it is otherwise.
    """
    keys = set(content) if isinstance(content, dict) else None
    if keys is None or not set(needed) <= keys <= {*needed, *optional}:
        received = content if keys is None else ", ".join(sorted(keys))
        raise NotEditsError(f"A part of a sidecar must have the keys {', '.join(sorted(needed))}. Received {received}.")


def _preparation_from_json(content: Any, size: tuple[int, int]) -> Preparation:
    check_keys(content, {"turn", "straighten", "negative"}, {"crop"})
    return Preparation.from_json(content, size)


def hint_to_json(hint: Hint) -> dict[str, Any]:
    """A hint as it is written; `hint_from_json` reads it."""
    a, b = hint.ab
    radius = {} if hint.radius is None else {"radius": hint.radius}
    return {"x": hint.x, "y": hint.y, "a": a, "b": b, "reach": hint.reach, **radius}


def hint_from_json(content: Any) -> Hint:
    """A hint as it was written.

    Raises:
        NotEditsError, HintError: it cannot be used.
    """
    check_keys(content, {"x", "y", "a", "b", "reach"}, {"radius"})
    numbers = [content[key] for key in ("x", "y", "radius") if content.get(key) is not None]
    if not all(type(number) in (int, float) and abs(number) < _LARGEST for number in numbers):
        raise NotEditsError(f"x, y and radius of a hint must be numbers below {_LARGEST:g}. Received {content}.")
    return Hint(content["x"], content["y"], (content["a"], content["b"]), content.get("radius"), content["reach"])
