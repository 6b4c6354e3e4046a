"""Gradient training: optimizer, epochs, early stopping, logit adjustment."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

import keras
import numpy as np

from colorizer.models.info import ModelInfo
from colorizer.models.recipe import CLIP_NORM, Recipe
from colorizer.training import losses
from colorizer.training.batches import PhotoBatches
from colorizer.training.checkpoint import Best, State
from colorizer.training.job import Length
from colorizer.training.schedule import Report, Schedule, StepBudget, TimeBudget

if TYPE_CHECKING:
    from colorizer.training.device.steps import Steps

OPTIMIZERS = {
    "adamw": keras.optimizers.AdamW,
    "adam": keras.optimizers.Adam,
    "adamax": keras.optimizers.Adamax,
    "rmsprop": keras.optimizers.RMSprop,
}


class Patience(keras.callbacks.EarlyStopping):
    """Stops after `patience` epochs without a lower loss on `val` and restores the best weights; it can be resumed.

    Args:
        best: the state of early stopping in the run that is resumed; None to start without one.
    """

    def __init__(self, patience: int, best: Best | None):
        super().__init__("val_loss", patience=patience, restore_best_weights=True)
        self._before = best

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        if self._before is not None:
            before = self._before
            self.best, self.best_epoch, self.wait = before.loss, before.epoch, before.wait
            self.best_weights = before.weights

    def memory(self) -> Best | None:
        """The state that a resumed run needs; None before the end of the first epoch."""
        return None if self.best is None else Best(float(self.best), self.best_epoch, self.wait, self.best_weights)


def fit(
    network: keras.Model,
    batches: PhotoBatches,
    val: PhotoBatches,
    length: Length,
    recipe: Recipe,
    state: State,
    report: Report,
) -> dict:
    """Train a compiled network until `length` is reached; a resumed training that had reached it is not continued.

    Returns:
        `figures` of `weights.Facts`.

    Raises:
        DiskError: the state could not be saved.
        KeyboardInterrupt: the training was stopped; its state is saved.
    """
    budget = StepBudget(length.epochs * len(batches)) if length.epochs else TimeBudget(length.minutes * 60)
    if is_over(state, budget, length):
        report(f"The training was finished after {state.steps} steps")
        return _figures(state.steps, state.seconds, batches, state)
    patience = None if length.patience is None else Patience(length.patience, state.best)
    steps = _device_steps(network)
    schedule = Schedule(recipe, budget, state, report, patience.memory if patience else lambda: None, steps)
    callbacks = [*([patience] if patience else []), schedule]  # the schedule last, to save the restored weights
    try:
        with steps.interruptible() if steps else nullcontext():
            network.fit(
                batches,
                validation_data=val,
                initial_epoch=state.steps // len(batches),
                epochs=10**6,
                callbacks=callbacks,
                verbose=0,
            )
    except KeyboardInterrupt:
        schedule.on_train_end()
        report(f"Stopped; the state is kept in {state.folder}: go on with --resume")
        raise
    finally:
        schedule.bar.close()
    return _figures(schedule.steps, schedule.seconds, batches, state)


def _device_steps(network: keras.Model) -> "Steps | None":
    """On JAX, the steps that replace those of `fit`; on other backends `fit` has its own."""
    if keras.backend.backend() != "jax":
        return None
    from colorizer.training.device.steps import Steps

    return Steps(network)


def is_over(state: State, budget: StepBudget | TimeBudget, length: Length) -> bool:
    """Whether a resumed training was already finished, by its length or by early stopping."""
    stopped = length.patience is not None and state.best is not None and state.best.wait >= length.patience
    return stopped or budget.share(state.steps, state.seconds) >= 1


def compile_network(network: keras.Model, recipe: Recipe, ab_counts: np.ndarray | None, info: ModelInfo) -> None:
    """Give a network its optimizer and its loss."""
    network.compile(
        optimizer=create_optimizer(recipe),
        loss=losses.create_loss(recipe, ab_counts, info.contrast, info.smoothing),
        jit_compile=keras.backend.backend() == "jax",  # XLA takes minutes to compile this network for a CPU
    )


def create_optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """The optimizer that a recipe names; all other settings are Keras' defaults, see `Recipe.optimizer`."""
    decay = {"weight_decay": recipe.weight_decay} if recipe.optimizer == "adamw" else {}
    return OPTIMIZERS[recipe.optimizer](recipe.learning_rate, clipnorm=CLIP_NORM, **decay)


def adjust_logits(network: keras.Model, recipe: Recipe, ab_counts: np.ndarray | None, times: float = 1.0) -> None:
    """Logit adjustment: add `logit_adjustment` x log(class weights) to the last biases of the network.

    This multiplies the distributions over bins by a power of the class weights. So the colourfulness of a network can
    be chosen on `val` after the training, without training again. Menon et al. 2021, *Long-tail learning via logit
    adjustment*, arXiv 2007.07314.

    Args:
        times: 1 to adjust, -1 to undo the adjustment.
    """
    if recipe.logit_adjustment and recipe.loss == losses.CLASSIFICATION:
        bin_weights = losses.rebalancing_weights(ab_counts, recipe.rebalance)
        _last_bias(network).assign_add(times * recipe.logit_adjustment * np.log(bin_weights))


def _last_bias(network: keras.Model) -> keras.Variable:
    """The biases nearest to the output: all that comes after them keeps a constant as it is."""
    return next(layer.bias for layer in reversed(network.layers) if hasattr(layer, "bias"))


def _figures(steps: int, seconds: float, batches: PhotoBatches, state: State) -> dict:
    loss = state.best.loss if state.best else state.last_loss()
    return {
        "steps": steps,
        "seconds": round(seconds),
        "pictures_seen": steps * batches.batch_size,
        "val_loss": loss,
    }
