"""Where the hints given on one frame are in all other frames of its shot.

Each is followed from frame to frame along the optical flow, to the beginning and to the end of the shot, as long as the
motion there can be trusted and the place still looks as it did. This is done before the film is coloured, so that what
a frame gets does not depend on where a stopped run goes on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np

from colorizer.film import motion
from colorizer.film.errors import StoppedError, TrimError
from colorizer.film.hints.edits import FilmHint
from colorizer.film.source import Film, Frame, Part, frame_at, read_frames
from colorizer.inference.hints.hint import Hint

LOST_TRUST = 0.2
"""Trust in the motion from one frame to the next below which a place is lost."""

LOST_LIKENESS = 50.0
"""Difference of `normalize`d grey levels from the frame on which the hint was given at which its place is lost."""

APART = 0.02
"""Hints of two frames of a shot that come nearer to each other, as a share of the square root of the area, are for the
same place: the one given on the nearer frame counts."""

WINDOW = 4.0
"""To find the beginning of a shot, a film is read backwards in pieces of so many seconds."""

NEAR = 3.0
"""Largest correction of the flow at a place, in pixels of the small copies, that is believed."""

_PRECISE = {"winSize": (15, 15), "maxLevel": 1}

_TURN = 12  # frames that are looked at in one turn

Look = tuple[int, np.ndarray]
"""The time of a frame in the film's unit, and its `normalize`d small grey copy."""

Found = tuple[list[Hint], np.ndarray]
"""Hints as they were given, and where they are in another frame: float32 `(n, 2)`, x and y, in its pixels."""


class Places:
    """The hints of every frame. Made by `follow`; empty, no frame has any.

    Args:
        found: by the time of a frame, in the film's unit, and by that of the frame on which they were given, the hints.
        closest: see `APART`, in pixels.
    """

    def __init__(self, found: dict[int, dict[int, Found]] | None = None, closest: float = 0.0):
        self._found, self._closest = found or {}, closest

    def were_given_on(self, pts: int) -> bool:
        """Whether hints were given on the frame of this time."""
        return pts in self._found.get(pts, ())

    def at(self, pts: int) -> tuple[Hint, ...]:
        """The hints of the frame of this time, at their places there."""
        kept: list[Hint] = []
        for _, (hints, places) in sorted(self._found.get(pts, {}).items(), key=lambda item: abs(item[0] - pts)):
            moved = [replace(hint, x=x, y=y) for hint, (x, y) in zip(hints, places.tolist(), strict=True)]
            kept += [hint for hint in moved if all(self._are_apart(hint, other) for other in kept)]
        return tuple(kept)

    def _are_apart(self, hint: Hint, other: Hint) -> bool:
        return np.hypot(hint.x - other.x, hint.y - other.y) >= self._closest


def follow(
    film: Film,
    hints: Sequence[FilmHint],
    shape: tuple[int, int],
    stopped: Callable[[], bool] = lambda: False,
    take_turn: Callable[[], AbstractContextManager] = nullcontext,
) -> Places:
    """Find the places of hints in all frames of their shots, in the whole film.

    Args:
        hints: see `check_film_hints`.
        shape: of the small copies in which motion is found.
        stopped, take_turn: see `job.color_film`.

    Raises:
        FilmError: a hint's time is not in the film, or the film cannot be read.
        StoppedError: `stopped` says so.
    """
    frames: dict[int, tuple[Frame, list[Hint]]] = {}
    for one in hints:
        frame = frame_at(film, one.time)
        frames.setdefault(frame.pts, (frame, []))[1].append(one.hint)
    found: dict[int, dict[int, Found]] = defaultdict(dict)
    for frame, given in frames.values():
        start = frame.pts, motion.normalize(frame.gray(shape))
        for looks, backwards in ((_before(film, frame, shape), True), (_after(film, frame, shape), False)):
            points = _Points(given, start[1], (film.height, film.width))
            for pts in _walk(points, start, looks, backwards, stopped, take_turn):
                found[pts][frame.pts] = points.found()
        found[frame.pts][frame.pts] = given, np.array([(hint.x, hint.y) for hint in given])
    return Places(found, APART * (film.height * film.width) ** 0.5)


def _walk(
    points: "_Points",
    last: Look,
    looks: Iterator[Look],
    backwards: bool,
    stopped: Callable[[], bool],
    take_turn: Callable[[], AbstractContextManager],
) -> Iterator[int]:
    """Move points from frame to frame until the shot ends or none is left; yields the times of the frames."""
    while True:
        with take_turn():
            if stopped():
                raise StoppedError("Stopped. What is finished is kept; --resume goes on there.")
            group = list(islice(looks, _TURN))
            if not group:
                return
            for look in group:
                now, before = (last[1], look[1]) if backwards else (look[1], last[1])
                step = motion.between(now, before)
                if step is None:
                    return
                way = (step.past, step.past_trust) if backwards else (step.future, step.future_trust)
                points.move(*way, last[1], look[1])
                if not points.any():
                    return
                yield look[0]
                last = look


def _before(film: Film, frame: Frame, shape: tuple[int, int]) -> Iterator[Look]:
    """The frames before a frame, the last of them first."""
    end = frame.time
    while end > 0:
        start = max(0.0, end - WINDOW)
        looks = []
        with suppress(TrimError):  # no frame begins in that time
            looks = [_look(one, shape) for one in read_frames(film, Part(start, end))]
        yield from reversed(looks)
        end = start


def _after(film: Film, frame: Frame, shape: tuple[int, int]) -> Iterator[Look]:
    for one in islice(read_frames(film, Part(frame.time)), 1, None):
        yield _look(one, shape)


def _look(frame: Frame, shape: tuple[int, int]) -> Look:
    return frame.pts, motion.normalize(frame.gray(shape))


class _Points:
    """The places of hints while they are followed.

    Args:
        hints: as they were given.
        look: the `normalize`d frame on which.
        size: height and width of the film.
    """

    def __init__(self, hints: Sequence[Hint], look: np.ndarray, size: tuple[int, int]):
        self._hints = list(hints)
        self._scale = np.float32([look.shape[1] / size[1], look.shape[0] / size[0]])
        self._size = size
        self._at = (np.float32([(hint.x, hint.y) for hint in hints]) + 0.5) * self._scale - 0.5
        self._gray = self._read(_smooth(look))

    def any(self) -> bool:
        return bool(self._hints)

    def move(self, step: np.ndarray, trusted: np.ndarray, last: np.ndarray, look: np.ndarray) -> None:
        """Move the points along a motion from the last frame to the next one; those that are lost are given up.

        Where a point comes to is then found more precisely (Lucas & Kanade 1981), because from frame to frame the dense
        flow, which is smooth, would lose a little of the way of small things.
        """
        seen = self._read(trusted) > LOST_TRUST
        guess = self._at + self._read(step)
        found, is_found, _ = cv2.calcOpticalFlowPyrLK(
            last, look, self._at[:, None], guess[:, None].copy(), flags=cv2.OPTFLOW_USE_INITIAL_FLOW, **_PRECISE
        )
        found = found[:, 0]
        is_near = (is_found[:, 0] == 1) & (np.hypot(*(found - guess).T) < NEAR)
        self._at = np.where(is_near[:, None], found, guess)
        height, width = look.shape
        seen &= ((self._at >= -0.5) & (self._at <= np.float32([width, height]) - 0.5)).all(axis=1)
        seen &= np.abs(self._read(_smooth(look)) - self._gray) < LOST_LIKENESS
        if not seen.all():
            self._hints = [hint for hint, kept in zip(self._hints, seen, strict=True) if kept]
            self._at, self._gray = self._at[seen], self._gray[seen]

    def found(self) -> Found:
        """The hints with their present places."""
        places = (self._at + 0.5) / self._scale - 0.5
        height, width = self._size
        return self._hints, np.clip(places, 0, np.float32([width - 1, height - 1]))

    def _read(self, planes: np.ndarray) -> np.ndarray:
        """What a picture has at the points: `(h, w)` -> `(n,)`, `(h, w, 2)` -> `(n, 2)`."""
        if not len(self._at):
            return np.zeros((0, *planes.shape[2:]), np.float32)
        return cv2.remap(planes, self._at[:, None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]


def _smooth(look: np.ndarray) -> np.ndarray:
    return cv2.blur(look.astype(np.float32), (5, 5))
