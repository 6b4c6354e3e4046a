"""Train a registered network on a folder of colour photographs.

    python -m colorizer train --data photos --model resnet50_unet --output my.weights.h5 --minutes 90

State is saved every few minutes beside the output, in `OUTPUT.state/`; `Start.resume` continues from it.
"""

import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from colorizer import models, weights
from colorizer.color import spaces
from colorizer.color.bins import bins_of
from colorizer.imaging.photos import PackedPhoto
from colorizer.imaging.splits import Scan, Splits
from colorizer.models import color_space_head
from colorizer.models.extractors import DISTILLED
from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe
from colorizer.training import data, distillation, feature_cache, gradients, losses, pretrained
from colorizer.training.batches import PhotoBatches
from colorizer.training.checkpoint import DamagedStateError, DiskError, State, TrainingError, reason
from colorizer.training.job import KERAS_DOWNLOAD, RANDOM, Job
from colorizer.training.schedule import Report
from storage import settings


class OutputError(TrainingError):
    """The weights cannot be written to the output path."""


class RecipeError(TrainingError):
    """A recipe has an unknown value, or one that does not fit the model."""


@dataclass(frozen=True)
class Run:
    """A training that is ready to start: its photographs are scanned and its model is built."""

    job: Job
    info: ModelInfo
    recipe: Recipe
    model: keras.Model
    state: State
    splits: dict[Path, Splits]
    """The splits of each data folder."""
    scan: Scan
    report: Report


def train(job: Job, report: Report = print) -> keras.Model:
    """Train a model and write its weights.

    Args:
        report: called with each line of progress.

    Raises:
        DataError: a folder has too few photographs, or two folders have a photograph in common.
        TrainingError: one of its subclasses, see there.
        UnknownModelError, HyperparameterError, EncoderError, MissingExtraError: see `models`.
        WeightsError: the weights to start from are missing or damaged.
        DownloadError: see `pretrained`.
    """
    info = models.model_info(job.model)
    recipe = job.recipe or info.recipe
    _check(job.model, info, recipe)
    output = writable(job.output)
    photos = job.data.list_photos()
    configuration = job.configuration(recipe, sum(map(len, photos.values())))
    state = State(output, configuration, job.start.resume, job.start.pretrained)
    splits = job.data.split(photos, job.seed)

    keras.utils.set_random_seed(job.seed)
    hyperparameters = _with_output(_started(job), info, recipe)
    model = _build(job.model, hyperparameters, recipe)
    if not job.start.resume:
        _load_start(job, model, report)
    if state.pretrained:
        models.freeze_stages(job.model, model, recipe.frozen_stages)
    if recipe.train_classifier:
        models.train_classifier(job.model, model)
    if recipe.only:
        _freeze_others(model, recipe.only)
    scan = data.scan(splits, _bins(model, recipe), report)

    run = Run(job, info, recipe, model, state, splits, scan, report)
    if models.network(job.model).fit is not None:
        figures = _fit_without_gradients(run)
    elif models.parts_of(model).extractor is not None:
        figures = _train_behind_extractor(run)
    else:
        figures = _train_by_gradients(run, model, None)
    _write(run, hyperparameters, figures)
    report(f"Wrote {output}")
    return model


# --- the three kinds of training


def _fit_without_gradients(run: Run) -> None:
    """Fit a model that has a `fit` function instead of gradient training: one pass over the photographs."""
    batches, _ = _batches(run, None)
    models.network(run.job.model).fit(run.model, batches, run.job.seed, run.report)


def _train_behind_extractor(run: Run) -> dict:
    """Train a network on the feature vectors of a frozen extractor, which are computed once per photograph."""
    extractor, network = models.parts_of(run.model)
    kept = run.state.folder / DISTILLED  # a resumed run must use the same extractor weights
    if run.job.start.resume:
        try:
            extractor.load_weights(kept)
        except Exception as error:  # for a damaged file h5py and Keras raise many kinds of exceptions
            raise DamagedStateError(f"--resume needs {kept}, which cannot be read: {reason(error)}.") from error
    else:
        if run.job.start.adapt_minutes:
            minutes, seed = run.job.start.adapt_minutes, run.job.seed
            distillation.adapt(extractor, run.scan.train, extractor.input_shape[1], minutes, seed, run.report)
        extractor.save_weights(kept)
    return _train_by_gradients(run, network, _embed(extractor, [*run.scan.train, *run.scan.val]))


def _train_by_gradients(run: Run, network: keras.Model, vectors: dict[Path, np.ndarray] | None) -> dict:
    """Train a network on batches of L*, and of the extractor's feature vectors if it has an extractor."""
    recipe, counts, start = run.recipe, run.scan.ab_counts, run.job.start
    batches, val = _batches(run, vectors)
    if start.weights is not None and not start.resume:
        gradients.adjust_logits(network, recipe, counts, times=-1)
    gradients.compile_network(network, recipe, counts, run.info)
    if start.resume:
        run.state.restore(network)
    figures = gradients.fit(network, batches, val, run.job.length, recipe, run.state, run.report)
    gradients.adjust_logits(network, recipe, counts)
    return figures


# --- before


def _check(name: str, info: ModelInfo, recipe: Recipe) -> None:
    """Raise errors for settings that cannot work, before any work is done."""
    if info.training is None:
        raise TrainingError(f"A model must have something to learn. {name} has nothing.")
    choices = {
        "loss": ("cross_entropy", "mse", "huber"),
        "optimizer": tuple(gradients.OPTIMIZERS),
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


def writable(output: Path) -> Path:
    """Check a path for weights before any work is done, and make its folder.

    Raises:
        OutputError: it is no `NAME.weights.h5`, or its folder cannot be written.
    """
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


def _started(job: Job) -> dict:
    """The hyper-parameters of the job; those that it does not name are those of the weights it starts from."""
    if job.start.weights is None:
        return job.hyperparameters
    return weights.read_hyperparameters(job.start.weights) | job.hyperparameters


def _freeze_others(model: keras.Model, only: str) -> None:
    """Keep all layers as they are whose names do not begin with `only`."""
    names = [layer.name for layer in model.layers if layer.name.startswith(only) and layer.weights]
    if not names:
        raise RecipeError(f"only must be how the names of some layers with weights begin. Received {only!r}.")
    for layer in model.layers:
        layer.trainable = layer.name in names


def _with_output(hyperparameters: dict, info: ModelInfo, recipe: Recipe) -> dict:
    """Set the output of the network according to the loss: logits for cross-entropy, ab for the others."""
    output = "bins" if recipe.loss == losses.CLASSIFICATION else "ab"
    return hyperparameters if output == info.output else {**hyperparameters, "output": output}


def _build(name: str, hyperparameters: dict, recipe: Recipe) -> keras.Model:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        return models.create_model(name, **hyperparameters)
    finally:
        keras.config.set_dtype_policy(policy)


def _load_start(job: Job, model: keras.Model, report: Report) -> None:
    """Load the weights that the training starts from: ImageNet weights, weights of this model, or none."""
    if not job.start.encoder and job.start.weights is None:
        _go_without_encoder(job.model, model, report)
    if job.start.encoder not in ((), (RANDOM,)):
        paths = job.start.encoder
        if paths == (KERAS_DOWNLOAD,):
            paths = (pretrained.fetch(_application(job.model, model)),)
        models.load_encoder(job.model, model, *paths)
    if job.start.weights is not None:
        weights.check(job.start.weights, job.model)
        if weights.read_hyperparameters(job.start.weights).items() >= job.hyperparameters.items():
            weights.read_weights(model, job.start.weights)
        else:  # another network of this model, such as one without a correction
            _load_layers(model, weights.create_model(job.model, job.start.weights), report)


def _load_layers(model: keras.Model, start: keras.Model, report: Report) -> None:
    """Take over the weights of a network, layer by layer; layers that it does not have keep their own."""
    new = {layer.name for layer in model.layers if layer.weights} - {layer.name for layer in start.layers}
    for layer in start.layers:
        try:
            model.get_layer(layer.name).set_weights(layer.get_weights())
        except ValueError as error:
            raise RecipeError(
                f"The weights to start from must fit the network. Those of {layer.name}: {error}"
            ) from error
    if new:
        report(f"Not in the weights to start from, so beginning anew: {', '.join(sorted(new))}")


def _go_without_encoder(name: str, model: keras.Model, report: Report) -> None:
    """Refuse to train behind an extractor with random weights; warn where frozen layers keep random weights."""
    if models.parts_of(model).extractor is not None:
        raise models.EncoderError(
            f"{name} needs a classifier that knows ImageNet: --encoder imagenet, which Keras downloads "
            f"({pretrained.FILES[_application(name, model)].url}), or --encoder FILE. Received none."
        )
    if any(isinstance(layer, keras.Model) and not layer.trainable for layer in model.layers):
        report(f"Without --encoder, {name} starts from random weights, some of which stay as they are: it learns less")


def _application(name: str, model: keras.Model) -> str:
    """Name of the network of `keras.applications` whose weights fit a model's encoder."""
    encoder = models.network(name).encoder
    if encoder is None or encoder.application is None:
        raise models.EncoderError(
            f"{name} starts from no network that Keras has ImageNet weights of: leave --encoder out."
        )
    return encoder.application(model)


def _bins(model: keras.Model, recipe: Recipe) -> np.ndarray | None:
    """The ab bins of a classification; None for a regression."""
    return bins_of(_output_of(model, recipe)[1]) if recipe.loss == losses.CLASSIFICATION else None


def _output_of(model: keras.Model, recipe: Recipe) -> tuple[int, int]:
    """Input pixels per output pixel along a side, and channels of the output."""
    _, height, _, channels = model.compute_output_shape((None, recipe.crop_size, recipe.crop_size, 1))
    return recipe.crop_size // height, channels


def _embed(extractor: keras.Model, paths: list[Path]) -> dict[Path, np.ndarray]:
    folder = settings.data_folder() / "embeddings"
    with tqdm(unit="photo", total=len(paths), desc="Looking with the extractor", disable=None) as bar:
        return feature_cache.embed(extractor, paths, folder, extractor.input_shape[1], bar.update)


def _batches(run: Run, vectors: dict[Path, np.ndarray] | None) -> tuple[PhotoBatches, PhotoBatches]:
    """Batches of augmented crops of `train` and of centre crops of `val`."""
    recipe = run.recipe
    sizes = recipe.batch_size, recipe.crop_size, _output_of(run.model, recipe)[0]
    chroma = None if recipe.space == "lab" else partial(spaces.chroma, space=recipe.space)
    augmented = {
        "scale": recipe.crop_scale,
        "mirror": recipe.mirror,
        "shear": recipe.shear,
        "degraded": recipe.degraded,
        # A resumed run draws new crops instead of repeating the first ones.
        "seed": run.job.seed + 7919 * run.state.steps,
    }
    val = PhotoBatches(run.scan.val, *sizes, chroma=chroma, vectors=vectors)
    if keras.backend.backend() == "jax" and _device_can_crop(run, vectors):
        return _device_batches(run, sizes, augmented, val)
    return PhotoBatches(run.scan.train, *sizes, augment=True, chroma=chroma, vectors=vectors, **augmented), val


def _device_can_crop(run: Run, vectors: dict[Path, np.ndarray] | None) -> bool:
    """Whether all photographs come from packs, and the recipe needs nothing that only the host can do."""
    packed = all(isinstance(photo, PackedPhoto) for photo in run.scan.train)
    return packed and vectors is None and run.recipe.space == "lab" and not run.recipe.shear


def _device_batches(run: Run, sizes: tuple[int, int, int], augmented: dict, val: PhotoBatches) -> tuple:
    """Batches from photographs in the device's memory, and those of `val`, kept there."""
    from colorizer.training.device.batches import DeviceBatches, KeptBatches

    augmented = {name: value for name, value in augmented.items() if name != "shear"}
    batches = DeviceBatches(run.scan.train, *sizes, **augmented)
    run.report(batches.describe())
    return batches, KeptBatches(val)


# --- after


def _write(run: Run, hyperparameters: dict, figures: dict | None) -> None:
    """Write weights, facts and history. The model is written with ab or bins as output, for every training space."""
    model, output, recipe = run.model, Path(run.job.output), run.recipe
    if recipe.space != "lab":
        model = color_space_head.with_ab(model, recipe.space)
        hyperparameters = hyperparameters | {"space": recipe.space}
    facts = {
        "model": run.job.model,
        "recipe": asdict(recipe),
        "seed": run.job.seed,
        "data": _facts_of_data(run),
        "figures": figures,
    }
    try:
        weights.write_weights(model, output, hyperparameters, facts)
        if run.state.history.exists():
            shutil.copy(run.state.history, output.with_name(output.name.removesuffix(".weights.h5") + ".history.csv"))
    except (OSError, RuntimeError) as error:  # HDF5 raises one of the two when a disk is full
        raise DiskError(
            f"The weights could not be written to {output}: {reason(error)}. The training is kept in "
            f"{run.state.folder}: make room, then run the command again with --resume."
        ) from error


def _facts_of_data(run: Run) -> dict:
    """The training data: the folder, or each of several folders with its counts; and the counts of all together."""
    asked, scan = run.job.data, run.scan
    folders = [
        {
            "folder": Path(folder).name,
            "photographs": len({*of_folder.train}.intersection(scan.train)),
            "val": len({*of_folder.val}.intersection(scan.val)),
        }
        for folder, of_folder in run.splits.items()
    ]
    named = {"folders": folders} if len(folders) > 1 else {"folder": folders[0]["folder"]}
    counts = {"photographs": len(scan.train), "val": len(scan.val)}
    return named | {"include": asked.include, "hold_out": asked.hold_out} | counts
