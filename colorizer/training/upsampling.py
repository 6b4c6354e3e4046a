"""Train the upsampler (`models.upsampler`) on the coarse ab that a trained network gives for colour photographs.

    python -m colorizer train-upsampler --data photos --output my.weights.h5 --minutes 60

The network's colours are often wrong, and an upsampler that had to mend that would learn to make them pale. So the
network's large-scale error is taken away first: the low frequencies of its coarse ab are replaced by the photograph's
own. What is left to learn is where colours begin and end, and how they vary with lightness inside a surface.

It learns at three scales: L* at a quarter of a photograph's size, at half, and at full size. The first is nearest to
use, where photographs are large and L* is 224 pixels wide, and has the sharpest edges, since a JPEG keeps colour at
half size only.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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
from colorizer.imaging.borders.page import Page, examine
from colorizer.imaging.photos import NoPhotographsError, read_rgb
from colorizer.inference.colorizer import Colorizer
from colorizer.models import upsampler
from colorizer.training import data
from colorizer.training.data import Data
from colorizer.training.losses import lightness_bound
from colorizer.training.schedule import Report
from colorizer.training.train import writable

SIDE = 192
"""Photographs are cut to a square of this side, in pixels."""

WINDOW = 96
"""Side of the upsampler's L*: a whole photograph at half its size, or a window of it at full size."""

QUARTER = 48
"""Side of the upsampler's L* for a whole photograph at a quarter of its size."""

QUARTERED = 0.5
"""Share of the batches that are whole photographs at a quarter of their size."""

HALVED = 0.6
"""Of the samples of all other batches, the share that are whole photographs at half their size."""

TURNED = 0.5
"""Share of the samples whose colours are turned in hue and changed in chroma, so that no colour is preferred."""

NOISY = 0.3
"""Share of the samples whose L* gets grain and another contrast, which must not become colour."""

WHOLE = Page(border=None, is_blank=False)
"""What `examine` finds of a photograph that fills its picture."""

CLIP_NORM = 1.0
WARMUP_STEPS = 100
LEAST_RATE = 1e-3
"""The learning rate falls to this share of its highest value."""

REPORT_STEPS = 250


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of the training. The weights are of the terms of `UpsamplingLoss`."""

    photographs: int = 4000
    """Photographs that the network colours beforehand, drawn from all of `train`."""
    val: int = 160
    """Photographs of `val` for the loss that is reported."""
    steps: int = 6000
    batch_size: int = 16
    learning_rate: float = 1e-3
    detail_weight: float = 0.2
    edge_weight: float = 0.15
    lightness_bound_weight: float = 0.1


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
    colorizer: Colorizer,
    asked: Data,
    output: Path,
    recipe: Recipe = Recipe(),
    seed: int = 0,
    start: Path | None = None,
    report: Report = print,
) -> keras.Model:
    """Train an upsampler and write its weights.

    Args:
        colorizer: gives the coarse ab.
        asked: the photographs; near duplicates of held-out ones are left out as in any training.
        output: `NAME.weights.h5`.
        start: weights of an upsampler to go on from; None starts with bilinear interpolation.
        report: called with each line of progress.

    Raises:
        OutputError: the output is no `NAME.weights.h5`, or its folder cannot be written.
        DataError: a folder has too few photographs, or two folders have a photograph in common.
        WeightsError: the weights to go on from are missing, damaged or of another model.
        OSError: the weights cannot be written.
    """
    output = writable(output)
    keras.utils.set_random_seed(seed)
    model = upsampler.build()
    if start is not None:
        weights.read_weights(model, start)
    scan = data.scan(asked.split(asked.list_photos(), seed), None, report)
    chosen = np.random.default_rng(seed).permutation(len(scan.train))[: recipe.photographs]
    report(f"Colouring {len(chosen)} photographs to learn from")
    samples = color(colorizer, [scan.train[i] for i in chosen])
    val = UpsamplingBatches(color(colorizer, scan.val[: recipe.val]), recipe.batch_size, seed, augment=False)
    losses = fit(model, UpsamplingBatches(samples, recipe.batch_size, seed), val, recipe, report)
    facts = {
        "model": upsampler.NAME,
        "recipe": asdict(recipe),
        "seed": seed,
        "data": {"folders": [Path(folder).name for folder in asked.folders], "photographs": len(samples)},
        "figures": {"steps": recipe.steps, "val_loss": round(losses[-1], 4)},
        "note": f"Learned from the colours of {colorizer.name} {colorizer.weights_sha256[:12]}"
        + (f", from the upsampler {weights.sha256(start)[:12]} on." if start is not None else "."),
    }
    weights.write_weights(model, output, facts=facts)
    report(f"Wrote {output}")
    return model


def color(colorizer: Colorizer, paths: Sequence[Path]) -> Samples:
    """Let the network colour grey copies of photographs, at two sizes, as it would in use.

    Those with a border are left out: the network would colour only what is inside of it.

    Raises:
        NoPhotographsError: none is left.
    """
    at = {side: colorizer.at_working_size(side) for side in (SIDE, WINDOW)}
    colors, coarse = [], {side: [] for side in at}
    for path in tqdm(paths, unit="photo", desc="Colouring", disable=None):
        lab_photo = lab.rgb_to_lab(resizing.fit_and_crop(read_rgb(path), SIDE))
        gray = lab.lightness_to_gray(lab_photo[..., 0])
        if examine(gray) != WHOLE:
            continue
        colors.append(lab_photo.astype(np.float16))
        for side, sized in at.items():
            coarse[side].append(sized.decode(sized.predict(gray, for_hints=False)).astype(np.float16))
    if not colors:
        raise NoPhotographsError(f"Some photographs must have no border. Received {len(paths)}, all with one or blank.")
    return Samples(np.stack(colors), {side: np.stack(planes) for side, planes in coarse.items()})


class UpsamplingBatches:
    """Batches `((L*, coarse ab, full L*), Lab)`, float32.

    L* is `(n, side, side, 1)`, coarse ab a quarter of that side, full L* and Lab have `SIDE` pixels a side; `side` is
    `QUARTER` for some batches and `WINDOW` for the others. A window is enlarged to `SIDE` by repeating its pixels, so
    that there are only two shapes, and two compiled steps serve.

    Args:
        augment: whether samples are drawn at random, mirrored, turned in hue and degraded, for any number of batches;
            without, `len` batches hold all samples in order, in turn at half or full size and at a quarter.
    """

    def __init__(self, samples: Samples, batch_size: int, seed: int, augment: bool = True):
        self.samples, self.batch_size, self.seed, self.augment = samples, batch_size, seed, augment

    def __len__(self) -> int:
        return 2 * max(1, len(self.samples) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
        rng = np.random.default_rng((self.seed, index))
        if self.augment:
            quartered = rng.random() < QUARTERED
            chosen = rng.integers(len(self.samples), size=self.batch_size)
        else:
            quartered = index % 2 == 1
            first = index // 2 * self.batch_size
            chosen = np.arange(first, first + self.batch_size) % len(self.samples)
        draw = self._draw_quarter if quartered else self._draw
        pairs = (self._augmented(*draw(i, rng), rng) if self.augment else draw(i, rng) for i in chosen)
        colors, coarse = (np.ascontiguousarray(np.stack(one), np.float32) for one in zip(*pairs, strict=True))
        lightness = colors[..., :1]
        return (_block_means(lightness, SIDE // (QUARTER if quartered else WINDOW)), coarse, lightness), colors

    def _draw(self, index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Lab and coarse ab of one sample: a photograph for half its size, or a window of it."""
        halved = rng.random() < HALVED
        colors = self.samples.colors[index].astype(np.float32)
        coarse = self.samples.coarse[WINDOW if halved else SIDE][index].astype(np.float32)
        coarse = _corrected(coarse, colors, rng.uniform(1.5, 4.0) * len(coarse) * upsampler.STRIDE / WINDOW)
        return (colors, coarse) if halved else _window(colors, coarse, rng)

    def _draw_quarter(self, index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Lab and coarse ab of one sample for a quarter of its size.

        The network has not coloured so small a copy, which would tell it little: its colours for the copy of twice that
        side are brought to a grid of half, and blurred by as much as that has made them crisper, more or less.
        """
        colors = self.samples.colors[index].astype(np.float32)
        coarse = _block_means(self.samples.coarse[WINDOW][index].astype(np.float32), WINDOW // QUARTER)
        return colors, _corrected(_blur(coarse, rng.uniform(0.0, 0.8)), colors, rng.uniform(1.0, 2.0))

    def _augmented(
        self, colors: np.ndarray, coarse: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        if rng.random() < 0.5:
            colors, coarse = colors[:, ::-1], coarse[:, ::-1]
        lightness, ab = colors[..., :1], colors[..., 1:]
        if rng.random() < TURNED:
            turn = _random_turn(rng)
            coarse, ab = coarse @ turn, ab @ turn
        if rng.random() < NOISY:
            lightness = _degrade(lightness, rng)
        return np.concatenate([lightness, ab], axis=-1), coarse


class UpsamplingLoss(keras.losses.Loss):
    """Error of ab and of its differences, amount of its detail, steepness of its edges, and colour bound to lightness.

    - The first two are Charbonnier's (Lai et al. 2017, *Deep Laplacian Pyramid Networks*, arXiv 1704.03915, section
      3.4): absolute errors, smooth near 0. Alone they make detail too weak where it is hard to tell its colour.
    - Detail: the standard deviation of ab about its blurred copy, window by window, at full and at half size.
    - Edges: what is missing, across two pixels, of the true difference in its own direction; more for strong edges.
      An edge in the wrong place gains nothing here and costs its error.
    - Lightness-bound colour beyond the original's, as in `losses.DecodedColorsLoss`: detail that follows L* is the
      cheapest, and would let colour depend on lightness everywhere.

    Input shape:
        Lab `(n, height, width, 3)`, and ab `(n, height, width, 2)`.

    Args:
        recipe: gives the weights of the last three.
    """

    DISTANCES = (1, 4)
    SMOOTHNESS = 0.25
    BLUR = 5
    WINDOW, STEP = 8, 4
    EDGE_DISTANCE = 2
    STRONG_EDGE = 20.0

    def __init__(self, recipe: Recipe, name: str = "upsampling_loss"):
        super().__init__(name=name, reduction="sum_over_batch_size")
        self.recipe = recipe

    def call(self, y_true, y_pred):
        lightness, true = y_true[..., :1], y_true[..., 1:]
        error = y_pred - true
        differences = sum(
            _charbonnier(error[:, d:] - error[:, :-d]) + _charbonnier(error[:, :, d:] - error[:, :, :-d])
            for d in self.DISTANCES
        )
        half_lightness, half_true, half_pred = (ops.average_pool(x, 2) for x in (lightness, true, y_pred))
        detail = self._detail_error(true, y_pred) + self._detail_error(half_true, half_pred)
        bound, true_bound = (lightness_bound(ab, half_lightness[..., 0]) for ab in (half_pred, half_true))
        return (
            _charbonnier(error) / 10
            + differences / 20
            + self.recipe.detail_weight * detail
            + self.recipe.edge_weight * self._missing_edges(true, y_pred)
            + self.recipe.lightness_bound_weight * ops.relu(bound - true_bound)
        )

    def _detail_error(self, true, pred):
        return ops.mean(ops.abs(self._detail(true) - self._detail(pred)), axis=(1, 2, 3))

    def _detail(self, ab):
        blurred = ops.average_pool(ab, self.BLUR, 1, padding="same")
        variance = ops.sum((ab - blurred) ** 2, axis=-1, keepdims=True)
        return ops.sqrt(ops.average_pool(variance, self.WINDOW, self.STEP, padding="same") + 0.05)

    def _missing_edges(self, true, pred):
        d, missing = self.EDGE_DISTANCE, 0.0
        for shift in (lambda ab: ab[:, d:] - ab[:, :-d], lambda ab: ab[:, :, d:] - ab[:, :, :-d]):
            step = shift(true)
            size = ops.sqrt(ops.sum(step**2, axis=-1) + 1)
            short = ops.relu(ops.sum(step * (step - shift(pred)), axis=-1)) / size
            missing += ops.mean(short * ops.minimum(size, self.STRONG_EDGE) / 10, axis=(1, 2))
        return missing


def fit(
    model: keras.Model, batches: UpsamplingBatches, val: UpsamplingBatches, recipe: Recipe, report: Report
) -> list[float]:
    """Train; returns the losses on `val`, one for each report."""
    optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=1e-4, clipnorm=CLIP_NORM)
    trainers = {side: _trainer(model, side, optimizer, recipe) for side in (WINDOW, QUARTER)}
    losses = []
    with ThreadPoolExecutor(1) as ahead:  # makes the next batch while the network learns from this one
        following = ahead.submit(batches.__getitem__, 0)
        for step in range(recipe.steps):
            (lightness, *others), colors = following.result()
            following = ahead.submit(batches.__getitem__, step + 1)
            optimizer.learning_rate = _rate(step, recipe)
            trainers[lightness.shape[1]].train_on_batch([lightness, *others], colors)
            if (step + 1) % REPORT_STEPS == 0 or step + 1 == recipe.steps:
                losses.append(_evaluate(trainers, val))
                report(f"step {step + 1} of {recipe.steps}, val_loss {losses[-1]:.4f}")
    return losses


def _trainer(model: keras.Model, side: int, optimizer: keras.Optimizer, recipe: Recipe) -> keras.Model:
    """The upsampler together with what applies its coefficients, for L* of one side."""
    coarse = side // upsampler.STRIDE
    inputs = [keras.Input(shape) for shape in ((side, side, 1), (coarse, coarse, 2), (SIDE, SIDE, 1))]
    trainer = keras.Model(inputs, upsampler.apply(model(inputs[:2]), inputs[2]))
    trainer.compile(optimizer, UpsamplingLoss(recipe))
    return trainer


def _rate(step: int, recipe: Recipe) -> float:
    """The learning rate rises, then falls along a cosine."""
    fall = 0.5 * (1 + np.cos(np.pi * step / recipe.steps)) + LEAST_RATE
    return recipe.learning_rate * min(1, (step + 1) / WARMUP_STEPS) * fall


def _evaluate(trainers: dict[int, keras.Model], val: UpsamplingBatches) -> float:
    losses = []
    for index in range(len(val)):
        (lightness, *others), colors = val[index]
        trainer = trainers[lightness.shape[1]]
        losses.append(trainer.compute_loss(y=colors, y_pred=trainer([lightness, *others], training=False)))
    return float(np.mean(losses))


def _charbonnier(error):
    """Mean over all but the first axis."""
    smooth = UpsamplingLoss.SMOOTHNESS
    return ops.mean(ops.sqrt(error * error + smooth) - smooth**0.5, axis=(1, 2, 3))


def _corrected(coarse: np.ndarray, colors: np.ndarray, sigma: float) -> np.ndarray:
    """Coarse ab whose low frequencies (`sigma` in places) are those of the photograph."""
    true = _block_means(colors[..., 1:], SIDE // len(coarse))
    return coarse + _blur(true - coarse, sigma)


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
