"""Train a registered network on a folder of colour photographs.

    python -m colorizer train --data photos --model resnet50_unet --output my.weights.h5 --minutes 90

State is saved every few minutes beside the output, in `OUTPUT.state/`; `resume=True` goes on from there.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from colorizer import models, weights
from colorizer.color import spaces
from colorizer.color.bins import bins_of
from colorizer.imaging import splits as photo_splits
from colorizer.imaging.photos import list_photos
from colorizer.imaging.splits import Scan, Splits
from colorizer.models import ModelInfo, color_space_head
from colorizer.models.extractors import DISTILLED
from colorizer.models.recipe import Recipe
from colorizer.training import distillation, feature_cache, losses, pretrained
from colorizer.training.batches import PhotoBatches
from colorizer.training.checkpoint import DiskError, NothingToResumeError, State, TrainingError, reason
from colorizer.training.schedule import Schedule, StepBudget, TimeBudget

__all__ = ["DiskError", "NothingToResumeError", "OutputError", "Recipe", "TrainingError", "train"]

OPTIMIZERS = {
    "adamw": keras.optimizers.AdamW,
    "adam": keras.optimizers.Adam,
    "adamax": keras.optimizers.Adamax,
    "rmsprop": keras.optimizers.RMSprop,
}

KERAS_DOWNLOAD = "imagenet"
"""For `encoder`: fetch the weights as Keras does."""

RANDOM = "random"
"""For `encoder`: leave it as it is; to prove that a path works, never to be shipped."""


class OutputError(TrainingError):
    """The weights cannot be written where they were asked for."""


class RecipeError(TrainingError):
    """A recipe names something that there is not, or does not fit the model."""


def train(
    folder: Path,
    model_name: str,
    output: Path,
    *,
    epochs: int | None = None,
    minutes: float | None = None,
    patience: int | None = None,
    resume: bool = False,
    seed: int = 0,
    encoder: Path | str | Sequence[Path] | None = None,
    adapt_minutes: float = 0.0,
    start: Path | None = None,
    include: str = "*",
    hold_out: float | None = None,
    recipe: Recipe | None = None,
    hyperparameters: dict | None = None,
    report: Callable[[str], None] = print,
) -> keras.Model:
    """Train a model and write its weights.

    Args:
        folder: colour photographs, walked by extension. 400 are held back for `val` and 400 for `test`.
        model_name: a registered model.
        output: file for the weights, `NAME.weights.h5`.
        epochs: passes over the photographs; or
        minutes: time to train for, the learning rate following the clock.
        patience: stop before that when so many passes brought `val` no gain, and take the best weights.
        resume: go on from the state saved beside `output`.
        seed: of the order, the crops and the initial weights.
        encoder: ImageNet weights to start the encoder from, or that an extractor needs: a file, or several; or
            `imagenet`, which Keras downloads; or `random`.
        adapt_minutes: time to make an extractor at home with grey pictures before its vectors are taken.
        start: weights of this model to start from; the recipe's logit adjustment is taken back first.
        include: pattern of the file names taken, such as `intel_*`.
        hold_out: share held back by a seeded draw for `val`, and none for `test`, as the reports did.
        recipe: hyper-parameters of the training; None takes the model's own.
        hyperparameters: of the model, arguments of its `build`; kept in the weights file.
        report: called with each line of progress.

    Raises:
        DataError: the folder holds too little to train on.
        NothingToResumeError, OutputError, RecipeError, DiskError, TrainingError: see there.
        UnknownModelError, HyperparameterError, EncoderError, MissingExtraError: see `models`.
        DownloadError: see `pretrained`.
    """
    info = models.model_info(model_name)
    recipe = recipe or info.recipe
    if (epochs is None) == (minutes is None):
        raise TrainingError(f"Give either epochs or minutes. Received epochs={epochs}, minutes={minutes}.")
    _check(model_name, info, recipe)
    state = State(_writable(output), resume)
    photos = list_photos(folder, include)
    splits = photo_splits.split(photos) if hold_out is None else photo_splits.split_share(photos, hold_out, seed)

    keras.utils.set_random_seed(seed)
    hyperparameters = _with_output(hyperparameters or {}, info, recipe)
    model = _build(model_name, hyperparameters, recipe)
    extractor, network = models.parts_of(model)
    if encoder is None and not (start or resume):
        _go_without_encoder(model_name, model, report)
    _load_encoder(model_name, model, encoder, recipe)
    if start is not None:
        weights.read_weights(model, start)
        models.freeze_stages(model_name, model, recipe.frozen_stages)
    stride, channels = _output_of(model, recipe)

    scan = _scan(splits, bins_of(channels) if recipe.loss == losses.CLASSIFICATION else None, report)
    vectors = None
    if extractor is not None:
        _prepare_extractor(extractor, state, resume, scan.train, adapt_minutes, seed, report)
        vectors = _embed(extractor, [*scan.train, *scan.val])
    # A resumed run goes on with other crops instead of the first ones again.
    batches, val = _batches(scan.train, scan.val, recipe, stride, vectors, seed + 7919 * state.steps)
    fit = models.network(model_name).fit
    if fit is not None:
        fit(model, batches, seed, report)
    else:
        if start is not None:
            _adjust_logits(network, recipe, scan.ab_counts, times=-1)
        _compile(network, recipe, scan.ab_counts, info)
        if resume:
            state.restore(network)
        budget = StepBudget(epochs * len(batches)) if epochs else TimeBudget(minutes * 60)
        _fit(network, batches, val, epochs, patience, Schedule(recipe, budget, state, report))
        _adjust_logits(network, recipe, scan.ab_counts)
    _write(model, output, hyperparameters, recipe, state)
    report(f"Wrote {output}")
    return model


def _check(name: str, info: ModelInfo, recipe: Recipe) -> None:
    """Refuse what can be known to fail before any work is done."""
    if info.training is None:
        raise TrainingError(f"A model must have something to learn. {name} has nothing.")
    choices = {
        "loss": ("cross_entropy", "mse", "huber"),
        "optimizer": tuple(OPTIMIZERS),
        "schedule": ("cosine", "constant"),
        "space": tuple(spaces.SCALES),
    }
    for field, allowed in choices.items():
        if getattr(recipe, field) not in allowed:
            raise RecipeError(f"{field} must be one of {', '.join(allowed)}. Received {getattr(recipe, field)!r}.")
    if recipe.space != "lab" and recipe.loss == losses.CLASSIFICATION:
        raise RecipeError(f"Bins are of ab: a space other than lab needs mse or huber. Received {recipe.space!r}.")
    if recipe.crop_size % info.size_multiple:
        raise RecipeError(f"crop_size must be a multiple of {info.size_multiple}. Received {recipe.crop_size}.")


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


def _with_output(hyperparameters: dict, info: ModelInfo, recipe: Recipe) -> dict:
    """The loss decides what a network gives: logits for cross-entropy, ab for the others."""
    output = "bins" if recipe.loss == losses.CLASSIFICATION else "ab"
    return hyperparameters if output == info.output else {**hyperparameters, "output": output}


def _build(model_name: str, hyperparameters: dict, recipe: Recipe) -> keras.Model:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        return models.create_model(model_name, **hyperparameters)
    finally:
        keras.config.set_dtype_policy(policy)


def _go_without_encoder(name: str, model: keras.Model, report: Callable[[str], None]) -> None:
    """Refuse what would learn nothing from an extractor that knows nothing; warn of what would learn less."""
    if models.parts_of(model).extractor is not None:
        raise models.EncoderError(
            f"{name} needs a classifier that knows ImageNet: --encoder imagenet, which Keras downloads "
            f"({pretrained.FILES[_application(name, model)].url}), or --encoder FILE. Received none."
        )
    if any(isinstance(layer, keras.Model) and not layer.trainable for layer in model.layers):
        report(f"Without --encoder, {name} starts from random weights, some of which stay as they are: it learns less")


def _application(name: str, model: keras.Model) -> str:
    """The network of `keras.applications` whose file fits a model's encoder."""
    encoder = models.network(name).encoder
    if encoder is None or encoder.application is None:
        raise models.EncoderError(
            f"{name} starts from no network that Keras has ImageNet weights of: leave --encoder out."
        )
    return encoder.application(model)


def _load_encoder(name: str, model: keras.Model, encoder, recipe: Recipe) -> None:
    paths = [encoder] if isinstance(encoder, str | os.PathLike) else list(encoder or ())
    if paths in ([], [RANDOM]):
        return
    if paths == [KERAS_DOWNLOAD]:
        paths = [pretrained.fetch(_application(name, model))]
    models.load_encoder(name, model, *paths, frozen_stages=recipe.frozen_stages)


def _output_of(model: keras.Model, recipe: Recipe) -> tuple[int, int]:
    """Pixels of input for one of output, along a side, and channels of the output."""
    _, height, _, channels = model.compute_output_shape((None, recipe.crop_size, recipe.crop_size, 1))
    return recipe.crop_size // height, channels


def _scan(splits: Splits, bins: np.ndarray | None, report: Callable[[str], None]) -> Scan:
    total = sum(map(len, (splits.train, splits.val, splits.test)))
    report(f"Looking at {total} photographs")
    with tqdm(unit="photo", total=total, disable=None) as bar:
        scan = photo_splits.scan(splits, lambda done, total: bar.update(), bins)
    report(
        f"Training on {len(scan.train)}; left out: {scan.gray} grey, {scan.duplicates} near duplicates of held-out "
        f"ones, {scan.unreadable} unreadable; held back: {len(scan.val)} val, {len(splits.test)} test; "
        f"left out of val: {scan.val_duplicates} near duplicates of test"
    )
    return scan


def _prepare_extractor(extractor, state: State, resume: bool, paths, minutes: float, seed: int, report) -> None:
    """Adapt the extractor if asked to, and keep it: a resumed run must see through the same eyes."""
    kept = state.folder / DISTILLED
    if resume:
        extractor.load_weights(kept)
        return
    if minutes:
        distillation.adapt(extractor, paths, _side(extractor), minutes, seed, report)
    extractor.save_weights(kept)


def _embed(extractor: keras.Model, paths: list[Path]) -> dict[Path, np.ndarray]:
    folder = Path(os.environ.get("HUESTORY_DATA") or Path.home() / ".huestory").expanduser() / "embeddings"
    with tqdm(unit="photo", total=len(paths), desc="Looking with the extractor", disable=None) as bar:
        return feature_cache.embed(extractor, paths, folder, _side(extractor), bar.update)


def _side(extractor: keras.Model) -> int:
    return extractor.input_shape[1]


def _batches(train, val, recipe: Recipe, stride: int, vectors, seed: int) -> tuple[PhotoBatches, ...]:
    """Augmented crops to train on, and plain ones to see how it goes."""
    sizes = recipe.batch_size, recipe.crop_size, stride
    chroma = None if recipe.space == "lab" else partial(spaces.chroma, space=recipe.space)
    augmented = {
        "augment": True,
        "scale": recipe.crop_scale,
        "mirror": recipe.mirror,
        "shear": recipe.shear,
        "degraded": recipe.degraded,
        "seed": seed,
    }
    return (
        PhotoBatches(train, *sizes, chroma=chroma, vectors=vectors, **augmented),
        PhotoBatches(val, *sizes, chroma=chroma, vectors=vectors),
    )


def _optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    decay = {"weight_decay": recipe.weight_decay} if recipe.optimizer == "adamw" else {}
    return OPTIMIZERS[recipe.optimizer](recipe.learning_rate, clipnorm=1.0, **decay)


def _compile(network: keras.Model, recipe: Recipe, ab_counts: np.ndarray | None, info: ModelInfo) -> None:
    network.compile(
        optimizer=_optimizer(recipe),
        loss=losses.create_loss(recipe, ab_counts, info.contrast, info.smoothing),
        jit_compile=keras.backend.backend() == "jax",  # XLA takes minutes to compile this network for a CPU
    )


def _fit(network: keras.Model, batches, val, epochs: int | None, patience: int | None, schedule: Schedule) -> None:
    callbacks: list[keras.callbacks.Callback] = [schedule]
    if patience is not None:  # before the schedule, which saves what is left at the end
        callbacks.insert(0, keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True))
    try:
        network.fit(batches, validation_data=val, epochs=epochs or 10**6, callbacks=callbacks, verbose=0)
    except KeyboardInterrupt:
        schedule.on_train_end()
        schedule.report(f"Stopped; the state is kept in {schedule.state.folder}: go on with --resume")
        raise
    finally:
        schedule.bar.close()


def _adjust_logits(network: keras.Model, recipe: Recipe, ab_counts: np.ndarray | None, times: float = 1.0) -> None:
    """Logit adjustment: multiply the distributions over bins by a power of the class weights, a shift of the biases.

    How colourful a network is can so be chosen on `val` after the training instead of by another one.
    """
    if recipe.logit_adjustment and recipe.loss == losses.CLASSIFICATION:
        bin_weights = losses.rebalancing_weights(ab_counts, recipe.rebalance)
        network.layers[-1].bias.assign_add(times * recipe.logit_adjustment * np.log(bin_weights))


def _write(model: keras.Model, output: Path, hyperparameters: dict, recipe: Recipe, state: State) -> None:
    """The weights, as a model that gives ab or bins whatever it was trained on, and the history beside them."""
    if recipe.space != "lab":
        model = color_space_head.with_ab(model, recipe.space)
        hyperparameters = hyperparameters | {"space": recipe.space}
    try:
        weights.write_weights(model, output, hyperparameters)
        if state.history.exists():
            output = Path(output)
            shutil.copy(state.history, output.with_name(output.name.removesuffix(".weights.h5") + ".history.csv"))
    except (OSError, RuntimeError) as error:  # HDF5 raises either when a disk is full
        raise DiskError(
            f"The weights could not be written to {output}: {reason(error)}. The training is kept in {state.folder}: "
            "make room, then run the command again with --resume."
        ) from error
