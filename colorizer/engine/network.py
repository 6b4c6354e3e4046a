"""A network that is ready to run, by whatever library."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from colorizer import models

if TYPE_CHECKING:
    import keras

Run = Callable[..., np.ndarray]
"""Takes one float32 array for each input, with the batch as first axis, and gives the output; threads may share it."""


@dataclass(frozen=True)
class Network:
    """A network that is ready to run."""

    run: Run
    """From L* `(1, H, W, 1)` and, with an extractor, its vector `(1, n)`, to the output `(1, h, w, channels)`."""
    channels: int
    """Of the output: 2 for ab, else the number of bins."""
    extractor: Run | None = None
    """From L* of a square copy of the photograph, `(1, side, side, 1)`, to its vector `(1, n)`; None: it has none."""
    extractor_side: int | None = None
    """Side of the square copy."""


def through_keras(model: "keras.Model") -> Network:
    """A Keras model as a network: for training, and where there is no export."""
    extractor, trained = models.parts_of(model)
    if extractor is None:
        return Network(run_keras(trained), model.output_shape[-1])
    return Network(run_keras(trained), model.output_shape[-1], run_keras(extractor), extractor.input_shape[1])


def run_keras(model: "keras.Model") -> Run:
    """The model as a compiled function of its inputs, one argument each; traced once for each input shape."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return lambda *inputs: model.predict_on_batch(inputs[0] if len(inputs) == 1 else list(inputs))
    import tensorflow as tf

    def call(*inputs):
        return model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)

    function = tf.function(call, autograph=False)

    @cache
    def trace(*shapes: tuple[int, ...]) -> Callable:
        return function.get_concrete_function(*(tf.TensorSpec(shape, tf.float32) for shape in shapes))

    return lambda *inputs: trace(*(x.shape for x in inputs))(*map(tf.constant, inputs)).numpy()
