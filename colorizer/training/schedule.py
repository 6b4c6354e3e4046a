"""The length of a training, its learning rate, and its progress reports."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np
from tqdm import tqdm

from colorizer.models.recipe import Recipe
from colorizer.training.checkpoint import Best, State

if TYPE_CHECKING:
    from colorizer.training.device.steps import Steps

Report = Callable[[str], None]
"""Called with each line of progress."""


class StepBudget:
    """Progress counted in steps."""

    def __init__(self, total: int):
        self.total = total

    def share(self, steps: int, seconds: float) -> float:
        return min(1.0, steps / self.total)


class TimeBudget:
    """Progress counted in seconds of training."""

    def __init__(self, total: float):
        self.total = total

    def share(self, steps: int, seconds: float) -> float:
        return min(1.0, seconds / self.total)


class Schedule(keras.callbacks.Callback):
    """Sets the learning rate, reports and saves progress, and stops the training when the budget is used up.

    Args:
        best: returns the state of early stopping, which is saved too; it returns None without early stopping.
        device_steps: the steps of a training on JAX, which take the learning rate; None on other backends.
    """

    def __init__(
        self,
        recipe: Recipe,
        budget,
        state: State,
        report: Report,
        best: Callable[[], Best | None],
        device_steps: "Steps | None" = None,
    ):
        super().__init__()
        self.best, self.device_steps = best, device_steps
        self.recipe, self.budget, self.state, self.report = recipe, budget, state, report
        self.steps, self.start = state.steps, time.monotonic() - state.seconds
        self.saved_at = self.reported_at = time.monotonic()
        self._timed = self.steps, time.monotonic(), 0.0
        self.bar = tqdm(total=1, disable=None, bar_format="{percentage:5.1f} % |{bar}| {remaining} left{postfix}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.start

    def on_train_batch_begin(self, batch, logs=None):
        share = self.budget.share(self.steps, self.seconds)
        warmup = min(1.0, (self.steps + 1) / self.recipe.warmup_steps)
        fall = 0.5 * (1 + np.cos(np.pi * share)) if self.recipe.schedule == "cosine" else 1.0
        rate = self.recipe.learning_rate * warmup * fall
        if self.device_steps is None:
            self.model.optimizer.learning_rate = rate
        else:
            self.device_steps.learning_rate = rate

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.device_steps is not None:
            self.device_steps.raise_interrupt()
        share, now = self.budget.share(self.steps, self.seconds), time.monotonic()
        speed = self.steps * self.recipe.batch_size / self.seconds
        self.bar.n = share
        self.bar.set_postfix_str(f"loss {logs['loss']:.3f}, {speed:.1f} pictures/s")
        if self.bar.disable and now - self.reported_at > 30:
            left = self.seconds * (1 - share) / max(share, 1e-6)
            self.report(
                f"step {self.steps}, {share:.1%}, loss {logs['loss']:.3f}, {speed:.1f} pictures/s{self._timing(now)}, "
                f"{left / 60:.0f} min left"
            )
            self.reported_at = now
        if now - self.saved_at > 60 * self.recipe.save_minutes:
            self._save()
            self.saved_at = now
        if share >= 1:
            self.model.stop_training = True

    def _timing(self, now: float) -> str:
        """On JAX, milliseconds of a step since the last report, and those that the host spent in the loader."""
        if self.device_steps is None:
            return ""
        steps, seconds, loading = self._timed
        self._timed = self.steps, now, self.device_steps.loading
        done = self.steps - steps
        whole, loader = 1000 * (now - seconds) / done, 1000 * (self.device_steps.loading - loading) / done
        return f", {whole:.1f} ms a step, {loader:.1f} of them in the loader"

    def on_epoch_end(self, epoch, logs=None):
        row = {"steps": self.steps, "seconds": round(self.seconds), "loss": logs["loss"], "val_loss": logs["val_loss"]}
        self.state.log(row)
        self.report(f"val loss {logs['val_loss']:.4f} after {self.steps} steps, {self.seconds / 60:.0f} min")

    def on_train_end(self, logs=None):
        self.bar.close()
        self._save()

    def _save(self) -> None:
        self.state.best = self.best()
        self.state.save(self.model, self.steps, self.seconds, self.state.best)
