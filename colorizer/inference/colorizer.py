"""Colour a photograph of any size; its size and lightness do not change.

The network sees a small copy; `rendering` scales its colours up to the size of the photograph.
"""

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from colorizer import models, weights
from colorizer.color import daylight, lab
from colorizer.engine import Network, exports, through_keras
from colorizer.imaging import resizing
from colorizer.imaging.borders.border import Border
from colorizer.imaging.borders.page import examine
from colorizer.imaging.metadata import Provenance
from colorizer.imaging.pixels import is_neutral
from colorizer.imaging.splits import MIN_CHROMA
from colorizer.inference import decoding, framing, own_colors, rendering, windows
from colorizer.inference.hints.features import describe
from colorizer.inference.moods.reference import GrayReferenceError, Reference, lightness_of_places
from colorizer.inference.prediction import NoDistributionError, Prediction
from colorizer.inference.remembering import remembered
from colorizer.inference.threads import one_blas_thread

if TYPE_CHECKING:
    import keras

MAX_SATURATION = 2.0

MAX_ASPECT = 4.0
"""The network sees a photograph longer than 4:1 in overlapping windows; see `windows`."""

FINE_PIXELS = 3_000_000
"""Pictures of so many pixels get their colours on a grid twice as fine along a side: on that of small ones, a cell is
15 pixels wide there, and colour visibly leaves thin things. It takes four times as long as that of small ones, so
small copies of a large photograph, as a page shows them at each touch, do without."""

UPSAMPLED = 16
"""Number of photographs (or small copies, or versions) whose results of the upsampler are kept: 0.2 MB each, or
0.8 MB on a fine grid."""

MAX_OUTPUT = 6e4
"""Largest absolute value of a network's output, since predictions are kept as float16."""


class SaturationError(ValueError):
    """Saturation outside 0..2."""


class TemperatureError(ValueError):
    """A temperature outside 0.05..1, or for a model that has none."""


class DepthError(ValueError):
    """A depth that is neither 8 nor 16 bits."""


class PredictionError(RuntimeError):
    """The network's output is not finite, or beyond `MAX_OUTPUT`."""


class Colorizer:
    """A model with its weights, ready to colour photographs. Make one with `load_model`; share it between threads.

    Args:
        name: registered name of the model.
        model: the network that runs, or a Keras model of it.
        weights_sha256: checksum of the weights file, part of the provenance mark.
        working_size: the network's input has about the area of a square of this side, in pixels; None takes the
            model's own.
        upsampler: brings the colours up to full size, see `models.upsampler`; None takes the guided filter.
    """

    def __init__(
        self,
        name: str,
        model: "Network | keras.Model",
        weights_sha256: str,
        working_size: int | None = None,
        upsampler: rendering.Upsampler | None = None,
    ):
        self.name = name
        self.info = models.model_info(name)
        self.weights_sha256 = weights_sha256
        self.working_size = working_size or self.info.working_size
        network = model if isinstance(model, Network) else through_keras(model)
        # Read from the network, not from `info`: it can also be trained with the other kind of output.
        self._is_distribution = network.channels != 2
        # As in training, the extractor gets a copy of the whole photograph itself, not of the network's small input.
        self._extractor, self._extractor_side = network.extractor, network.extractor_side
        self._network = network.run
        self._upsampler = None if upsampler is None else remembered(upsampler, UPSAMPLED)

    @property
    def default_temperature(self) -> float | None:
        """Temperature that `colorize` decodes with; None for a model that predicts ab itself."""
        return self.info.temperature if self._is_distribution else None

    @property
    def provenance(self) -> Provenance:
        """The mark that is written into pictures coloured by this model."""
        return Provenance(software="Huestory", model=self.name, weights_sha256=self.weights_sha256)

    def mark(self, rgb: np.ndarray, prediction: Prediction, saturation: float = 1.0) -> Provenance | None:
        """The mark for a rendered picture; None if it was left as it is, since only coloured pictures are marked.

        That is a blank page, or paper on which no colour can be seen.

        Args:
            rgb, prediction, saturation: what `render` returned and received.
        """
        if prediction.is_untouched or (saturation > 0 and prediction.is_distribution and is_neutral(rgb)):
            return None
        return replace(
            self.provenance, saturation=saturation, hints=len(prediction.hints), style=prediction.style_in_words
        )

    def colorize(
        self,
        image: np.ndarray,
        saturation: float = 1.0,
        temperature: float | None = None,
        depth: int = 8,
        keep_colors: bool = False,
    ) -> np.ndarray:
        """Colour a photograph.

        Args:
            image: grey or colour (of which the lightness is taken), `(H, W)`, `(H, W, 1)`, `(H, W, 3)` or, alpha
                ignored, `(H, W, 4)`; uint8, uint16 or float in 0..1.
            saturation: factor on chroma, 0..2.
            temperature: of the decoding, 0.05..1; None takes the model's default.
            depth: bits of the result: 8, or 16 for uint16.
            keep_colors: whether the colours that the scan has itself stay (stamps, ink, hand-tinted parts); the one
                tone of a sepia print is none of them, see `own_colors`.

        Returns:
            uint8 sRGB `(H, W, 3)`, with the same lightness.

        Raises:
            PixelTypeError, TooSmallError, SaturationError, TemperatureError, DepthError, PredictionError
        """
        self._check(saturation, temperature)
        return self.render(image, self.predict(image), saturation, temperature, depth, keep_colors)

    def predict(self, image: np.ndarray, for_hints: bool = True) -> Prediction:
        """Run the network on a photograph (see `colorize`): the slow part, independent of all settings.

        The network does not see the border of a scan, and does not run for a blank page.

        Args:
            image: see `colorize`.
            for_hints: False spares the time for `Prediction.features`, where nobody will give hints.
        """
        pixels = rendering.as_pixels(image)
        size = pixels.shape[:2]
        page = examine(rendering.as_8_bit(pixels))
        if page.is_blank:
            lightness = self._shrink(pixels, self._working_shape(size)).astype(np.float16)
            return Prediction(np.zeros((1, 1, 2), np.float16), size=size, lightness=lightness, blank=True)
        inside = pixels if page.border is None else pixels[page.border.box(size)]
        with one_blas_thread():  # with several callers, more threads would wait for each other
            return self._predict_inside(inside, size, page.border, for_hints)

    def _predict_inside(
        self, inside: np.ndarray, size: tuple[int, int], border: Border | None, for_hints: bool
    ) -> Prediction:
        """The prediction for what is inside of the border of a photograph of this size."""
        output, lightness = self.run_network(inside)
        if not max(output.max(), -output.min()) <= MAX_OUTPUT:  # also false if one is not a number
            raise PredictionError(f"The network gave no finite numbers: the weights of {self.name} are damaged.")
        directions = None
        if for_hints and self.info.smoothing:
            directions = decoding.main_directions(output.reshape(-1, output.shape[-1]))
        features = describe(output, directions) if for_hints else None
        if self.info.smoothing:
            output = decoding.smooth_logits(output, _means(lightness, output.shape[:2]), directions)
        output, lightness = output.astype(np.float16, copy=False), lightness.astype(np.float16)
        return Prediction(output, False, size, lightness, features, border=border)

    def reference(self, image: np.ndarray) -> Reference:
        """A colour photograph as a reference for `Prediction.like`.

        Args:
            image: `(H, W, 3)`, see `colorize`.

        Raises:
            GrayReferenceError: it has no colour.
            NoDistributionError: the model predicts ab itself.
        """
        pixels = rendering.as_8_bit(rendering.as_pixels(image))
        prediction = self.predict(pixels)
        inside = pixels[prediction.box(pixels.shape[:2])]
        if prediction.blank or inside.ndim == 2 or lab.chroma(_small_ab(inside, (64, 64))).mean() < MIN_CHROMA:
            raise GrayReferenceError("A reference must be a colour photograph. Received one without colour.")
        if not prediction.is_distribution:
            raise NoDistributionError(f"A reference needs a model that weighs several colours. {self.name} does not.")
        shape = prediction.output.shape[:2]
        lightness = lightness_of_places(prediction.lightness, shape)
        return Reference(prediction.output, lightness, _small_ab(inside, shape))

    def run_network(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The network's output, before any smoothing, `(h, w, bins or 2)`, and the L* that it saw, `(H, W)`."""
        pixels = rendering.as_pixels(image)
        height, width = pixels.shape[:2]
        if max(height, width) > MAX_ASPECT * min(height, width):
            return self._run_on_windows(pixels)
        lightness = self._shrink(pixels, self._working_shape((height, width)))
        return self._run(lightness, pixels), lightness

    def _run_on_windows(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        axis = int(pixels.shape[1] > pixels.shape[0])
        long, short = pixels.shape[axis], pixels.shape[1 - axis]
        window = self._working_shape((1, windows.ASPECT) if axis else (windows.ASPECT, 1))
        length, starts = windows.lay_out(long / short, (window[axis], window[1 - axis]), self.info.size_multiple)
        lightness = self._shrink(pixels, (window[0], length) if axis else (length, window[1]))
        outputs = []
        for start in starts:
            end = start + window[axis]
            part = windows.cut(pixels, start * long // length, end * long // length, axis)
            outputs.append(self._run(windows.cut(lightness, start, end, axis), part))
        scale = window[axis] // outputs[0].shape[axis]  # the output is smaller than the input
        return windows.join(outputs, [start // scale for start in starts], axis), lightness

    def _shrink(self, pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """L* of a copy of a photograph with the given shape."""
        return lab.rgb_to_lightness(resizing.resize(rendering.as_8_bit(pixels), shape))

    def _run(self, lightness: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """The network's output for L* of a copy of `pixels`."""
        inputs = [lightness[None, ..., None]]
        if self._extractor is not None:
            inputs.append(self.describe(pixels)[None])
        return self._network(*inputs)[0]

    def describe(self, image: np.ndarray) -> np.ndarray:
        """The vector that the model's extractor computes from a photograph: float32 `(n,)`."""
        pixels = rendering.as_8_bit(rendering.as_pixels(image))
        return self._extractor(resizing.square_lightness(pixels, self._extractor_side)[None])[0]

    def render(
        self,
        image: np.ndarray,
        prediction: Prediction,
        saturation: float = 1.0,
        temperature: float | None = None,
        depth: int = 8,
        keep_colors: bool = False,
    ) -> np.ndarray:
        """Join a prediction with a photograph: sRGB `(H, W, 3)`, uint8. No network runs.

        Args:
            image: the photograph that was predicted, or a smaller or larger copy of it.
            prediction, saturation, temperature, keep_colors: see `predict` and `colorize`.
            depth: bits of the result: 8, or 16 for uint16.

        Raises:
            DepthError: another depth.
        """
        if depth not in (8, 16):
            raise DepthError(f"depth must be 8 or 16 bits. Received {depth}.")
        self._check(saturation, temperature)
        pixels = rendering.as_pixels(image)
        if prediction.is_untouched:
            return framing.as_it_is(pixels, depth)
        rgb = self._render_whole(pixels, prediction, saturation, temperature, depth)
        return own_colors.keep(rgb, pixels) if keep_colors else rgb

    def _render_whole(
        self, pixels: np.ndarray, prediction: Prediction, saturation: float, temperature: float | None, depth: int
    ) -> np.ndarray:
        """Join a prediction with a photograph and its border."""
        shape = pixels.shape[:2]
        inside = self._render_inside(pixels[prediction.box(shape)], prediction, saturation, temperature, depth)
        if prediction.border is None:
            return inside
        hints, around = prediction.border_hints(), None
        if hints:
            around = framing.color_border(pixels, hints, prediction.size, saturation, depth)
        return framing.surround(pixels, inside, prediction.border, around)

    def _render_inside(
        self, pixels: np.ndarray, prediction: Prediction, saturation: float, temperature: float | None, depth: int
    ) -> np.ndarray:
        """Join a prediction with what it covers of a photograph: all but the border."""
        coefficients, correction = self._inside(pixels, prediction, saturation, temperature)
        return rendering.join(pixels, coefficients, correction, depth)

    def coefficients(self, image: np.ndarray, prediction: Prediction, saturation: float = 1.0) -> np.ndarray:
        """What `render` makes its colours of: ab as a linear function of L*, float32 `(4, h, w)`, of any size.

        They cover what `prediction.box` does; hints inside of it are in them. See `rendering.coefficients`.

        Args:
            image, prediction, saturation: see `render`.
        """
        self._check(saturation, None)
        pixels = rendering.as_pixels(image)
        inside = pixels[prediction.box(pixels.shape[:2])]
        coefficients, correction = self._inside(inside, prediction, saturation, None)
        return coefficients if correction is None else rendering.corrected(inside, coefficients, correction)

    def _inside(
        self, pixels: np.ndarray, prediction: Prediction, saturation: float, temperature: float | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The coefficients of what a prediction covers of a photograph, and what hints add to its colours."""
        upsampler = self._upsampler if prediction.is_distribution else None  # not for ab such as uncertainty
        ab = self.decode(prediction, temperature)
        if upsampler is not None and pixels.shape[0] * pixels.shape[1] >= FINE_PIXELS:
            ab = rendering.finer(ab)
        coefficients = rendering.coefficients(pixels, ab, upsampler, prediction.lightness)
        correction = None
        if prediction.hints:  # after `contrast`, so that no hint moves its mean
            shown = rendering.colors_at(coefficients, prediction.lightness.astype(np.float32))
            correction = np.float32(saturation) * prediction.correction(shown)
        coefficients = daylight.warm(np.float32(saturation) * coefficients, prediction.warmth)
        if correction is not None:
            correction *= np.float32(daylight.factors(prediction.warmth))
        return coefficients, correction

    def decode(self, prediction: Prediction, temperature: float | None = None) -> np.ndarray:
        """The colours of a prediction on the network's grid, before they are scaled up: ab, float32 `(h, w, 2)`."""
        temperature = temperature or self.info.temperature
        if prediction.decided or not prediction.is_distribution:  # ab itself, such as uncertainty, stays as it is
            return prediction.ab(temperature)
        ab, confidence = decoding.mean_and_confidence(prediction.output, temperature)
        lightness = None
        if prediction.lightness is not None:
            [lightness] = rendering.resized(prediction.lightness[None].astype(np.float32), confidence.shape)
        return decoding.contrast(ab, self.info.contrast, confidence, lightness)

    def at_working_size(self, working_size: int) -> "Colorizer":
        """The same model with another working size."""
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
        """The shape nearest in aspect ratio, out of a few of about equal area, so that there are few input sizes."""
        multiple, area = self.info.size_multiple, self.working_size**2
        heights = range(multiple, int(self.working_size * MAX_ASPECT**0.5) + 1, multiple)
        shapes = [(height, max(multiple, round(area / height / multiple) * multiple)) for height in heights]
        shapes = [(h, w) for h, w in shapes if max(h / w, w / h) <= MAX_ASPECT]
        return min(shapes, key=lambda s: abs(np.log(s[0] / s[1]) - np.log(shape[0] / shape[1])))


def _small_ab(rgb: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return lab.rgb_to_lab(resizing.resize(rgb, shape))[..., 1:]


def load_model(name: str | None = None, threads: int | None = None, at_once: int = 1) -> Colorizer:
    """Make a model ready to use, with its weights. At the very first use of weights it is exported, see `engine`.

    Args:
        name: one of `list_models()`; None takes the default.
        threads: for one photograph; None takes all cores. The result is the same with any number.
        at_once: how many photographs the network may take at a time; a further one waits.

    Raises:
        UnknownModelError: no such model.
        MissingWeightsError, CorruptWeightsError: its weights, or those of its upsampler, are missing or damaged.
    """
    name = name or models.DEFAULT_MODEL
    path = weights.weights_path(name)
    wanted = [(name, path)]
    if models.model_info(name).learned_upsampling:
        wanted.append((weights.UPSAMPLER_NAME, weights.upsampler_path()))
    network, *upsampler = exports.open_networks(wanted, threads, at_once)
    return Colorizer(name, network, weights.sha256(path), upsampler=upsampler[0].run if upsampler else None)


def _means(lightness: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Means of L* over the block of pixels that each place of the network's output covers: float32 `shape`."""
    height, width = shape
    return lightness.reshape(height, lightness.shape[0] // height, width, -1).mean(axis=(1, 3))
