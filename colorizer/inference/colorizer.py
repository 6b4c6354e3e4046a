"""From a photograph of any size to its colours, at the same size and with its lightness untouched.

The network sees a small copy; its ab is brought up to full size along the edges of L* and joined with the full-size L*
in blocks of rows, so that memory grows with a block and not with the photograph.
"""

import copy
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter

from colorizer import models, weights
from colorizer.color import lab
from colorizer.imaging import images
from colorizer.imaging.metadata import Provenance
from colorizer.inference import decoding
from colorizer.inference.variants import vary

if TYPE_CHECKING:
    import keras

SURE_AND_UNSURE = decoding.ORDINARY_CONFIDENCE, 0.12
"""Confidence that is shown as no doubt at all, which is the usual one, and as full doubt."""

DOUBT_AB = np.array([55.0, 65.0])
"""The orange that shows doubt, in ab."""

MAX_SATURATION = 2.0
MAX_ASPECT = 4.0
"""A longer strip than 4:1 is squeezed to that for the network."""

GUIDE_SIZE = 512
"""Side of the square of which the guided filter sees the area."""

GUIDE_RADIUS = 2.0
"""Radius of the guided filter's window, in pixels of the network's output."""

GUIDE_EPSILON = 64.0
"""Variance of L* under which the guided filter takes a window for one surface, in squared units of L*."""

MAX_OUTPUT = 6e4
"""Largest number that a network may give: the predictions are kept as float16."""

BLOCK_PIXELS = 1 << 16
"""Pixels of a block of rows; its float32 planes fit a processor's cache."""


class SaturationError(ValueError):
    """Saturation outside 0..2."""


class TemperatureError(ValueError):
    """A temperature outside 0.05..1, or for a model that has none."""


class ConfidenceError(ValueError):
    """A model does not say how sure it is."""


class PredictionError(RuntimeError):
    """The network gave something that is no colour."""


class QueueFullError(RuntimeError):
    """Too many photographs wait already."""


class QueueTimeoutError(RuntimeError):
    """The turn of a photograph did not come in time."""


@dataclass(frozen=True)
class Prediction:
    """What the network said of one photograph; small, and good for renderings at any size.

    Args:
        output: logits over `lab.bins_of(bins)`, float16 `(h, w, bins)`, or ab, float16 `(h, w, 2)`.
        decided: whether each region has been given one of its colours, as in a variant: they stand apart as they are.
    """

    output: np.ndarray
    decided: bool = False

    @property
    def is_distribution(self) -> bool:
        """Whether it weighs several colours, and so knows its confidence and other variants."""
        return self.output.shape[-1] != 2

    def ab(self, temperature: float = 1.0) -> np.ndarray:
        """Colours, float32 `(h, w, 2)`: ab itself, or the annealed mean of the distribution over bins."""
        output = self.output.astype(np.float32)
        return decoding.annealed_mean(output, temperature) if self.is_distribution else output

    def variants(self, count: int = 3) -> list["Prediction"]:
        """Up to `count` clearly different plausible colourings of the photograph, the first being this one.

        Fewer where the distribution leaves no other choice; one for a model that predicts ab itself.
        """
        if not self.is_distribution:
            return [self]
        others = vary(self.output.astype(np.float32), count)[1:]
        return [self, *(Prediction(logits.astype(np.float16), decided=True) for logits in others)]

    def confidence(self) -> np.ndarray:
        """How sure the network is of the colour of each place, 0..1, float32 `(h, w)`; see `decoding.confidence`.

        Raises:
            ConfidenceError: the model predicts ab itself and does not say how sure it is.
        """
        if not self.is_distribution:
            raise ConfidenceError("Confidence is known only of a model that predicts a distribution over colours.")
        return decoding.confidence(self.output.astype(np.float32))

    def doubt(self) -> "Prediction":
        """A picture of where the network guesses: to be rendered like a colouring, orange where it is unsure.

        Raises:
            ConfidenceError: see `confidence`.
        """
        sure, unsure = SURE_AND_UNSURE
        share = np.clip((sure - self.confidence()) / (sure - unsure), 0, 1)
        return Prediction((share[..., None] * DOUBT_AB).astype(np.float16))


class Colorizer:
    """A model with its weights, ready to colour photographs. Make one with `load_model`; share it between threads.

    Args:
        name: registered name of the model.
        model: the Keras model.
        weights_sha256: checksum of the weights file, part of the provenance mark.
        working_size: side of the square of which the network sees the area; None takes the model's own.
    """

    def __init__(self, name: str, model: "keras.Model", weights_sha256: str, working_size: int | None = None):
        self.name = name
        self.info = models.model_info(name)
        self.weights_sha256 = weights_sha256
        self.working_size = working_size or self.info.working_size
        # Of the model itself: a network of either kind can be trained as the other.
        self._is_distribution = model.output_shape[-1] != 2
        self._network = _compile(model)

    @property
    def default_temperature(self) -> float | None:
        """Temperature that `colorize` decodes with; None for a model that predicts ab itself."""
        return self.info.temperature if self._is_distribution else None

    @property
    def provenance(self) -> Provenance:
        """The mark that pictures of this model carry."""
        return Provenance(software="Huestory", model=self.name, weights_sha256=self.weights_sha256)

    def colorize(self, image: np.ndarray, saturation: float = 1.0, temperature: float | None = None) -> np.ndarray:
        """Colour a photograph.

        Args:
            image: grey or colour (of which the lightness is taken), `(H, W)`, `(H, W, 1)`, `(H, W, 3)` or, alpha
                ignored, `(H, W, 4)`; uint8, uint16 or float in 0..1.
            saturation: factor on chroma, 0..2.
            temperature: of the decoding, 0.05..1; None takes the model's default.

        Returns:
            uint8 sRGB `(H, W, 3)`, of the same lightness.

        Raises:
            PixelTypeError, TooSmallError, SaturationError, TemperatureError, PredictionError
        """
        self._check(saturation, temperature)
        return self.render(image, self.predict(image), saturation, temperature)

    def predict(self, image: np.ndarray) -> Prediction:
        """Run the network on a photograph (see `colorize`): the slow part, independent of all settings."""
        output, lightness = self.run_network(image)
        if not np.isfinite(output.astype(np.float32)).all() or np.abs(output).max() > MAX_OUTPUT:
            raise PredictionError(f"The network gave no finite numbers: the weights of {self.name} are damaged.")
        if self.info.agreement:
            output = decoding.agree(output, _shrink(lightness, output.shape[:2]))
        return Prediction(output.astype(np.float16))

    def run_network(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the network alone says of a photograph, `(h, w, bins or 2)`, and the L* that it saw, `(H, W)`."""
        pixels = _as_pixels(image)
        small = images.resize(_as_8_bit(pixels), self._working_shape(pixels.shape[:2]))
        lightness = lab.rgb_to_lightness(small)
        return self._network(lightness[None, ..., None])[0], lightness

    def render(
        self, image: np.ndarray, prediction: Prediction, saturation: float = 1.0, temperature: float | None = None
    ) -> np.ndarray:
        """Join a prediction with a photograph: uint8 sRGB `(H, W, 3)`. No network runs.

        Args:
            image: the photograph that was predicted, or a smaller or larger copy of it.
            prediction, saturation, temperature: see `predict` and `colorize`.
        """
        self._check(saturation, temperature)
        pixels = _as_pixels(image)
        ab = prediction.ab(temperature or self.info.temperature)
        if prediction.is_distribution and not prediction.decided:  # what is ab already is shown as it is: doubt, say
            ab = decoding.contrast(ab, self.info.contrast, prediction.confidence())
        return _merge_blocks(pixels, _guided_coefficients(pixels, ab * np.float32(saturation)))

    def at_working_size(self, working_size: int) -> "Colorizer":
        """The same model, seeing photographs at another size."""
        other = copy.copy(self)
        other.working_size = working_size
        return other

    def _check(self, saturation: float, temperature: float | None) -> None:
        if not 0 <= saturation <= MAX_SATURATION:
            raise SaturationError(f"saturation must be from 0 to {MAX_SATURATION:g}. Received {saturation}.")
        if temperature is not None and self.default_temperature is None:
            raise TemperatureError(f"temperature is not a setting of {self.name}. Received {temperature}.")
        if temperature is not None and not 0.05 <= temperature <= 1:
            raise TemperatureError(f"temperature must be from 0.05 to 1. Received {temperature}.")

    def _working_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """The nearest in aspect of a few shapes of one area, so that few input sizes are ever met."""
        multiple, area = self.info.size_multiple, self.working_size**2
        heights = range(multiple, int(self.working_size * MAX_ASPECT**0.5) + 1, multiple)
        shapes = [(height, max(multiple, round(area / height / multiple) * multiple)) for height in heights]
        shapes = [(h, w) for h, w in shapes if max(h / w, w / h) <= MAX_ASPECT]
        return min(shapes, key=lambda s: abs(np.log(s[0] / s[1]) - np.log(shape[0] / shape[1])))


def _compile(model: "keras.Model") -> Callable[[np.ndarray], np.ndarray]:
    """The model as a compiled function; one trace for each of the few working shapes."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return model.predict_on_batch
    import tensorflow as tf

    function = tf.function(lambda lightness: model(lightness, training=False), autograph=False)

    @cache
    def trace(shape: tuple[int, ...]) -> Callable:
        return function.get_concrete_function(tf.TensorSpec(shape, tf.float32))

    return lambda lightness: trace(lightness.shape)(tf.constant(lightness)).numpy()


def load_model(name: str | None = None) -> Colorizer:
    """Build a model, load its weights and make it ready to use.

    Args:
        name: one of `list_models()`; None takes the default.

    Raises:
        UnknownModelError: no such model.
        MissingWeightsError, CorruptWeightsError: the weights are missing or damaged.
    """
    name = name or models.DEFAULT_MODEL
    path = weights.weights_path(name)
    return Colorizer(name, weights.create_model(name, path), weights.sha256(path))


class InferenceQueue:
    """First come, first served: lets `workers` callers run at a time and bounds how many wait.

    Args:
        limit: callers that may wait.
        timeout: seconds that one waits at most.
        workers: callers that run at once.
    """

    def __init__(self, limit: int = 32, timeout: float = 300.0, workers: int = 1):
        self.limit, self.timeout, self.workers = limit, timeout, workers
        self._line: deque[Ticket] = deque()
        self._moved = threading.Condition()

    @contextmanager
    def ticket(self) -> Iterator["Ticket"]:
        """Take a place in the line, given back at the end of the block, however it ends.

        Raises:
            QueueFullError: `limit` callers wait already.
        """
        with self._moved:
            if len(self._line) >= self.limit + self.workers:
                raise QueueFullError(f"At most {self.limit} photographs may wait. Please try again in a minute.")
            ticket = Ticket(self)
            self._line.append(ticket)
        try:
            yield ticket
        finally:
            with self._moved:
                self._line.remove(ticket)
                self._moved.notify_all()


class Ticket:
    """A place in an `InferenceQueue`."""

    def __init__(self, queue: InferenceQueue):
        self._queue = queue

    @property
    def position(self) -> int:
        """Callers ahead that must end before this one may run; 0: it is our turn."""
        with self._queue._moved:
            return self._position()

    def wait(self, on_position: Callable[[int], None] = lambda position: None) -> None:
        """Wait for our turn, telling `on_position` whenever the line has moved.

        Raises:
            QueueTimeoutError: the turn did not come in time.
        """
        deadline, told = time.monotonic() + self._queue.timeout, None
        while True:
            with self._queue._moved:
                position = self._position()
                left = deadline - time.monotonic()
                if position and position == told:
                    self._queue._moved.wait(min(left, 1.0))
                    position = self._position()
            if position == 0:
                return
            if left <= 0:
                raise QueueTimeoutError(
                    f"A photograph waits at most {self._queue.timeout:g} seconds for its turn, and {position} are "
                    "still ahead. Please try again later."
                )
            if position != told:
                on_position(position)
                told = position

    def _position(self) -> int:
        return max(0, self._queue._line.index(self) - self._queue.workers + 1)


def _as_pixels(image: np.ndarray) -> np.ndarray:
    """`(H, W)` or `(H, W, 3)`, of a type that `lab` reads; a size that can be coloured."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[-1] == 4:
        image = image[..., :3]
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[-1] == 3):
        raise lab.PixelTypeError(f"image must have shape (H, W), (H, W, 3) or (H, W, 4). Received {image.shape}.")
    if image.dtype not in (np.uint8, np.uint16) and not np.issubdtype(image.dtype, np.floating):
        raise lab.PixelTypeError(f"image must be uint8, uint16 or float in 0..1. Received dtype={image.dtype}.")
    images.check_size(*image.shape[:2])
    return image


def _as_8_bit(pixels: np.ndarray) -> np.ndarray:
    """uint8 for the network's small copy; the full-size L* keeps every bit."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return np.rint(np.clip(np.nan_to_num(pixels), 0, 1) * 255).astype(np.uint8)


def _shrink(lightness: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Means of L* over the blocks of pixels that one place of the network's output stands for."""
    height, width = shape
    return lightness.reshape(height, lightness.shape[0] // height, width, -1).mean(axis=(1, 3))


def _guided_coefficients(pixels: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Slope and offset of ab as a linear function of L*, window by window: float32 `(4, h, w)`, a pair each.

    He & Sun 2015, *Fast Guided Filter*, arXiv 1505.00996: fitted on a small copy, applied at any size.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, GUIDE_SIZE / (height * width) ** 0.5)
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    guide = lab.rgb_to_lightness(images.resize(_as_8_bit(pixels), shape))
    colors = _stretch(_stretch(np.moveaxis(ab, -1, 0), shape[0], axis=1), shape[1], axis=2)

    window = [2 * round(GUIDE_RADIUS * new / old) + 1 for new, old in zip(shape, ab.shape[:2], strict=True)]

    def mean(plane: np.ndarray) -> np.ndarray:
        return uniform_filter(plane, window, mode="nearest")

    guide_mean = mean(guide)
    variance = mean(guide * guide) - guide_mean**2
    planes = []
    for color in colors:
        color_mean = mean(color)
        slope = (mean(guide * color) - guide_mean * color_mean) / (variance + GUIDE_EPSILON)
        planes += [mean(slope), mean(color_mean - slope * guide_mean)]
    return np.stack(planes)


def _merge_blocks(pixels: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    rgb = np.empty((height, width, 3), np.uint8)
    wide = _stretch(coefficients, width, axis=2)
    rows = max(1, BLOCK_PIXELS // width)

    def fill(top: int) -> None:
        block = slice(top, min(top + rows, height))
        lightness = lab.rgb_to_lightness(pixels[block])
        a_slope, a_offset, b_slope, b_offset = _stretch(wide, height, axis=1, part=block)
        ab = np.stack([a_slope * lightness + a_offset, b_slope * lightness + b_offset])
        rgb[block] = lab.merge(lightness, np.moveaxis(ab, 0, -1))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, range(0, height, rows)))
    return rgb


def _stretch(planes: np.ndarray, size: int, axis: int, part: slice = slice(None)) -> np.ndarray:
    """Bilinear interpolation of one axis to `size` samples (pixel centres aligned), or to a `part` of them."""
    old = planes.shape[axis]
    at = np.clip((np.arange(size)[part] + 0.5) * old / size - 0.5, 0, old - 1).astype(np.float32)
    low = np.minimum(at.astype(int), max(old - 2, 0))
    share = np.expand_dims(at - low, [i for i in range(planes.ndim) if i != axis])
    first, second = np.take(planes, low, axis), np.take(planes, np.minimum(low + 1, old - 1), axis)
    return first + (second - first) * share
