"""`python -m colorizer train-upsampler`: train the network that scales colours up to the size of a photograph."""

import argparse
from dataclasses import fields, replace
from pathlib import Path

from colorizer import models
from colorizer.cli.arguments import count, number
from colorizer.cli.terminal import DONE, UsageError, report

EXAMPLE = "train-upsampler --data photos --output my.weights.h5"

OPTIONS = {
    "photographs": "photographs to learn from, drawn from all",
    "steps": "length of the training",
    "batch_size": "photographs a step",
    "learning_rate": "highest rate",
    "detail_weight": "weight of the difference in detail: more gives livelier colour, and more wrong colour",
    "edge_weight": "weight of what is missing at edges between colours: more gives crisper colour",
    "lightness_bound_weight": "weight of colour that depends on lightness more than in the originals",
}
"""Fields of the recipe that have an option."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = command.add_argument
    help = "folders of colour photographs, each split for itself; or files of a pack"
    add("--data", nargs="+", action="extend", required=True, type=Path, metavar="DIR", help=help)
    add("--output", type=Path, required=True, metavar="FILE", help="NAME.weights.h5")
    help = "model whose colours it learns to scale up (default: %(default)s)"
    add("--model", default=models.DEFAULT_MODEL, help=help)
    add("--start", type=Path, metavar="FILE", help="weights of an upsampler to go on from")
    add("--seed", type=int, default=0, help="of photographs, order, crops and initial weights")
    kinds = {"photographs": count, "steps": count, "batch_size": count}
    for name, meaning in OPTIONS.items():
        kind = kinds.get(name, number(0, 100))
        add(f"--{name.replace('_', '-')}", metavar=name.upper(), type=kind, help=meaning)


def run(options: argparse.Namespace) -> int:
    """Train the upsampler, which scales a network's colours up to the size of a photograph."""
    models.import_keras()
    from colorizer import weights
    from colorizer.imaging.photos import DataError
    from colorizer.inference.colorizer import load_model
    from colorizer.training import upsampling
    from colorizer.training.checkpoint import TrainingError
    from colorizer.training.data import Data

    recipe = upsampling.Recipe()
    names = {field.name for field in fields(recipe)} & OPTIONS.keys()
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    try:
        colorizer = load_model(options.model)
        upsampling.train_upsampler(
            colorizer,
            Data(tuple(options.data)),
            options.output,
            replace(recipe, **given),
            options.seed,
            options.start,
            report,
        )
    except (DataError, TrainingError, models.UnknownModelError, weights.WeightsError, OSError) as error:
        raise UsageError(error) from error
    return DONE
