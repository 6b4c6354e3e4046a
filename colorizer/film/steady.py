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

import cv2
import numpy as np

from colorizer.color import lab
from colorizer.film import motion
from colorizer.film.source import Frame
from colorizer.inference import rendering
from colorizer.inference.colorizer import Colorizer

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
    """

    index: int
    gray: np.ndarray
    normalized: np.ndarray
    colors: np.ndarray


@dataclass
class Step:
    """A frame with its motion against the frame before.

    Args:
        gray: small grey copy, uint8 `(h, w)`; `normalized`: the same of fixed contrast.
        past, past_trust: motion to the frame before, and trust in it; None at the first frame of a shot.
        future, future_trust: motion from the frame before to this one.
    """

    frame: Frame
    gray: np.ndarray
    normalized: np.ndarray
    past: np.ndarray | None = None
    past_trust: np.ndarray | None = None
    future: np.ndarray | None = None
    future_trust: np.ndarray | None = None


@dataclass
class Colored:
    """A frame with its colours.

    Args:
        step: the frame.
        colors: coefficients of ab, float32 `(h, w, 4)`, at the small size.
        is_key: whether the network saw it.
        starts_shot: whether it is the first frame of a shot.
    """

    step: Step
    colors: np.ndarray
    is_key: bool = False
    starts_shot: bool = False

    def ab(self) -> np.ndarray:
        """The colours at the small size as they are shown, within the gamut: float32 `(h, w, 2)`."""
        return lab.rgb_to_lab(rendering.join(self.step.gray, np.moveaxis(self.colors, -1, 0), depth=16))[..., 1:]

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
    """

    def __init__(
        self,
        colorizer: Colorizer,
        shape: tuple[int, int],
        saturation: float = 1.0,
        segment: int = 96,
        take_turn: Callable[[], AbstractContextManager] = nullcontext,
        key_every: int = KEY_EVERY,
    ):
        cv2.setNumThreads(1)  # the flow depends on the number of threads, and a resumed film must be the same
        self._colorizer, self._saturation, self._segment = colorizer, saturation, segment
        self._take_turn, self._key_every = take_turn, key_every
        scale = min(1.0, CARRY_SIZE / (shape[0] * shape[1]) ** 0.5)
        self.shape = max(16, round(shape[0] * scale)), max(16, round(shape[1] * scale))
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
            if step.past is None:
                yield from self._close(pending)
                pending = []
                yield self._start(step)
            else:
                pending.append(step)
                reach = motion.chain(step.past, reach[0]), step.past_trust * motion.sample(reach[1], step.past)
                if not self._is_due(frame.index, pending, float(reach[1].mean())):
                    continue
                yield from self._close(pending)
                pending = []
            reach = np.zeros((*self.shape, 2), np.float32), np.ones(self.shape, np.float32)
        yield from self._close(pending)

    def alone(self, step: Step) -> Colored:
        """A frame with the network's own colours, as if it were a photograph."""
        self.network_runs += 1
        pixels = step.frame.pixels()
        prediction = self._colorizer.predict(pixels)
        colors = np.zeros((4, *self.shape), np.float32)
        if not prediction.is_untouched:
            rows, columns = prediction.box(self.shape)  # around it is the black edge of a wide film, for example
            size = rows.stop - rows.start, columns.stop - columns.start
            coefficients = self._colorizer.coefficients(pixels, prediction, self._saturation)
            colors[:, rows, columns] = rendering.resized(coefficients, size)
        return Colored(step, np.ascontiguousarray(np.moveaxis(colors, 0, -1)), is_key=True)

    def _look(self, frame: Frame, last: np.ndarray | None) -> Step:
        """A frame with its motion since the last one, unless there is none or a cut between them."""
        gray = frame.gray(self.shape)
        step = Step(frame, gray, motion.normalize(gray))
        if last is None or self._key_every == 1:
            return step
        past, future = motion.flow(step.normalized, last), motion.flow(last, step.normalized)
        trusted = motion.trust(step.normalized, last, past, future)
        if not motion.is_cut(step.normalized, last, past, trusted):
            step.past, step.past_trust = past, trusted
            step.future, step.future_trust = future, motion.trust(last, step.normalized, future, past)
        return step

    def _is_due(self, index: int, pending: list[Step], trusted: float) -> bool:
        return (
            len(pending) >= self._key_every
            or (index + 1) % self._segment == 0
            or (trusted < LOW_TRUST and len(pending) >= KEY_AFTER)
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
            from_past = self._from_past(pending)
            carried, trusted = from_past[-1]
            last = self.alone(pending[-1])
            last.colors += KEPT * trusted[..., None] * (carried - last.colors)
            from_future = self._from_future(pending, _key(last))
            for number, step in enumerate(pending[:-1]):
                place = (number + 1) / len(pending)
                yield Colored(step, _blend(from_past[number], from_future[number], place))
            self.key = _key(last)
            yield last

    def _from_past(self, steps: list[Step]) -> list[Carried]:
        """The colours of the key frame before, carried to each step."""
        moved, trusted, found = np.zeros((*self.shape, 2), np.float32), np.ones(self.shape, np.float32), []
        for step in steps:
            moved = motion.chain(step.past, moved)
            trusted = step.past_trust * motion.sample(trusted, step.past)
            found.append(_carry(self.key, step, moved, trusted))
        return found

    def _from_future(self, steps: list[Step], key: Key) -> list[Carried]:
        """The colours of the last step, a key frame now, carried back to each step before it."""
        moved, trusted, found = np.zeros((*self.shape, 2), np.float32), np.ones(self.shape, np.float32), []
        for step, after in zip(steps[-2::-1], steps[:0:-1], strict=True):
            moved = motion.chain(after.future, moved)
            trusted = after.future_trust * motion.sample(trusted, after.future)
            found.append(_carry(key, step, moved, trusted))
        return found[::-1]


def _key(colored: Colored) -> Key:
    return Key(colored.step.frame.index, colored.step.gray, colored.step.normalized, colored.colors)


def _carry(key: Key, step: Step, moved: np.ndarray, trusted: np.ndarray) -> Carried:
    """A key frame's colours along a motion, in the light of the frame to which they come.

    Where light fades, L* + 16 and a* and b* fall by one factor (the cube root of that of the light, CIE 15). So the
    offsets of the coefficients are multiplied by it; the rest of ab follows L* by itself.
    """
    trusted = trusted * motion.sameness(step.normalized, motion.sample(key.normalized, moved))
    colors = motion.sample(key.colors, moved)
    if trusted.mean() > ENOUGH:
        before, now = (
            float((lab.rgb_to_lightness(gray) * trusted).sum() / trusted.sum()) + 16
            for gray in (motion.sample(key.gray, moved), step.gray)
        )
        colors[..., 1::2] *= now / before
    return colors, trusted


def _blend(past: Carried, future: Carried, place: float) -> np.ndarray:
    """Join colours from both sides; `place` is the frame's place between them, 0..1."""
    of_past = (past[1] * (1 - place) + 1e-3)[..., None]
    of_future = (future[1] * place + 1e-3)[..., None]
    return (past[0] * of_past + future[0] * of_future) / (of_past + of_future)
