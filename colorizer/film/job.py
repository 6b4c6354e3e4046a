"""Colour a film: read, colour steadily, write segments, join them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from colorizer.film import output, source
from colorizer.film.errors import StoppedError, disk_full_told
from colorizer.film.hints.edits import FilmHint, check_film_hints
from colorizer.film.hints.places import follow
from colorizer.film.segments import ENCODER, LENGTH, Segments
from colorizer.film.source import Film, Part, fingerprint
from colorizer.film.steadiness import Steadiness
from colorizer.film.steady import Steady, carry_shape
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints.sidecar import hint_to_json

VERSION = 3
"""Changes with everything that would make a continued film another one than one made at once."""


@dataclass(frozen=True)
class Result:
    """What was made.

    Args:
        frames, shots: how many.
        resumed: how many of the frames were there from an earlier run.
        network_runs: how often the network ran in this run.
        steadiness: how much less colours change from frame to frame.
    """

    frames: int
    shots: int
    resumed: int
    network_runs: int
    steadiness: Steadiness


def color_film(
    film: Film,
    target: Path,
    colorizer: Colorizer,
    part: Part = Part(),  # noqa: B008
    saturation: float = 1.0,
    resume: bool = False,
    sound: bool = True,
    hints: Sequence[FilmHint] = (),
    progress: Callable[[int, int | None], None] = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
    take_turn: Callable[[], AbstractContextManager] = nullcontext,
) -> Result:
    """Colour a film, or a part of it, into an MP4.

    What is finished is kept in a folder beside `target` until the film is whole: called again with `resume`, it goes on
    there and gives the same file.

    Args:
        film: see `source.probe`.
        target: where the film goes; replaced only by a whole one.
        saturation: factor on chroma, 0..2.
        hints: hold for the shots of the frames on which they were given; see `places`.
        progress: is called after each frame with how many are done, and about how many there are, if that is known.
        stopped: is asked before each frame.
        take_turn: a context in which the processor is used, for about ten frames.

    Raises:
        FilmError: see `errors`; its subclass tells why.
        HintError: a hint cannot be used.
        OSError: a file cannot be read or written.
    """
    if sound:
        output.check_sound(film)
    hints = check_film_hints(hints, film)
    segments = Segments(target, _settings(film, colorizer, part, saturation, hints))
    shape = film.height, film.width
    with disk_full_told(target):
        count = segments.begin(resume)
        places = follow(film, hints, carry_shape(shape), stopped, take_turn)
        steady = Steady(colorizer, shape, saturation, LENGTH, take_turn, places=places)
        key, steadiness, shots = segments.load(count - 1) if count else (None, Steadiness(), 0)
        frames = source.read_frames(film, part)
        first = next(frames)
        total = film.expected_frames(part)
        shift = 0 if part.is_whole else first.pts
        done = resumed = min(count * LENGTH, key.index + 1) if key else 0
        rest = islice(frames, done - 1, None) if done else chain([first], frames)
        segment, last = None, None
        try:
            for colored in steady.color(rest, key):
                if stopped():
                    raise StoppedError("Stopped. What is finished is kept; --resume goes on there.")
                segment = segment or segments.write(count, film)
                frame = colored.step.frame
                segment.add(colored.rgb(), frame.pts, frame.duration)
                steadiness.look(last, colored, steady)
                shots += colored.starts_shot
                last = colored
                done += 1
                progress(done, total)
                if done % LENGTH == 0:
                    segments.save(segment, steady.key, steadiness, shots)
                    segment, count = None, count + 1
            if segment is not None:
                segments.save(segment, steady.key, steadiness, shots)
                segment = None
        finally:
            if segment is not None:
                segment.abandon()
        made_by = replace(colorizer.provenance, saturation=saturation, hints=len(hints))
        output.join(segments.paths(), film, part, shift, target, made_by, sound)
    segments.remove()
    return Result(done, shots, resumed, steady.network_runs, steadiness)


def _settings(film: Film, colorizer: Colorizer, part: Part, saturation: float, hints: Sequence[FilmHint]) -> dict:
    return {
        "version": VERSION,
        "film": fingerprint(film.path),
        "part": [part.start, part.end],
        "model": colorizer.name,
        "weights": colorizer.weights_sha256,
        "saturation": saturation,
        "encoder": ENCODER,
        "segment": LENGTH,
        "hints": [[one.time, hint_to_json(one.hint)] for one in hints],
    }
