"""Adapt a pretrained classifier to grey pictures by knowledge distillation across modalities (colour to grey).

- Hinton, Vinyals, Dean 2015, *Distilling the Knowledge in a Neural Network*, arXiv 1503.02531
- Gupta, Hoffman, Malik 2016, *Cross Modal Distillation*, arXiv 1507.00448

No labels are needed. The teacher is the pretrained network with the colour picture as input. The student is a copy of
it with L* repeated in three channels as input; it learns to predict the teacher's outputs. The student ships.
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
"""Softens both distributions, so that the less likely classes count in the loss, too."""


def adapt(
    extractor: keras.Model,
    paths: Sequence[Path],
    side: int,
    minutes: float,
    seed: int = 0,
    report: Callable[[str], None] = print,
) -> None:
    """Train an extractor on grey copies of photographs for `minutes`; it is frozen again afterwards.

    Args:
        extractor: maps L* `(n, side, side, 1)` to logits; one of its layers is the classifier, whose input is RGB in
            -1..1.
        paths: colour photographs.
        side: side of the square copies that the extractor takes, in pixels.
        report: called with a line of the result.
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
    """Kullback-Leibler divergence of the softened distributions of teacher and student: `(n,)`.

    Args:
        taught, said: logits of teacher and student, `(n, classes)`.
    """
    target = ops.softmax(ops.cast(taught, "float32") / TEMPERATURE)
    log_said = ops.log_softmax(ops.cast(said, "float32") / TEMPERATURE)
    return ops.sum(target * (ops.log(target + 1e-9) - log_said), axis=-1)


def _classifier(extractor: keras.Model) -> keras.Model:
    return next(layer for layer in extractor.layers if isinstance(layer, keras.Model))
