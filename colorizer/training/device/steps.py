"""Training steps on Keras' JAX backend that leave no gap between them on the device.

`keras.Model.fit` reads the loss of every step before it starts the next one, and a callback that sets the learning rate
makes it copy all variables into the model and back at every step. On a GPU the device would wait for this.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import jax
import keras
import numpy as np


class Steps:
    """The `train_function` of a compiled network: `fit` calls it for every step.

    - It returns the losses of the step before. So the device already has its next step while `fit` waits for them.
    - It passes the learning rate to the compiled step, so that no variable is set from outside.

    Attributes:
        learning_rate: of the next step.
        loading: seconds that the host has spent in the loader of batches, all steps together.

    Args:
        network: compiled, with its optimizer; its function of steps is replaced.
    """

    def __init__(self, network: keras.Model):
        optimizer = network.optimizer
        optimizer.build(network.trainable_variables)
        self.learning_rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        self.loading = 0.0
        self._logs: dict | None = None
        self._interrupted = False
        rate_index = [variable is optimizer.learning_rate for variable in optimizer.variables].index(True)

        @partial(jax.jit, donate_argnums=0)
        def step(state: tuple, rate, batch) -> tuple[dict, tuple]:
            trainable, fixed, of_optimizer, of_metrics = state
            of_optimizer = [*of_optimizer[:rate_index], rate, *of_optimizer[rate_index + 1 :]]
            return network.train_step((trainable, fixed, of_optimizer, of_metrics), batch)

        self._step = step
        network.train_function = self

    def __call__(self, state: tuple, batches: Iterator) -> tuple[dict, tuple]:
        start = time.perf_counter()
        batch = next(batches)
        self.loading += time.perf_counter() - start
        logs, state = self._step(state, np.float32(self.learning_rate), batch)
        before, self._logs = self._logs, logs
        return before or logs, state

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """In this context an interrupt (Ctrl-C, SIGINT) waits for `raise_interrupt`.

        A step takes over the memory of the variables before it. An interrupt between this and the moment when `fit`
        holds the new variables would leave a model without any.
        """
        if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
            yield
            return
        before = signal.signal(signal.SIGINT, lambda number, frame: setattr(self, "_interrupted", True))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def raise_interrupt(self) -> None:
        """Raise KeyboardInterrupt if an interrupt has come; to be called between two steps."""
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt

    @property
    def compilations(self) -> int:
        """How often the step has been compiled: once for each shape of its batches."""
        return self._step._cache_size()
