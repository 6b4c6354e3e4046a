"""Steady colours for a film: the network sees few frames, and motion carries its colours to the others.

What is carried are the coefficients that give a photograph its colours (ab as a linear function of L*, see
`rendering`), so that a key frame looks as a photograph would, and the colours of every frame follow its own edges.

Within a shot, key frames are coloured by the network. A key frame's colours are joined with those that motion brings
from the key frame before, so that the network's changing guesses average out. Each frame between two key frames takes
the colours of both along the motion, the nearer one more, and each as far as its motion can be trusted. So colours
neither jump nor trail behind what moves. At a cut everything starts anew. Carrying colours by confidence and blending
them follows Lei & Chen 2019, *Fully Automatic Video Colorization with Self-Regularization and Diversity*, and Bonneel
et al. 2015, *Blind Video Temporal Consistency*; unlike these, no network is trained and none is optimised.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import numpy as np

from colorizer.color import lab
from colorizer.film import motion
from colorizer.film.hints.places import Places
from colorizer.film.motion import Between
from colorizer.film.source import Frame
from colorizer.inference import rendering
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.prediction import Prediction

CARRY_SIZE = 256
"""Colours are carried at about the area of a square of this side, in pixels."""

KEY_EVERY = 12
"""Most frames from one key frame to the next."""

KEY_AFTER = 3
"""Fewest frames from one key frame to the next, but for the end of a shot or segment."""

LOW_TRUST = 0.45
"""Mean trust in the motion since the key frame below which the network sees the next frame again."""

KEPT = 0.5
"""How much of the carried colours a key frame keeps where motion is fully trusted."""

KEPT_HINTED = 0.9
"""The same where these come from hints: the network sees no hint, so its own guesses must not take them back."""

HINTED = 8.0
"""Where hints change a colour by this distance of ab, it counts as hinted by 1 - 1/e."""

NO_HINTS = Places()

ENOUGH = 0.1
"""Least mean trust with which the light of two frames is compared."""

Carried = tuple[np.ndarray, np.ndarray]
"""Colours that were carried to a frame, float32 `(h, w, 4)`, and the trust in them, float32 `(h, w)`, 0..1."""


@dataclass
class Key:
    """A key frame's final colours.

    Args:
        index: number of the frame.
        gray, normalized: small grey copies, see `Step`.
        colors: coefficients of ab, float32 `(h, w, 4)`, at the same small size.
        hinted: how far they come from hints, float32 `(h, w)`, 0..1.
    """

    index: int
    gray: np.ndarray
    normalized: np.ndarray
    colors: np.ndarray
    hinted: np.ndarray


@dataclass
class Step:
    """A frame with its motion against the frame before.

    Args:
        gray: small grey copy, uint8 `(h, w)`; `normalized`: the same of fixed contrast.
        motion: between the frame before and this one; None at the first frame of a shot.
    """

    frame: Frame
    gray: np.ndarray
    normalized: np.ndarray
    motion: Between | None = None


@dataclass
class Colored:
    """A frame with its colours.

    Args:
        step: the frame.
        colors: coefficients of ab, float32 `(h, w, 4)`, at the small size.
        is_key: whether the network saw it.
        starts_shot: whether it is the first frame of a shot.
        hinted: how far the colours come from hints, see `Key`; only of a key frame.
    """

    step: Step
    colors: np.ndarray
    is_key: bool = False
    starts_shot: bool = False
    hinted: np.ndarray | None = None

    def ab(self) -> np.ndarray:
        """The colours at the small size as they are shown, within the gamut: float32 `(h, w, 2)`."""
        return _ab(self.step.gray, self.colors)

    def rgb(self) -> np.ndarray:
        """The frame in colour: uint8 `(H, W, 3)`, of unchanged L*."""
        return rendering.join(self.step.frame.pixels(), np.moveaxis(self.colors, -1, 0))


class Steady:
    """Colours the frames of a film in order. After the last frame of a segment, `key` is all that is needed to go on.

    Args:
        colorizer: the network.
        shape: height and width of the film's frames.
        saturation: factor on chroma, 0..2.
        segment: a key frame is the last of every so many frames, so that work can be taken up there.
        take_turn: a context in which the processor is used, one for each group of frames.
        key_every: most frames between two key frames; 1 colours every frame by itself, without any carrying.
        places: hints and where they are in each frame.
    """

    def __init__(
        self,
        colorizer: Colorizer,
        shape: tuple[int, int],
        saturation: float = 1.0,
        segment: int = 96,
        take_turn: Callable[[], AbstractContextManager] = nullcontext,
        key_every: int = KEY_EVERY,
        places: Places = NO_HINTS,
    ):
        self._colorizer, self._saturation, self._segment = colorizer, saturation, segment
        self._take_turn, self._key_every, self._places = take_turn, key_every, places
        self.shape = carry_shape(shape)
        self.key: Key | None = None
        self.network_runs = 0

    def color(self, frames: Iterable[Frame], key: Key | None = None) -> Iterator[Colored]:
        """Colour frames; `key` is the last key frame before them where they go on."""
        self.key = key
        last = None if key is None else key.normalized
        pending: list[Step] = []
        reach = np.zeros((*self.shape, 2), np.float32), np.ones(self.shape, np.float32)
        for frame in frames:
            step = self._look(frame, last)
            last = step.normalized
            if step.motion is None:
                yield from self._close(pending)
                pending = []
                yield self._start(step)
            else:
                pending.append(step)
                past = step.motion.past
                reach = motion.chain(past, reach[0]), step.motion.past_trust * motion.sample(reach[1], past)
                if not self._is_due(frame, pending, float(reach[1].mean())):
                    continue
                yield from self._close(pending)
                pending = []
            reach = np.zeros((*self.shape, 2), np.float32), np.ones(self.shape, np.float32)
        yield from self._close(pending)

    def alone(self, step: Step) -> Colored:
        """A frame with the network's own colours and the hints in it, as if it were a photograph."""
        self.network_runs += 1
        pixels = step.frame.pixels()
        prediction = self._colorizer.predict(pixels)
        hints = self._places.at(step.frame.pts)
        colors = self._coefficients(pixels, prediction)
        hinted = np.zeros(self.shape, np.float32)
        if hints:
            without, colors = colors, self._coefficients(pixels, prediction.with_hints(hints))
            change = lab.chroma(_ab(step.gray, colors) - _ab(step.gray, without))
            hinted = 1 - np.exp(-change / HINTED)
        return Colored(step, colors, is_key=True, hinted=hinted)

    def _coefficients(self, pixels: np.ndarray, prediction: Prediction) -> np.ndarray:
        """A prediction as coefficients at the small size, float32 `(h, w, 4)`."""
        colors = np.zeros((4, *self.shape), np.float32)
        if not prediction.is_untouched:
            rows, columns = prediction.box(self.shape)  # around it is the black edge of a wide film, for example
            size = rows.stop - rows.start, columns.stop - columns.start
            coefficients = self._colorizer.coefficients(pixels, prediction, self._saturation)
            colors[:, rows, columns] = rendering.resized(coefficients, size)
        return np.ascontiguousarray(np.moveaxis(colors, 0, -1))

    def _look(self, frame: Frame, last: np.ndarray | None) -> Step:
        """A frame with its motion since the last one, unless there is none or a cut between them."""
        gray = frame.gray(self.shape)
        step = Step(frame, gray, motion.normalize(gray))
        if last is not None and self._key_every > 1:
            step.motion = motion.between(step.normalized, last)
        return step

    def _is_due(self, frame: Frame, pending: list[Step], trusted: float) -> bool:
        return (
            len(pending) >= self._key_every
            or (frame.index + 1) % self._segment == 0
            or (trusted < LOW_TRUST and len(pending) >= KEY_AFTER)
            or self._places.were_given_on(frame.pts)
        )

    def _start(self, step: Step) -> Colored:
        with self._take_turn():
            colored = replace(self.alone(step), starts_shot=True)
            self.key = _key(colored)
            return colored

    def _close(self, pending: list[Step]) -> Iterator[Colored]:
        """Make the last pending frame a key frame, and colour those before it from both sides."""
        if not pending:
            return
        with self._take_turn():
            # The turn is also held while each frame is encoded, since that needs the processor, too.
            from_past, moved = self._from_past(pending)
            last = self.alone(pending[-1])
            self._join(last, from_past[-1], motion.sample(self.key.hinted, moved))
            from_future = self._from_future(pending, _key(last))
            for number, step in enumerate(pending[:-1]):
                place = (number + 1) / len(pending)
                yield Colored(step, _blend(from_past[number], from_future[number], place))
            self.key = _key(last)
            yield last

    def _join(self, colored: Colored, carried: Carried, hinted: np.ndarray) -> None:
        """Join a key frame's own colours with those that were carried to it, which are `hinted`."""
        colors, trusted = carried
        hinted = trusted * hinted
        kept = KEPT_HINTED * hinted + KEPT * (1 - hinted) * (1 - colored.hinted) * trusted
        colored.colors += kept[..., None] * (colors - colored.colors)
        colored.hinted = np.maximum(hinted, colored.hinted)

    def _from_past(self, steps: list[Step]) -> tuple[list[Carried], np.ndarray]:
        """The colours of the key frame before, carried to each step, and the motion from the last step to it."""
        moved, trusted, found = np.zeros((*self.shape, 2), np.float32), np.ones(self.shape, np.float32), []
        for step in steps:
            moved = motion.chain(step.motion.past, moved)
            trusted = step.motion.past_trust * motion.sample(trusted, step.motion.past)
            found.append(_carry(self.key, step, moved, trusted))
        return found, moved

    def _from_future(self, steps: list[Step], key: Key) -> list[Carried]:
        """The colours of the last step, a key frame now, carried back to each step before it."""
        moved, trusted, found = np.zeros((*self.shape, 2), np.float32), np.ones(self.shape, np.float32), []
        for step, after in zip(steps[-2::-1], steps[:0:-1], strict=True):
            moved = motion.chain(after.motion.future, moved)
            trusted = after.motion.future_trust * motion.sample(trusted, after.motion.future)
            found.append(_carry(key, step, moved, trusted))
        return found[::-1]


def carry_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """Height and width of the small copies of frames of this height and width."""
    scale = min(1.0, CARRY_SIZE / (shape[0] * shape[1]) ** 0.5)
    return max(16, round(shape[0] * scale)), max(16, round(shape[1] * scale))


def _ab(gray: np.ndarray, colors: np.ndarray) -> np.ndarray:
    return lab.rgb_to_lab(rendering.join(gray, np.moveaxis(colors, -1, 0), depth=16))[..., 1:]


def _key(colored: Colored) -> Key:
    step = colored.step
    return Key(step.frame.index, step.gray, step.normalized, colored.colors, colored.hinted)


def _carry(key: Key, step: Step, moved: np.ndarray, trusted: np.ndarray) -> Carried:
    """A key frame's colours along a motion, in the light of the frame to which they come.

    The offsets of the coefficients are multiplied by `light_ratio`; the rest of ab follows L* by itself.
    """
    trusted = trusted * motion.sameness(step.normalized, motion.sample(key.normalized, moved))
    colors = motion.sample(key.colors, moved)
    colors[..., 1::2] *= light_ratio(step.gray, motion.sample(key.gray, moved), trusted)
    return colors, trusted


def light_ratio(gray: np.ndarray, gray_before: np.ndarray, trusted: np.ndarray) -> float:
    """By what a* and b* of a frame are to be multiplied to be in the light of another one.

    Where light fades, L* + 16 and a* and b* fall by one factor (the cube root of that of the light, CIE 15).

    Args:
        gray, gray_before: the other frame, and the frame itself, brought along the motion to it: uint8 `(h, w)`.
        trusted: trust in this motion; where there is next to none, the light counts as the same.
    """
    if trusted.mean() <= ENOUGH:
        return 1.0
    now, before = (
        float((lab.rgb_to_lightness(one) * trusted).sum() / trusted.sum()) + 16 for one in (gray, gray_before)
    )
    return now / before


def _blend(past: Carried, future: Carried, place: float) -> np.ndarray:
    """Join colours from both sides; `place` is the frame's place between them, 0..1."""
    of_past = (past[1] * (1 - place) + 1e-3)[..., None]
    of_future = (future[1] * place + 1e-3)[..., None]
    return (past[0] * of_past + future[0] * of_future) / (of_past + of_future)
