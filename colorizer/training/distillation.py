"""Make a classifier at home with grey pictures, by having it repeat what it says of the same pictures in colour.

- Hinton, Vinyals, Dean 2015, *Distilling the Knowledge in a Neural Network*, arXiv 1503.02531
- Gupta, Hoffman, Malik 2016, *Cross Modal Distillation*, arXiv 1507.00448

No labels are needed: the pretrained network, which sees colour, is the teacher, and a copy of it, which sees L* three
times, is the pupil. What ships is the pupil.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from colorizer.color import lab
from colorizer.imaging import resizing
from colorizer.imaging.photos import read_rgb

BATCH_SIZE = 16
LEARNING_RATE = 1e-4
TEMPERATURE = 2.0
"""Softens both distributions, so that what is almost as likely counts, too."""


def adapt(
    extractor: keras.Model,
    paths: Sequence[Path],
    side: int,
    minutes: float,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> None:
    """Train an extractor on grey copies of photographs for some minutes; it ends frozen as it began.

    Args:
        extractor: from L* `(n, side, side, 1)` to logits; its classifier is the layer that sees RGB in -1..1.
        paths: colour photographs.
    """
    teacher = keras.models.clone_model(extractor)
    teacher.set_weights(extractor.get_weights())
    of_color = _classifier(teacher)
    extractor.trainable = True
    for layer in _classifier(extractor).layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    extractor.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss=likeness)
    rng, end, steps, value = np.random.default_rng(seed), time.monotonic() + 60 * minutes, 0, float("nan")
    while time.monotonic() < end:
        chosen = [paths[i] for i in rng.integers(len(paths), size=min(BATCH_SIZE, len(paths)))]
        rgb = np.stack([resizing.resize(read_rgb(path), (side, side)) for path in chosen])
        lightness = np.stack([lab.rgb_to_lightness(picture)[..., None] for picture in rgb])
        value = float(extractor.train_on_batch(lightness, of_color(rgb / 127.5 - 1, training=False)))
        steps += 1
    report(f"Adapted the extractor to grey: {steps} steps, difference {value:.3f}")
    extractor.trainable = False


def likeness(taught, said):
    """Kullback-Leibler divergence of softened distributions, given logits `(n, classes)`: `(n,)`."""
    target = ops.softmax(ops.cast(taught, "float32") / TEMPERATURE)
    log_said = ops.log_softmax(ops.cast(said, "float32") / TEMPERATURE)
    return ops.sum(target * (ops.log(target + 1e-9) - log_said), axis=-1)


def _classifier(extractor: keras.Model) -> keras.Model:
    return next(layer for layer in extractor.layers if isinstance(layer, keras.Model))
