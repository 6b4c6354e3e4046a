"""Train the upsampler (`models.upsampler`) on the coarse ab that a trained network gives for colour photographs.

    python -m colorizer train-upsampler --data photos --output my.weights.h5 --minutes 60

The network's colours are often wrong, and an upsampler that had to mend that would learn to make them pale. So the
network's large-scale error is taken away first: the low frequencies of its coarse ab are replaced by the photograph's
own. What is left to learn is where colours begin and end, and how they vary with lightness inside a surface.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops
from scipy.ndimage import gaussian_filter
from tqdm import tqdm

from colorizer import weights
from colorizer.color import lab
from colorizer.imaging import resizing
from colorizer.imaging.photos import read_rgb
from colorizer.inference.colorizer import Colorizer
from colorizer.models import upsampler
from colorizer.training import data
from colorizer.training.data import Data
from colorizer.training.schedule import Report
from colorizer.training.train import writable

SIDE = 192
"""Photographs are cut to a square of this side, in pixels."""

WINDOW = 96
"""Side of the upsampler's L*: a whole photograph at half its size, or a window of it at full size."""

HALVED = 0.6
"""Share of the samples that are whole photographs at half size; their coefficients are applied at full size."""

TURNED = 0.5
"""Share of the samples whose colours are turned in hue and changed in chroma, so that no colour is preferred."""

NOISY = 0.3
"""Share of the samples whose L* gets grain and another contrast, which must not become colour."""

CLIP_NORM = 1.0
WARMUP_STEPS = 100
LEAST_RATE = 1e-3
"""The learning rate falls to this share of its highest value."""


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of the training."""

    photographs: int = 2000
    """Photographs that the network colours beforehand, drawn from all of `train`."""
    val: int = 160
    """Photographs of `val` for the loss that is reported."""
    steps: int = 9000
    batch_size: int = 16
    learning_rate: float = 1e-3
    detail_weight: float = 0.7
    """Weight of the difference in detail; see `UpsamplingLoss`."""


@dataclass(frozen=True)
class Samples:
    """Photographs with the coarse ab that the network gives for them at two sizes."""

    colors: np.ndarray
    """Lab, float16 `(n, SIDE, SIDE, 3)`."""
    coarse: dict[int, np.ndarray]
    """ab by side of the network's input, `SIDE` and `WINDOW`: float16 `(n, side / 4, side / 4, 2)`."""

    def __len__(self) -> int:
        return len(self.colors)


def train_upsampler(
    colorizer: Colorizer, asked: Data, output: Path, recipe: Recipe = Recipe(), seed: int = 0, report: Report = print
) -> keras.Model:
    """Train an upsampler and write its weights.

    Args:
        colorizer: gives the coarse ab.
        asked: the photographs; near duplicates of held-out ones are left out as in any training.
        output: `NAME.weights.h5`.
        report: called with each line of progress.

    Raises:
        OutputError: the output is no `NAME.weights.h5`, or its folder cannot be written.
        DataError: a folder has too few photographs, or two folders have a photograph in common.
        OSError: the weights cannot be written.
    """
    output = writable(output)
    keras.utils.set_random_seed(seed)
    scan = data.scan(asked.split(asked.list_photos(), seed), None, report)
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(scan.train))[: recipe.photographs]
    report(f"Colouring {len(chosen)} photographs to learn from")
    samples = color(colorizer, [scan.train[i] for i in chosen])
    val = UpsamplingBatches(color(colorizer, scan.val[: recipe.val]), recipe.batch_size, seed, augment=False)
    batches = UpsamplingBatches(samples, recipe.batch_size, seed)

    model = upsampler.build()
    history = fit(model, batches, val, recipe, report)
    facts = {
        "model": upsampler.NAME,
        "recipe": asdict(recipe),
        "seed": seed,
        "data": {"folders": [Path(folder).name for folder in asked.folders], "photographs": len(samples)},
        "figures": {"steps": recipe.steps, "val_loss": round(float(history[-1]), 4)},
        "note": f"Learned from the colours of {colorizer.name} {colorizer.weights_sha256[:12]}.",
    }
    weights.write_weights(model, output, facts=facts)
    report(f"Wrote {output}")
    return model


def color(colorizer: Colorizer, paths: Sequence[Path]) -> Samples:
    """Let the network colour grey copies of photographs, at two sizes, as it would in use."""
    at = {side: colorizer.at_working_size(side) for side in (SIDE, WINDOW)}
    colors = np.empty((len(paths), SIDE, SIDE, 3), np.float16)
    coarse = {
        side: np.empty((len(paths), side // upsampler.STRIDE, side // upsampler.STRIDE, 2), np.float16) for side in at
    }
    for i, path in enumerate(tqdm(paths, unit="photo", desc="Colouring", disable=None)):
        rgb = resizing.fit_and_crop(read_rgb(path), SIDE)
        colors[i] = lab.rgb_to_lab(rgb)
        gray = lab.lightness_to_gray(lab.rgb_to_lightness(rgb))
        for side, sized in at.items():
            coarse[side][i] = sized.decode(sized.predict(gray))
    return Samples(colors, coarse)


class UpsamplingBatches(keras.utils.PyDataset):
    """Batches `((L*, coarse ab, full L*), ab)`, float32.

    L* is `(n, WINDOW, WINDOW, 1)`, coarse ab a quarter of that side, full L* and ab have `SIDE` pixels a side. A window
    is enlarged to that by repeating its pixels, so that all batches have one shape and one compiled step serves.

    Args:
        augment: whether samples are drawn at random, mirrored, turned in hue and degraded; without, the same ones
            come in order.
    """

    def __init__(self, samples: Samples, batch_size: int, seed: int, augment: bool = True):
        super().__init__(workers=2, max_queue_size=8)
        self.samples, self.batch_size, self.seed, self.augment = samples, batch_size, seed, augment
        self.epoch = 0

    def __len__(self) -> int:
        return max(1, len(self.samples) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
        rng = np.random.default_rng((self.seed, self.epoch if self.augment else 0, index))
        first = index * self.batch_size
        chosen = np.arange(first, first + self.batch_size) % len(self.samples)
        if self.augment:
            chosen = rng.integers(len(self.samples), size=self.batch_size)
        lightness, coarse, ab = map(np.stack, zip(*(self._draw(i, rng) for i in chosen), strict=True))
        return (_block_means(lightness, SIDE // WINDOW), coarse, lightness), ab

    def on_epoch_end(self) -> None:
        self.epoch += 1

    def _draw(self, index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Full L*, coarse ab and ab of one sample."""
        halved = rng.random() < HALVED
        colors = self.samples.colors[index].astype(np.float32)
        coarse = self.samples.coarse[WINDOW if halved else SIDE][index].astype(np.float32)
        true = _block_means(colors[..., 1:], SIDE // len(coarse))
        coarse = coarse + _blur(true - coarse, rng.uniform(1.5, 4.0) * len(coarse) * upsampler.STRIDE / WINDOW)
        if not halved:
            colors, coarse = _window(colors, coarse, rng)
        lightness, ab = colors[..., :1], colors[..., 1:]
        if not self.augment:
            return lightness, coarse, ab
        if rng.random() < 0.5:
            lightness, coarse, ab = lightness[:, ::-1], coarse[:, ::-1], ab[:, ::-1]
        if rng.random() < TURNED:
            turn = _random_turn(rng)
            coarse, ab = coarse @ turn, ab @ turn
        if rng.random() < NOISY:
            lightness = _degrade(lightness, rng)
        return lightness, coarse, ab


class UpsamplingLoss(keras.losses.Loss):
    """Error of ab, of its differences between neighbours, and of the amount of its detail.

    The first two are Charbonnier's (Lai et al. 2017, *Deep Laplacian Pyramid Networks*, arXiv 1704.03915, section 3.4):
    absolute errors, smooth near 0. Alone they make detail too weak where it is hard to tell its colour: the third
    compares the standard deviation of ab about its blurred copy, window by window.

    Input shape:
        ab, `(n, height, width, 2)`, both.

    Args:
        detail_weight: of the third term.
    """

    DISTANCES = (1, 4)
    SMOOTHNESS = 0.25
    BLUR = 3.0
    WINDOW, STEP = 16, 8

    def __init__(self, detail_weight: float, name: str = "upsampling_loss"):
        super().__init__(name=name, reduction="sum_over_batch_size")
        self.detail_weight = detail_weight

    def call(self, y_true, y_pred):
        error = y_pred - y_true
        differences = sum(
            _charbonnier(error[:, d:] - error[:, :-d]) + _charbonnier(error[:, :, d:] - error[:, :, :-d])
            for d in self.DISTANCES
        )
        detail = ops.mean(ops.abs(self._detail(y_true) - self._detail(y_pred)), axis=(1, 2, 3))
        return _charbonnier(error) / 10 + differences / 20 + self.detail_weight * detail / 5

    def _detail(self, ab):
        reach = round(2.5 * self.BLUR)
        kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * self.BLUR**2))
        kernel = np.tile((kernel / kernel.sum()).astype(np.float32)[:, None, None, None], (1, 1, 2, 1))
        blurred = ops.depthwise_conv(ab, kernel, padding="same")
        blurred = ops.depthwise_conv(blurred, kernel.transpose(1, 0, 2, 3), padding="same")
        variance = ops.sum((ab - blurred) ** 2, axis=-1, keepdims=True)
        return ops.sqrt(ops.average_pool(variance, self.WINDOW, self.STEP, padding="same") + 0.05)


class _Progress(keras.callbacks.Callback):
    """Lets the learning rate rise, then fall along a cosine; stops after the last step; reports each epoch."""

    def __init__(self, recipe: Recipe, report: Report):
        super().__init__()
        self.recipe, self.report, self.steps, self.history = recipe, report, 0, []

    def on_train_batch_begin(self, batch, logs=None):
        fall = 0.5 * (1 + np.cos(np.pi * self.steps / self.recipe.steps)) + LEAST_RATE
        self.model.optimizer.learning_rate = self.recipe.learning_rate * min(1, (self.steps + 1) / WARMUP_STEPS) * fall

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        self.model.stop_training = self.steps >= self.recipe.steps

    def on_epoch_end(self, epoch, logs=None):
        self.history.append(logs["val_loss"])
        self.report(
            f"step {self.steps} of {self.recipe.steps}, loss {logs['loss']:.4f}, val_loss {logs['val_loss']:.4f}"
        )


def fit(
    model: keras.Model, batches: UpsamplingBatches, val: UpsamplingBatches, recipe: Recipe, report: Report
) -> list[float]:
    full = keras.Input((None, None, 1), name="full_lightness")
    outer = keras.Model([*model.inputs, full], upsampler.apply(model(model.inputs), full))
    optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=1e-4, clipnorm=CLIP_NORM)
    outer.compile(optimizer, UpsamplingLoss(recipe.detail_weight))
    progress = _Progress(recipe, report)
    epochs = -(-recipe.steps // len(batches))
    outer.fit(batches, validation_data=val, epochs=epochs, verbose=0, callbacks=[progress])
    return progress.history


def _charbonnier(error):
    """Mean over all but the first axis."""
    smooth = UpsamplingLoss.SMOOTHNESS
    return ops.mean(ops.sqrt(error * error + smooth) - smooth**0.5, axis=(1, 2, 3))


def _block_means(planes: np.ndarray, size: int) -> np.ndarray:
    """Means over blocks of `size` pixels a side of `(..., H, W, channels)`."""
    *n, height, width, channels = planes.shape
    return planes.reshape(*n, height // size, size, width // size, size, channels).mean(axis=(-4, -2))


def _blur(planes: np.ndarray, sigma: float) -> np.ndarray:
    return gaussian_filter(planes, (sigma, sigma, 0), mode="nearest")


def _window(colors: np.ndarray, coarse: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cut the same random window out of both."""
    places = WINDOW // upsampler.STRIDE
    top, left = rng.integers(len(coarse) - places + 1, size=2)
    y, x = top * upsampler.STRIDE, left * upsampler.STRIDE
    window = colors[y : y + WINDOW, x : x + WINDOW].repeat(SIDE // WINDOW, axis=0).repeat(SIDE // WINDOW, axis=1)
    return window, coarse[top : top + places, left : left + places]


def _random_turn(rng: np.random.Generator) -> np.ndarray:
    """A matrix that turns ab in hue, by a little or by any angle, and changes chroma by up to 30 %."""
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.4 else rng.normal(0, 0.4)
    cos, sin = np.cos(angle), np.sin(angle)
    return (rng.uniform(0.7, 1.3) * np.array([[cos, sin], [-sin, cos]])).astype(np.float32)


def _degrade(lightness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add grain of 1 to 5 units of L* and change contrast and brightness."""
    grain = rng.normal(size=lightness.shape)
    sigma = rng.uniform(0, 1.2)
    if sigma > 0.3:
        grain = _blur(grain, sigma)
    noisy = lightness + grain / grain.std() * rng.uniform(1, 5)
    noisy = (noisy - 50) * rng.uniform(0.7, 1.1) + 50 + rng.normal(0, 4)
    return np.clip(noisy, 0, 100).astype(np.float32)
