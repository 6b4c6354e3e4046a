"""Hints for a film, and the file that holds them: as the sidecar of a photograph, with a time beside each hint.

`walk.mkv` has the sidecar `walk.mkv.edits.json`, beside it. In place of `photograph` it has `film`: the size of the
frames and, since a checksum of a whole film would take long, `source.fingerprint`.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer.film.errors import HintTimeError
from colorizer.film.source import Film, fingerprint
from colorizer.inference.hints import sidecar
from colorizer.inference.hints.hint import Hint, HintError, check_hints
from colorizer.inference.hints.sidecar import EditsError, NotEditsError, OtherPhotographError


@dataclass(frozen=True)
class FilmHint:
    """A hint that was given on one frame, and holds for its shot.

    Args:
        time: of the frame, in seconds from the beginning of the film.
        hint: its place is in pixels of the upright frame.

    Raises:
        HintTimeError: `time` is no number from 0.
    """

    time: float
    hint: Hint

    def __post_init__(self):
        if not 0 <= self.time < math.inf:
            raise HintTimeError(f"The time of a hint must be seconds from 0. Received {self.time}.")


def check_film_hints(hints: Iterable[FilmHint], film: Film) -> tuple[FilmHint, ...]:
    """The hints, if all of them can be used for a film.

    Raises:
        HintError: one of its subclasses: there are too many, or one lies outside the frames.
    """
    hints = tuple(hints)
    check_hints([one.hint for one in hints], (film.height, film.width))
    return hints


def hints_of(film: Film, edits: Path | None = None) -> tuple[FilmHint, ...]:
    """The hints in the sidecar of a film; none if it has no sidecar.

    Args:
        edits: the sidecar; None takes the one beside the film.

    Raises:
        EditsError, HintError, HintTimeError: the sidecar cannot be used; the text says which file it is.
        OSError: a file cannot be read.
    """
    path = edits or sidecar.find_edits(film.path)
    if path is None:
        return ()
    try:
        return read_film_edits(path, film)
    except (EditsError, HintError, HintTimeError) as error:
        raise type(error)(f"{path.name}: {error}") from error


def write_film_edits(film: Film, hints: Sequence[FilmHint]) -> bytes:
    """A sidecar as the bytes of its file; the same hints give the same bytes."""
    content = {
        "schema": sidecar.SCHEMA,
        "version": 1,
        "film": {"width": film.width, "height": film.height, "fingerprint": fingerprint(film.path)},
        "hints": [{"time": one.time, **sidecar.hint_to_json(one.hint)} for one in hints],
    }
    return (json.dumps(content, indent=1) + "\n").encode()


def read_film_edits(source: Path | bytes, film: Film) -> tuple[FilmHint, ...]:
    """Read the hints for a film from a file or from its bytes.

    Raises:
        EditsError: one of its subclasses: it is no such file, or one of another film.
        HintError, HintTimeError: a hint in it cannot be used.
        OSError: a file cannot be read.
    """
    content = sidecar.parse(source if isinstance(source, bytes) else source.read_bytes())
    sidecar.check_version(content)
    if "photograph" in content:
        raise NotEditsError("The hints must have been given for a film. These are of a photograph: take another file.")
    sidecar.check_keys(content, {"schema", "version", "film", "hints"})
    sidecar.check_keys(content["film"], {"width", "height", "fingerprint"})
    if not isinstance(content["hints"], list):
        raise NotEditsError(f"The hints in a sidecar must be a list. Received {content['hints']!r}.")
    received, own = content["film"], fingerprint(film.path)
    if received != {"width": film.width, "height": film.height, "fingerprint": own}:
        raise OtherPhotographError(
            f"The hints must have been given for this film, of {film.width} x {film.height} pixels. Those in the "
            f"sidecar are of one of {received['width']} x {received['height']}. If it is the same film, saved again, "
            f'write into the sidecar: "fingerprint": "{own}".'
        )
    return check_film_hints([_from_json(hint) for hint in content["hints"]], film)


def _from_json(content: object) -> FilmHint:
    if not isinstance(content, dict) or type(content.get("time")) not in (int, float):
        raise NotEditsError(f"A hint for a film must have a time, in seconds. Received {content}.")
    return FilmHint(content["time"], sidecar.hint_from_json({k: v for k, v in content.items() if k != "time"}))
