"""Train a registered network on a folder of colour photographs.

    python -m colorizer train --data photos --model resnet50_unet --output my.weights.h5 --minutes 90

State is saved every few minutes beside the output, in `OUTPUT.state/`; `resume=True` goes on from there.
"""

import csv
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from colorizer import data, lab, losses, models, weights
from colorizer.recipe import Recipe


class TrainingError(RuntimeError):
    """Training cannot start or go on."""


class NothingToResumeError(TrainingError):
    """`resume` was asked for, but there is no saved state."""


class OutputError(TrainingError):
    """The weights cannot be written where they were asked for."""


def train(
    folder: Path,
    model_name: str,
    output: Path,
    *,
    epochs: int | None = None,
    minutes: float | None = None,
    resume: bool = False,
    seed: int = 0,
    encoder: Path | None = None,
    start: Path | None = None,
    recipe: Recipe | None = None,
    report: Callable[[str], None] = print,
) -> keras.Model:
    """Train a model and write its weights.

    Args:
        folder: colour photographs, walked by extension. 400 are held back for `val` and 400 for `test`.
        model_name: a registered model.
        output: file for the weights, `NAME.weights.h5`.
        epochs: passes over the photographs; or
        minutes: time to train for, the learning rate following the clock.
        resume: go on from the state saved beside `output`.
        seed: of the order, the crops and the initial weights.
        encoder: archive of ImageNet weights to start the encoder from.
        start: weights of this model to start from, such as those that ship.
        recipe: hyper-parameters; None takes the model's own.
        report: called with each line of progress.

    Raises:
        DataError: the folder holds too little to train on.
        NothingToResumeError, OutputError, UnknownModelError: see there.
    """
    info = models.model_info(model_name)
    recipe = recipe or info.recipe
    if (epochs is None) == (minutes is None):
        raise TrainingError(f"Give either epochs or minutes. Received epochs={epochs}, minutes={minutes}.")
    state = _State(_writable(output), resume)
    splits = data.split(data.list_photos(folder))
    report(f"Looking at {len(splits.train) + len(splits.val) + len(splits.test)} photographs")
    with tqdm(unit="photo", disable=None) as bar:
        bar.total = sum(map(len, (splits.train, splits.val, splits.test)))
        scan = data.scan(splits, lambda done, total: bar.update(), lab.bins_of(info.bins))
    report(
        f"Training on {len(scan.train)}; left out: {scan.gray} grey, {scan.duplicates} near duplicates of held-out "
        f"ones, {scan.unreadable} unreadable; held back: {len(splits.val)} val, {len(splits.test)} test"
    )

    keras.utils.set_random_seed(seed)
    model = _build(model_name, encoder, recipe)
    if start is not None:
        weights.read_weights(model, start)
    model.compile(
        optimizer=keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay, clipnorm=1.0),
        loss=losses.SoftBinCrossEntropy(
            losses.rebalancing_weights(scan.ab_counts, recipe.rebalance), recipe.color_weight, recipe.coherence_weight
        ),
        jit_compile=keras.backend.backend() == "jax",  # XLA takes minutes to compile this network for a CPU
    )
    if resume:
        state.restore(model)
    batches = data.PhotoBatches(
        scan.train,
        recipe.batch_size,
        recipe.crop_size,
        info.output_stride,
        augment=True,
        scale=recipe.crop_scale,
        aged=recipe.aged,
        seed=seed + 7919 * state.steps,  # a resumed run goes on with other crops instead of the first ones again
    )
    budget = _StepBudget(epochs * len(batches)) if epochs else _TimeBudget(minutes * 60)
    val = data.PhotoBatches(splits.val, recipe.batch_size, recipe.crop_size, info.output_stride)
    schedule = _Schedule(recipe, budget, state, report)
    try:
        model.fit(batches, validation_data=val, epochs=epochs or 10**6, callbacks=[schedule], verbose=0)
    except KeyboardInterrupt:
        schedule.on_train_end()
        report(f"Stopped; the state is kept in {state.folder}: go on with --resume")
        raise
    weights.write_weights(model, output)
    report(f"Wrote {output}")
    return model


def _writable(output: Path) -> Path:
    output = Path(output)
    if not output.name.endswith(".weights.h5"):
        raise OutputError(f"The output must be called NAME.weights.h5. Received {output.name!r}.")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        probe = output.with_name(f".{output.name}.probe")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"The output folder must be writable. Received {str(output.parent)!r}: {error}") from error
    return output


def _build(model_name: str, encoder: Path | None, recipe: Recipe) -> keras.Model:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        model = models.create_model(model_name)
    finally:
        keras.config.set_dtype_policy(policy)
    if encoder is not None:
        models.load_encoder(model_name, model, encoder, recipe.frozen_stages)
    return model


class _State:
    """What a later run needs to go on: weights, optimizer, steps and seconds done. Saved whole or not at all."""

    def __init__(self, output: Path, resume: bool):
        self.folder = output.with_name(f"{output.name}.state")
        self.history = self.folder / "history.csv"
        self.steps, self.seconds = 0, 0.0
        if resume:
            try:
                progress = json.loads((self.folder / "progress.json").read_text())
            except OSError as error:
                raise NothingToResumeError(f"--resume needs saved state. None is at {self.folder}.") from error
            self.steps, self.seconds = progress["steps"], progress["seconds"]
            self._saved = self.folder / progress["weights"]
        else:
            self.folder.mkdir(exist_ok=True)
            self.history.unlink(missing_ok=True)

    def restore(self, model: keras.Model) -> None:
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self._saved)

    def save(self, model: keras.Model, steps: int, seconds: float) -> None:
        saved = self.folder / f"{steps:08d}.weights.h5"
        model.save_weights(saved)
        progress = self.folder / "progress.json"
        partial = progress.with_suffix(".partial")
        partial.write_text(json.dumps({"steps": steps, "seconds": seconds, "weights": saved.name}))
        os.replace(partial, progress)
        for other in self.folder.glob("*.weights.h5"):
            if other != saved:
                other.unlink()

    def log(self, row: dict) -> None:
        new = not self.history.exists()
        with open(self.history, "a", newline="") as file:
            writer = csv.DictWriter(file, row)
            if new:
                writer.writeheader()
            writer.writerow(row)


class _StepBudget:
    """Progress counted in steps."""

    def __init__(self, total: int):
        self.total = total

    def share(self, steps: int, seconds: float) -> float:
        return min(1.0, steps / self.total)


class _TimeBudget:
    """Progress counted in seconds of training."""

    def __init__(self, total: float):
        self.total = total

    def share(self, steps: int, seconds: float) -> float:
        return min(1.0, seconds / self.total)


class _Schedule(keras.callbacks.Callback):
    """Sets the learning rate, reports, saves, and stops when the budget is spent."""

    def __init__(self, recipe: Recipe, budget, state: _State, report: Callable[[str], None]):
        super().__init__()
        self.recipe, self.budget, self.state, self.report = recipe, budget, state, report
        self.steps, self.start = state.steps, time.monotonic() - state.seconds
        self.saved_at = self.reported_at = time.monotonic()
        self.bar = tqdm(total=1, disable=None, bar_format="{percentage:5.1f} % |{bar}| {remaining} left{postfix}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.start

    def on_train_batch_begin(self, batch, logs=None):
        share = self.budget.share(self.steps, self.seconds)
        warmup = min(1.0, (self.steps + 1) / self.recipe.warmup_steps)
        rate = self.recipe.learning_rate * warmup * 0.5 * (1 + np.cos(np.pi * share))
        self.model.optimizer.learning_rate = rate

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        share, now = self.budget.share(self.steps, self.seconds), time.monotonic()
        speed = self.steps * self.recipe.batch_size / self.seconds
        self.bar.n = share
        self.bar.set_postfix_str(f"loss {logs['loss']:.3f}, {speed:.1f} pictures/s")
        if self.bar.disable and now - self.reported_at > 30:
            left = self.seconds * (1 - share) / max(share, 1e-6)
            self.report(
                f"step {self.steps}, {share:.1%}, loss {logs['loss']:.3f}, {speed:.1f} pictures/s, "
                f"{left / 60:.0f} min left"
            )
            self.reported_at = now
        if now - self.saved_at > 60 * self.recipe.save_minutes:
            self.state.save(self.model, self.steps, self.seconds)
            self.saved_at = now
        if share >= 1:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        row = {"steps": self.steps, "seconds": round(self.seconds), "loss": logs["loss"], "val_loss": logs["val_loss"]}
        self.state.log(row)
        self.report(f"val loss {logs['val_loss']:.4f} after {self.steps} steps, {self.seconds / 60:.0f} min")

    def on_train_end(self, logs=None):
        self.bar.close()
        self.state.save(self.model, self.steps, self.seconds)
