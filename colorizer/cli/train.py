"""`python -m colorizer train`: its options, and the `Job` for `training.train` that they give."""

import argparse
import ast
from dataclasses import fields, replace
from pathlib import Path

from colorizer import models
from colorizer.cli.arguments import count, number
from colorizer.cli.terminal import DONE, UsageError, report
from colorizer.models.recipe import Recipe

EXAMPLE = "train --data photos --model resnet50_unet --output my.weights.h5"

CIFAR = "cifar100"

OPTIONS = {
    "loss": "cross_entropy (classification), or mse or huber (regression)",
    "optimizer": "adamw, adam, adamax or rmsprop",
    "schedule": "of the rate: cosine (falls to 0) or constant",
    "learning_rate": "highest rate",
    "batch_size": "photographs a step",
    "crop_size": "side of the training crops, in pixels",
    "rebalance": "share of the uniform distribution in the class weights; 1: no rebalancing",
    "logit_adjustment": "power of the class weights on the finished network: more colour, less likeness",
    "tint_weight": "weight in the loss of one tint over the whole picture, beyond the original's",
    "lightness_bound_weight": "weight in the loss of colour that depends on lightness, beyond the original's",
    "space": "colour space of a regression's error: lab, luv, yuv or hsv",
    "shear": "degrees up to which crops are sheared",
    "degraded": "share of pictures aged like old photographs",
    "frozen_stages": "encoder stages kept as they are, -1 to 5",
    "only": "train only the layers whose names begin like this, such as correction",
    "precision": "float32 or mixed_bfloat16",
}
"""Fields of a recipe that have an option; without it, the value of the model's recipe is used."""

OPTION_NAMES = {"degraded": "aged", "logit_adjustment": "boost"}
"""Options whose name differs from that of their field."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = command.add_argument
    help = f"folders of colour photographs, each split for itself; files of a pack; or {CIFAR}: Keras downloads it"
    add("--data", nargs="+", action="extend", required=True, metavar="DIR", help=help)
    add("--model", required=True, help="model to train")
    add("--output", type=Path, required=True, metavar="FILE", help="NAME.weights.h5")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=count, help="passes over the photographs (default: 20; with --patience 1000)")
    length.add_argument("--minutes", type=number(0, 1e6), help="time to train for")
    add("--patience", type=count, metavar="N", help="stop when N passes brought no gain, and take the best weights")
    add("--resume", action="store_true", help="go on from the state saved beside the output")
    add("--seed", type=int, default=0, help="of order, crops and initial weights")
    help = "ImageNet weights of the encoder: a file (two of resnet50_unet), or imagenet: Keras downloads them"
    add("--encoder", nargs="+", metavar="FILE", help=help)
    add("--adapt-minutes", type=number(0, 1e6), default=0.0, help="make an extractor at home with grey pictures first")
    add("--start", type=Path, metavar="FILE", help="weights of this model to go on from")
    add("--include", default="*", metavar="PATTERN", help="only photographs of such names, such as 'intel_*'")
    add("--hold-out", type=number(0.01, 0.9), metavar="SHARE", help="seeded share for val instead of 400 val, 400 test")
    add("--set", action="append", default=[], type=_setting, metavar="NAME=VALUE", help="of the network: kernel_size=5")
    recipe = command.add_argument_group("recipe", "By default the model's own.")
    kinds = {"str": str, "int": int, "float": number(-1, 1e6)}
    types = {field.name: getattr(field.type, "__name__", field.type) for field in fields(Recipe)}
    for name, meaning in OPTIONS.items():
        option = OPTION_NAMES.get(name, name)
        recipe.add_argument(
            f"--{option.replace('_', '-')}", dest=name, metavar=option.upper(), type=kinds[types[name]], help=meaning
        )
    recipe.add_argument("--zoom", type=number(0.05, 1), help="smallest share of a photograph's side that is cut out")
    recipe.add_argument("--no-mirror", action="store_true", help="mirror no crops")
    recipe.add_argument("--train-classifier", action="store_true", help="train the classifier inside the network, too")


def run(options: argparse.Namespace) -> int:
    """Train a model."""
    models.import_keras()
    try:
        _train(options)
    except _errors() as error:
        raise UsageError(error) from error
    return DONE


def _train(options: argparse.Namespace) -> None:
    from colorizer.training.data import Data
    from colorizer.training.job import Job, Length, Start
    from colorizer.training.train import train

    epochs = options.epochs
    if epochs is None and options.minutes is None:
        epochs = 1000 if options.patience else 20
    job = Job(
        options.model,
        options.output,
        Data(tuple(map(_folder, options.data)), options.include, options.hold_out),
        Length(epochs, options.minutes, options.patience),
        Start(options.resume, tuple(options.encoder or ()), options.adapt_minutes, options.start),
        recipe=_recipe(options),
        hyperparameters=dict(options.set),
        seed=options.seed,
    )
    train(job, report)


def _errors() -> tuple[type[Exception], ...]:
    """The exceptions of a training that users can do something about."""
    from colorizer import weights
    from colorizer.imaging.photos import DataError
    from colorizer.training import losses, pretrained
    from colorizer.training.train import TrainingError

    of_models = (
        models.UnknownModelError,
        models.HyperparameterError,
        models.EncoderError,
        models.MissingExtraError,
    )
    others = (DataError, losses.UnknownLossError, pretrained.DownloadError, weights.WeightsError, TrainingError)
    return *of_models, *others, OSError


def _recipe(options: argparse.Namespace) -> Recipe:
    """The recipe of the model with the values of the options."""
    recipe = models.model_info(options.model).recipe
    given = {name: getattr(options, name) for name in OPTIONS if getattr(options, name) is not None}
    if options.zoom is not None:
        given["crop_scale"] = (options.zoom, 1.0)
    if options.no_mirror:
        given["mirror"] = False
    if options.train_classifier:
        given["train_classifier"] = True
    return replace(recipe, **given)


def _folder(data: str) -> Path:
    """The folder of this name; or that of CIFAR-100, downloaded and written as pictures when it is used first."""
    if data != CIFAR or Path(data).is_dir():
        return Path(data)
    from colorizer.training import cifar

    return cifar.folder(report)


def _setting(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE. Received {text!r}.")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value
