"""Train the default network on one GPU: towards the true colours, then against a discriminator as well.

There, with Keras, JAX for the GPU, h5py, Pillow, SciPy and scikit-image, and photographs that `colorizer pack` packed:

    python weights/train_adversarially.py train packed_*.npz --start weights/resnet50_unet_photos.weights.h5 \\
        --features RESNET50V2.npz --output RUN --minutes 8.2 4.8

Then, with an environment as the README makes it, a weights file of what it saved (`first.npz` is the state before the
discriminator):

    KERAS_BACKEND=tensorflow .venv/bin/python weights/train_adversarially.py finish RUN/last.npz RUN/counts.npy \\
        my.weights.h5 --start weights/resnet50_unet_photos.weights.h5

- Photographs lie in the device's memory; crops, mirroring and film degradation are drawn there (`training.device`).
- The loss is that of `losses.DecodedColorsLoss`, with prices of colour that rise while colour is missing and fall when
  there is too much of it (dual ascent).
- Perceptual loss (Johnson et al. 2016, arXiv 1603.08155; Zhang et al. 2018, arXiv 1801.03924): the picture in the
  colours that will be shown, and in the true ones at the same coarse size, seen by a ResNet-50 v2 that knows colour
  photographs.
- Adversarial loss (hinge), with a discriminator on the same maps (Sauer et al. 2021, *Projected GANs*, arXiv
  2111.01007). Both losses count as much as a share of the gradient of all other terms, as in Esser et al. 2021,
  *Taming Transformers*, arXiv 2012.09841, equation 7.
- What is saved are means of the weights over about 1,000 steps.
"""

import argparse
import json
import math
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a file, it finds `colorizer` beside its folder

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers, ops

from colorizer import models, weights
from colorizer.color import formulas
from colorizer.color.bins import ab_bins
from colorizer.models import encoders
from colorizer.models.networks import resnet50_unet
from colorizer.models.recipe import CLIP_NORM, Recipe
from colorizer.training import gradients, losses, packed
from colorizer.training.batches import FRAMED
from colorizer.training.device import degradation
from colorizer.training.device.batches import crop, store
from colorizer.training.device.draws import Draws
from storage.files import replacing

MODEL = "resnet50_unet"
START = weights.FOLDER / weights.FILES[MODEL]
ATTENTION = 4
STRIDE = 4

RECIPE = Recipe(logit_adjustment=0.55, tint_weight=2.0, lightness_bound_weight=2.0)

MISSING = 1.0
"""Colourfulness that may be missing: the prices of colour are moved until it is so."""

PRICE_RATE = 5e-5
"""Change of a price in a step, for one unit of colour that is missing."""

EMA = 0.999
"""Share of the old mean of the weights that a step keeps."""

ENCODER_RATE = 0.25
"""Learning rate of pretrained layers, as a share of that of the others."""

FROZEN_STAGES = 1
"""Stages of the encoder, after the stem, that stay as they are."""

OFTEN = {"kodachrome": 3}
"""How often photographs of a kind are in an epoch, if not once."""


def kind_of(name: str) -> str:
    """The collection that a photograph comes from, by its name."""
    if name.startswith("fsac_"):
        return "kodachrome"
    return "more" if name.endswith(".webp") else "train"


# --- batches


def draw_batch(stored, chosen, seed, *, size, window, scale, degraded, sharpened):
    """Lightness that the network sees `(n, size, size, 1)`, and Lab of the photograph `(n, size, size, 3)`."""

    def one(index, key):
        draws = Draws(key)
        rgb = crop(stored, index, draws, size, window, scale)
        rgb = jnp.where(draws.chance(0.5), rgb[:, ::-1], rgb)
        old = draws.chance(degraded)
        rgb = jnp.where(old & draws.chance(FRAMED), degradation.add_border(rgb, draws), rgb)
        linear = formulas.srgb_to_linear(rgb / 255, jnp)
        xyz = jnp.einsum("hwc,xc->xhw", linear, formulas.RGB_TO_XYZ_NORM, precision="highest")
        lab = jnp.stack(formulas.f_to_lab(*formulas.white_share_to_f(xyz, jnp)), axis=-1)
        seen = jnp.where(old, degradation.degrade(linear, draws), lab[..., 0]) if degraded else lab[..., 0]
        if sharpened:
            seen = jnp.where(draws.chance(sharpened), sharpen(seen, draws), seen)
        return seen[..., None], lab

    keys = jax.random.split(jax.random.fold_in(jax.random.key(seed[0]), seed[1]), len(chosen))
    return jax.vmap(one)(chosen, keys)


def sharpen(lightness, draws):
    """L* `(size, size)` with an unsharp mask of random strength."""
    detail = lightness - degradation.blur(lightness, draws.uniform(0.6, 1.3))
    return jnp.clip(lightness + draws.uniform(0.3, 1.5) * detail, 0, 100)


def blocks(lab):
    """Mean Lab of blocks of `STRIDE` x `STRIDE` pixels."""
    n, height, width, _ = lab.shape
    return lab.reshape(n, height // STRIDE, STRIDE, width // STRIDE, STRIDE, 3).mean(axis=(2, 4))


def count_bins(lab):
    """How many blocks of a batch are nearest to each ab bin."""
    ab = blocks(lab)[..., 1:].reshape(-1, 2)
    nearest = jnp.argmax(ab @ ab_bins().T - (ab_bins() ** 2).sum(axis=-1) / 2, axis=-1)
    return jnp.bincount(nearest, length=len(ab_bins()))


# --- networks


def create_generator(start: Path, precision: str, attention_blocks: int) -> keras.Model:
    """The network with the weights to start from; stem, first stage and the two small encoders stay as they are."""
    source = weights.create_model(MODEL, start)
    hyperparameters = weights.read_hyperparameters(start) | {"attention_blocks": attention_blocks}
    keras.config.set_dtype_policy(precision)
    as_it_was, keras.config.set_dtype_policy = keras.config.set_dtype_policy, lambda policy: None
    try:  # the small encoders, too, in half precision: a GPU is fast in it
        model = models.create_model(MODEL, **hyperparameters)
    finally:
        keras.config.set_dtype_policy = as_it_was
        keras.config.set_dtype_policy("float32")
    for layer in source.layers:
        model.get_layer(layer.name).set_weights(layer.get_weights())
    models.freeze_stages(MODEL, model, FROZEN_STAGES)
    return model


def rates(model: keras.Model) -> list[float]:
    """Learning rate of each trainable variable, as a share of the highest: pretrained stages are changed less."""
    stages = (layer for layer in model.layers if layer.name.startswith("stage"))
    pretrained = {id(variable) for stage in stages for variable in stage.variables}
    return [ENCODER_RATE if id(variable) in pretrained else 1.0 for variable in model.trainable_variables]


def create_features(archive: Path, precision: str) -> keras.Model:
    """ResNet-50 v2 with its ImageNet weights: sRGB 0..255 -> maps at strides 4, 8, 16."""
    keras.config.set_dtype_policy(precision)
    rgb = keras.Input((None, None, 3))
    scale = [1 / std for std in resnet50_unet.IMAGENET_STD]
    offset = [-mean / std for mean, std in zip(resnet50_unet.IMAGENET_MEAN, resnet50_unet.IMAGENET_STD, strict=True)]
    x = layers.Rescaling(scale, offset, dtype="float32")(rgb)
    model = keras.Model(rgb, resnet50_unet.residual_stages(x))
    keras.config.set_dtype_policy("float32")
    encoders.read_archives([layer for layer in model.layers if layer.weights], [archive])
    model.trainable = False
    return model


def create_discriminator(shapes: list[tuple], precision: str, filters: int = 128) -> keras.Model:
    """A small head on each map: how real each place looks."""
    keras.config.set_dtype_policy(precision)
    maps = [keras.Input(shape) for shape in shapes]
    scores = []
    for x in maps:
        x = layers.LayerNormalization(epsilon=1e-3)(x)
        x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 1)(x))
        x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 3, padding="same")(x))
        scores.append(layers.Conv2D(1, 1, dtype="float32")(x))
    keras.config.set_dtype_policy("float32")
    return keras.Model(maps, scores)


def depthwise_by_shifts(layer: layers.DepthwiseConv2D, x):
    """A depthwise convolution as a sum of shifted products, which XLA fuses."""
    (rows, columns), (down, _) = layer.kernel_size, layer.strides
    height, width = x.shape[1:3]
    if layer.padding == "same":
        high, wide = -(-height // down), -(-width // down)
        pads = [max((n - 1) * down + k - size, 0) for n, k, size in ((high, rows, height), (wide, columns, width))]
        x = ops.pad(x, ((0, 0), *((p // 2, p - p // 2) for p in pads), (0, 0)))
    else:
        high, wide = (height - rows) // down + 1, (width - columns) // down + 1
    kernel, total = ops.convert_to_tensor(layer.kernel), 0.0
    for i in range(rows):
        for j in range(columns):
            part = x[:, i : i + (high - 1) * down + 1 : down, j : j + (wide - 1) * down + 1 : down]
            total = total + part * kernel[i, j, :, 0]
    return total if layer.bias is None else total + ops.convert_to_tensor(layer.bias)


# --- losses


def whole_picture(lightness, ab):
    """sRGB 0..255 of ab at `STRIDE` on the lightness of the photograph `(n, size, size)`."""
    n, height, width = lightness.shape
    return losses.srgb(lightness, jax.image.resize(ab, (n, height, width, 2), "bilinear"))


def perceptual(maps, true_maps):
    """Squared distance of maps whose vectors have length 1: a sum over the maps, a mean over places and pictures."""
    total = 0.0
    for of_ours, of_true in zip(maps, true_maps, strict=True):
        ours, true = (x.astype(jnp.float32) for x in (of_ours, of_true))
        ours, true = (x * jax.lax.rsqrt((x**2).sum(axis=-1, keepdims=True) + 1e-6) for x in (ours, true))
        total += ((ours - true) ** 2).sum(axis=-1).mean()
    return total


def color_terms(ab, lab, prices, recipe=RECIPE):
    """The terms of `losses.DecodedColorsLoss` on decoded colours, and figures to watch: a number, a dictionary."""
    true_ab, lightness = lab[..., 1:], lab[..., 0]
    rgb, true_rgb = losses.srgb(lightness, ab), losses.srgb(lightness, true_ab)
    chroma, true_chroma = losses.chroma_of(ab), losses.chroma_of(true_ab)
    decibels = 10 / np.log(10) * ops.log(ops.mean((rgb - true_rgb) ** 2, axis=(1, 2, 3)) + losses.ERROR_FLOOR)
    colorful, mean_chroma = losses.colorfulness(rgb), ops.mean(chroma, axis=(1, 2))
    figures = {
        "decibels": decibels,
        "missing": losses.colorfulness(true_rgb) - colorful,
        "missing_chroma": ops.mean(true_chroma, axis=(1, 2)) - mean_chroma,
        "incoherence": losses.incoherence((ab - true_ab) / losses.COLOR_SCALE),
        "excess": ops.mean(losses.huber(ops.relu(chroma - true_chroma) / losses.COLOR_SCALE), axis=(1, 2)),
        "tint": losses.tint(ab) - losses.tint(true_ab),
        "bound": losses.lightness_bound(ab, lightness) - losses.lightness_bound(true_ab, lightness),
    }
    loss = recipe.likeness_weight * (decibels - prices[0] * colorful - prices[1] * mean_chroma)
    loss += recipe.coherence_weight * figures["incoherence"] + recipe.excess_weight * figures["excess"]
    loss += recipe.tint_weight * ops.relu(figures["tint"])
    loss += recipe.lightness_bound_weight * ops.relu(figures["bound"])
    return ops.mean(loss), figures


def norm(x):
    return jnp.sqrt((x.astype(jnp.float32) ** 2).sum()) + 1e-12


# --- steps


def adam(values, gradients, moments, step, rate, scales, decay, betas=(0.9, 0.999)):
    """AdamW with a rate for each variable; gradients longer than `CLIP_NORM` are cut."""
    new_values, new_moments = [], []
    for value, gradient, (first, second), scale in zip(values, gradients, moments, scales, strict=True):
        gradient = gradient * jnp.minimum(1, CLIP_NORM / norm(gradient))
        first = betas[0] * first + (1 - betas[0]) * gradient
        second = betas[1] * second + (1 - betas[1]) * gradient**2
        change = first / (1 - betas[0] ** step) / (jnp.sqrt(second / (1 - betas[1] ** step)) + 1e-7)
        if value.ndim > 1:
            change = change + decay * value
        new_values.append(value - rate * scale * change)
        new_moments.append((first, second))
    return new_values, new_moments


class Trainer:
    """Networks, state and the two compiled steps."""

    def __init__(self, options: argparse.Namespace, counts: np.ndarray):
        self.options = options
        self.generator = create_generator(options.start, options.precision, options.attention)
        self.features = create_features(options.features, options.precision)
        shapes = [output.shape[1:] for output in self.features.outputs]
        self.discriminator = create_discriminator(shapes, options.precision)
        info = models.model_info(MODEL)
        bin_weights = losses.rebalancing_weights(counts, RECIPE.rebalance)
        self.loss = losses.DecodedColorsLoss(bin_weights, RECIPE, info.contrast, options.smoothing)
        gradients.adjust_logits(self.generator, RECIPE, counts, times=-1)  # `finish` adjusts them again
        self.scales = rates(self.generator)
        trainable = [v.value for v in self.generator.trainable_variables]
        fixed = [v.value for v in self.generator.non_trainable_variables]
        judging = [v.value for v in self.discriminator.trainable_variables]
        self.of_features = [v.value for v in self.features.non_trainable_variables]

        def zeros(values):
            return [(jnp.zeros_like(v), jnp.zeros_like(v)) for v in values]

        self.state = {
            "trainable": trainable,
            "fixed": fixed,
            "moments": zeros(trainable),
            "mean": [jnp.copy(v) for v in trainable],
            "mean_fixed": [jnp.copy(v) for v in fixed],
            "judging": judging,
            "judging_moments": zeros(judging),
            "prices": jnp.array([RECIPE.colorfulness_price, RECIPE.chroma_price]),
            "step": jnp.array(0, jnp.int32),
            "judged": jnp.array(0, jnp.int32),
        }
        self.step = {
            adversarial: jax.jit(partial(self._step, adversarial=adversarial), donate_argnums=0)
            for adversarial in (False, True)
        }
        self.measure = jax.jit(self._measure)

    def _maps(self, rgb, values):
        return self.features.stateless_call([], values, rgb, training=False)[0]

    def _step(self, state, of_features, batch, rate, shares, *, adversarial):
        seen, lab = batch
        lab4 = blocks(lab)

        def color_loss(trainable):
            logits, fixed = self.generator.stateless_call(trainable, state["fixed"], seen, training=True)
            logits = logits.astype(jnp.float32)
            target = jnp.concatenate([lab4[..., 1:], lab4[..., :1]], axis=-1)
            entropy = losses.SoftBinCrossEntropy.call(self.loss, target, logits).mean()
            ab = self.loss.decode(logits, lab4[..., 0])
            shown = jax.lax.stop_gradient(ab)
            color, figures = color_terms(shown, lab4, state["prices"])
            gradient = jax.grad(lambda x: color_terms(x, lab4, state["prices"])[0])(shown)
            size = norm(gradient)
            true_maps = self._maps(whole_picture(lab[..., 0], lab4[..., 1:]), of_features)
            maps, pull = jax.vjp(lambda x: self._maps(whole_picture(lab[..., 0], x), of_features), shown)
            likeness, back = jax.value_and_grad(perceptual)(maps, true_maps)
            (of_maps,) = pull(back)
            gradient += shares[0] * size / norm(of_maps) * of_maps
            extra = {"perceptual": likeness, "entropy": entropy, "color": color, "gradient": size}
            if adversarial:

                def fooling(maps):
                    scores = self.discriminator.stateless_call(state["judging"], [], maps, training=True)[0]
                    return -sum(score.mean() for score in scores) / len(scores)

                fooled, back = jax.value_and_grad(fooling)(maps)
                (of_maps,) = pull(back)
                gradient += shares[1] * size / norm(of_maps) * of_maps
                extra["fooled"] = fooled
            carrier = (ab * jax.lax.stop_gradient(gradient)).sum()
            return entropy + carrier, (fixed, figures, extra, maps, true_maps)

        (_, (fixed, figures, extra, maps, true_maps)), gradients = jax.value_and_grad(color_loss, has_aux=True)(
            state["trainable"]
        )
        step = state["step"] + 1
        values, moments = adam(
            state["trainable"], gradients, state["moments"], step, rate, self.scales, self.options.decay
        )
        new = state | {"trainable": values, "fixed": fixed, "moments": moments, "step": step}
        keep = jnp.minimum(EMA, step / (step + 10.0))

        def average(means, now):
            return [
                keep * m + (1 - keep) * v if jnp.issubdtype(v.dtype, jnp.floating) else v
                for m, v in zip(means, now, strict=True)
            ]

        new["mean"], new["mean_fixed"] = average(state["mean"], values), average(state["mean_fixed"], fixed)
        missing = jnp.stack([figures["missing"].mean() - MISSING, figures["missing_chroma"].mean()])
        new["prices"] = jnp.clip(state["prices"] + PRICE_RATE * missing, 0.0, 0.4)
        if adversarial:

            def judging(values):
                real = self.discriminator.stateless_call(values, [], true_maps, training=True)[0]
                fake = self.discriminator.stateless_call(values, [], maps, training=True)[0]
                wrong = sum(
                    jax.nn.relu(1 - r).mean() + jax.nn.relu(1 + f).mean() for r, f in zip(real, fake, strict=True)
                )
                return wrong / len(real)

            wrong, gradients = jax.value_and_grad(judging)(state["judging"])
            judged = state["judged"] + 1
            new["judging"], new["judging_moments"] = adam(
                state["judging"],
                gradients,
                state["judging_moments"],
                judged,
                2e-4,
                [1.0] * len(gradients),
                0.0,
                (0.5, 0.99),
            )
            new["judged"], extra["wrong"] = judged, wrong
        return new, {name: value.mean() for name, value in figures.items()} | extra

    def _measure(self, trainable, fixed, batch):
        """Figures of each picture of a batch."""
        seen, lab = batch
        lab4 = blocks(lab)
        logits, _ = self.generator.stateless_call(trainable, fixed, seen, training=False)
        logits = logits.astype(jnp.float32)
        target = jnp.concatenate([lab4[..., 1:], lab4[..., :1]], axis=-1)
        ab = self.loss.decode(logits, lab4[..., 0])
        figures = color_terms(ab, lab4, jnp.zeros(2))[1]
        return figures | {"entropy": losses.SoftBinCrossEntropy.call(self.loss, target, logits)}

    def save(self, path: Path) -> None:
        """The means of the weights: matrices in half precision, the rest in float32."""
        variables = [*self.generator.trainable_variables, *self.generator.non_trainable_variables]
        values = [*self.state["mean"], *self.state["mean_fixed"]]
        arrays = {}
        for number, (variable, value) in enumerate(zip(variables, values, strict=True)):
            array = np.asarray(value)
            half = array.dtype == np.float32 and array.ndim > 1
            arrays[f"{number}|{variable.path}"] = array.astype(np.float16) if half else array
        with replacing(path) as part, open(part, "wb") as stream:
            np.savez(stream, **arrays)


# --- the run


class Photographs:
    """Photographs of packs in the device's memory, and the batches that are drawn from them."""

    def __init__(self, files: list[Path], options: argparse.Namespace):
        photos = [photo for file in files for photo in packed.read(file)]
        train, val = ([photo for photo in photos if photo.val == held] for held in (False, True))
        self.train, self.val = store(train), store(val)
        self.kinds = np.array([kind_of(photo.name) for photo in val])
        often = [OFTEN.get(kind_of(photo.name), 1) for photo in train]
        self._order = np.repeat(np.arange(len(train), dtype=np.int32), often)
        self._random = np.random.default_rng(options.seed)
        self._seed, self._left, self._batch = options.seed, [], 0
        self._counts = options.batch
        window = max(min(photo.size) for photo in train)
        drawn = {"window": window, "degraded": options.degraded, "sharpened": options.sharpened}
        self._draw = [
            jax.jit(partial(draw_batch, size=size, scale=scale, **drawn))
            for size, scale in zip(options.size, (options.scale, options.last_scale), strict=True)
        ]
        whole = {"size": options.size[0], "window": window, "scale": (1.0, 1.0), "degraded": 0.0, "sharpened": 0.0}
        self._draw_val = jax.jit(partial(draw_batch, **whole))
        self.length = len(self._order)

    def batch(self, phase: int):
        """The next batch, as the first or the second phase (0 or 1) wants it."""
        count = self._counts[phase]
        if len(self._left) < count:
            self._left = self._random.permutation(self._order)
        chosen, self._left = self._left[:count], self._left[count:]
        self._batch += 1
        return self._draw[phase](self.train, chosen, np.array([self._seed, self._batch], np.uint32))

    def val_batches(self, count: int):
        for start in range(0, len(self.kinds) - count + 1, count):
            chosen = np.arange(start, start + count, dtype=np.int32)
            yield self.kinds[chosen], self._draw_val(self.val, chosen, np.array([1, start], np.uint32))


def count_colors(photographs: Photographs, options: argparse.Namespace) -> np.ndarray:
    """How many blocks of some batches are nearest to each ab bin."""
    count = jax.jit(count_bins)
    return sum(np.asarray(count(photographs.batch(0)[1])) for _ in range(options.counted)) + 1


def measure(trainer: Trainer, photographs: Photographs, count: int) -> dict:
    """Figures on `val`, by kind of photograph."""
    kinds, rows = [], []
    for kind, batch in photographs.val_batches(count):
        rows.append(jax.device_get(trainer.measure(trainer.state["mean"], trainer.state["mean_fixed"], batch)))
        kinds.append(kind)
    kinds = np.concatenate(kinds)
    figures = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    return {
        kind: {name: round(float(values[kinds == kind].mean()), 4) for name, values in figures.items()}
        for kind in sorted(set(kinds))
    }


@dataclass(frozen=True)
class Phase:
    """A part of the training: its learning rate falls along half of a cosine."""

    seconds: float
    highest: float
    lowest: float
    adversarial: bool = False

    def rate(self, seconds: float) -> float:
        """Learning rate after so many seconds."""
        return self.lowest + (self.highest - self.lowest) * (1 + math.cos(math.pi * min(1, seconds / self.seconds))) / 2


def phases(options: argparse.Namespace) -> list[Phase]:
    """Without the discriminator, then with it; together they end at `--until`, if it is given."""
    first, second = (60 * minutes for minutes in options.minutes)
    share = (options.until - time.time()) / (first + second) if options.until else 1
    rate = options.rate
    found = [Phase(first * share, rate, rate / 10), Phase(second * share, rate / 4, 0.0, adversarial=True)]
    return [phase for phase in found if phase.seconds > 0]


class Run:
    """A training: its trainer and photographs, and the log of both."""

    def __init__(self, options: argparse.Namespace):
        self.options, self.steps = options, 0
        options.output.mkdir(parents=True, exist_ok=True)
        self.photographs = Photographs(options.packs, options)
        self.say(f"{self.photographs.length} photographs an epoch, {len(self.photographs.kinds)} of val")
        counts = np.load(options.counts) if options.counts else count_colors(self.photographs, options)
        np.save(options.output / "counts.npy", counts)
        self.trainer = Trainer(options, counts)
        self.say(f"{sum(v.size for v in self.trainer.state['trainable'])} numbers to train")

    def say(self, text: str) -> None:
        """Write a line to the log, and print it."""
        with open(self.options.output / "log", "a", encoding="utf-8") as log:
            print(f"{time.strftime('%H:%M:%S')} {text}", file=log)
        print(text, flush=True)

    def say_val(self) -> None:
        """Write the figures on `val`, of the means of the weights."""
        self.say(f"val: {json.dumps(measure(self.trainer, self.photographs, self.options.val_batch))}")

    def arguments(self, rate: float, phase: int, adversarial: float) -> tuple:
        """What a step of a phase takes beside the state."""
        shares = np.array([self.options.perceptual, adversarial], np.float32)
        return self.trainer.of_features, self.photographs.batch(phase), np.float32(rate), shares

    def compile(self, adversarial: bool) -> None:
        """Compile a step; it takes a minute or two."""
        arguments = (self.trainer.state, *self.arguments(0.0, int(adversarial), 0.0))
        shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(jnp.shape(x), jnp.result_type(x)), arguments)
        began = time.monotonic()
        self.trainer.step[adversarial] = self.trainer.step[adversarial].lower(*shapes).compile()
        self.say(f"compiled in {time.monotonic() - began:.0f} s")

    def pass_through(self, phase: Phase) -> None:
        """Train for as long as the phase lasts."""
        options, trainer = self.options, self.trainer
        start = logged = measured = time.monotonic()
        first = before = self.steps
        while (seconds := time.monotonic() - start) < phase.seconds:
            rate = phase.rate(seconds) * min(1, (self.steps + 1) / options.warmup)
            risen = min(1, max(0, self.steps - first - 100) / 400)  # the discriminator begins anew
            arguments = self.arguments(rate, int(phase.adversarial), options.adversarial * risen)
            trainer.state, figures = trainer.step[phase.adversarial](trainer.state, *arguments)
            self.steps += 1
            if self.steps % 25:
                continue
            jax.block_until_ready(figures)
            now = time.monotonic()
            if now - logged > options.log_seconds:
                shown = {name: round(float(value), 3) for name, value in figures.items()}
                prices = [round(float(price), 3) for price in trainer.state["prices"]]
                speed = (self.steps - before) * options.batch[phase.adversarial] / (now - logged)
                self.say(f"step {self.steps}, {speed:.0f} pictures/s, rate {rate:.1e}, prices {prices}, {shown}")
                logged, before = now, self.steps
            if now - measured > options.val_seconds:
                measured = now
                self.say_val()
                trainer.save(options.output / "now.npz")  # to be taken away every few minutes: machines get lost


def train(options: argparse.Namespace) -> None:
    """Train in two phases, and save the means of the weights after each."""
    layers.DepthwiseConv2D.call = depthwise_by_shifts
    run = Run(options)
    second = threading.Thread(target=run.compile, args=(True,), daemon=True)
    if options.minutes[0]:
        run.compile(adversarial=False)
    if options.minutes[1]:
        second.start()  # while the first phase runs
    run.say_val()
    if not options.minutes[0]:
        second.join()
    for phase in phases(options):
        name = "last" if phase.adversarial else "first"
        if phase.adversarial:
            second.join()
        run.pass_through(phase)
        run.trainer.save(options.output / f"{name}.npz")
        run.say_val()
        run.say(f"Wrote {name}.npz after {run.steps} steps")


def finish(options: argparse.Namespace) -> None:
    """Write a weights file of saved means: logit adjustment added, and blended with the weights of the start."""
    saved, counts = np.load(options.saved), np.load(options.counts)
    hyperparameters = weights.read_hyperparameters(options.start) | {"attention_blocks": options.attention}
    model = models.create_model(MODEL, **hyperparameters)
    models.freeze_stages(MODEL, model, FROZEN_STAGES)
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    for variable, name in zip(variables, saved.files, strict=True):
        variable.assign(saved[name].astype(variable.dtype))
    gradients.adjust_logits(model, RECIPE, counts)
    blend(model, weights.create_model(MODEL, options.start), options.share)
    note = "Trained by weights/train_adversarially.py; see the card."
    facts = {"model": MODEL, "recipe": asdict(RECIPE), "note": note}
    weights.write_weights(model, options.output, hyperparameters, facts)
    print(f"Wrote {options.output}")


def blend(model: keras.Model, start: keras.Model, share: float) -> None:
    """Make each weight a mean of itself (with this share) and of that of `start`: it keeps what was known before.

    Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*, arXiv 2109.01903. Where `start` lacks a block of
    attention, the last projections of the block, which began at zero, are multiplied by the share.
    """
    before = {layer.name: layer for layer in start.layers}
    for layer in model.layers:
        if layer.name in before:
            pairs = zip(layer.get_weights(), before[layer.name].get_weights(), strict=True)
            layer.set_weights([share * new + (1 - share) * old for new, old in pairs])
        else:
            for last in (layer.merge_heads, layer.narrow):
                last.set_weights([share * weight for weight in last.get_weights()])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("train", help="train, and save means of the weights").add_argument
    add("packs", type=Path, nargs="+", help="files that `colorizer pack` wrote")
    add("--start", type=Path, default=START, help="weights to start from (default: those that ship)")
    add("--features", type=Path, required=True, help="ImageNet weights of ResNet-50 v2, stages 1 to 3")
    add("--output", type=Path, required=True, help="folder for log and states")
    add("--minutes", type=float, nargs=2, default=(8.2, 4.8), help="without and with the discriminator")
    add("--until", type=float, help="time when it must end, in seconds since 1970: the minutes are scaled")
    add("--batch", type=int, nargs=2, default=(256, 256), help="photographs per step, in each phase")
    add("--val-batch", type=int, default=118, help="photographs of val at once (default: %(default)s)")
    add("--size", type=int, nargs=2, default=(192, 192), help="side of the crops in each phase, in pixels")
    add("--scale", type=float, nargs=2, default=(0.45, 1.0), help="side of a crop, as a share of the short side")
    add("--last-scale", type=float, nargs=2, default=(0.45, 1.0), help="the same, in the second phase")
    add("--degraded", type=float, default=0.55, help="share of pictures that look like old film (default: %(default)s)")
    add("--sharpened", type=float, default=0.0, help="share that is sharpened: enlarged crops are soft")
    add("--rate", type=float, default=4e-4, help="highest learning rate (default: %(default)s)")
    add("--warmup", type=int, default=300, help="steps until the rate is reached (default: %(default)s)")
    add("--decay", type=float, default=0.05, help="weight decay (default: %(default)s)")
    add("--perceptual", type=float, default=0.5, help="share of the gradient of the other terms (default: %(default)s)")
    add("--adversarial", type=float, default=0.5, help="likewise (default: %(default)s)")
    add("--attention", type=int, default=ATTENTION, help="blocks of attention; new ones change nothing at first")
    add("--no-smoothing", dest="smoothing", action="store_false", help="do not smooth logits in the loss")
    add("--precision", default="mixed_bfloat16", help="dtype policy of Keras (default: %(default)s)")
    add("--counted", type=int, default=20, help="batches whose colours are counted (default: %(default)s)")
    add("--counts", type=Path, help="or the counts of an earlier run")
    add("--log-seconds", type=float, default=15)
    add("--val-seconds", type=float, default=60)
    add("--seed", type=int, default=7)
    commands.choices["train"].set_defaults(run=train)
    add = commands.add_parser("finish", help="make a weights file of a saved state").add_argument
    add("saved", type=Path, help="first.npz or last.npz")
    add("counts", type=Path, help="counts.npy beside it")
    add("output", type=Path, help="NAME.weights.h5")
    add("--start", type=Path, default=START, help="the weights that the training started from")
    add("--attention", type=int, default=ATTENTION, help="as in the training")
    add("--share", type=float, default=0.75, help="of the new weights in a mean with the old (default: %(default)s)")
    commands.choices["finish"].set_defaults(run=finish)
    options = parser.parse_args(arguments)
    options.run(options)


if __name__ == "__main__":
    main()
