"""`python -m colorizer models`: list the registered models."""

import argparse
import json
import math

from colorizer import models
from colorizer.cli.terminal import DONE

EXAMPLE = "models --json"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print every registered model."""
    models.import_keras()
    rows = [_describe(name) for name in models.list_models()]
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        _print_words(rows)
    return DONE


def _describe(name: str) -> dict:
    from colorizer import weights

    model = models.create_model(name, **weights.hyperparameters_in_use(name))
    try:
        file = weights.weights_path(name).name
    except weights.MissingWeightsError:
        file = None
    return {
        "name": name,
        "parameters": model.count_params(),
        "trainable_parameters": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "default": name == models.DEFAULT_MODEL,
        "weights": file,
        "source": models.model_info(name).source,
    }


def _print_words(rows: list[dict]) -> None:
    from colorizer import weights

    for row in rows:
        mark = " (default)" if row["default"] else ""
        print(f"{row['name']}{mark}: {row['parameters']:,} parameters, weights: {row['weights'] or 'none'}")
        print(f"    {row['source']}")
        if not row["weights"]:
            print(f"    {weights.training_command(row['name'])}")
