"""Loading a model for a command."""

from typing import TYPE_CHECKING

from colorizer import models
from colorizer.cli.terminal import UsageError, report

if TYPE_CHECKING:
    from colorizer.inference.colorizer import Colorizer


def load_colorizer(name: str | None, threads: int | None = None, at_once: int = 1) -> "Colorizer":
    """Load a model, and say so if its weights must be exported first.

    Args:
        name: name of the model; None takes the default.
        threads, at_once: see `load_model`.

    Raises:
        UsageError: there is no such model, or its weights are missing or damaged.
    """
    from colorizer import weights
    from colorizer.engine import exports
    from colorizer.inference import colorizer

    try:
        chosen = name or models.DEFAULT_MODEL
        if not exports.is_made(chosen, weights.weights_path(chosen)):
            report(f"Preparing {chosen} for this computer, once. It takes about twenty seconds.")
        return colorizer.load_model(name, threads, at_once)
    except (models.UnknownModelError, weights.WeightsError) as error:
        raise UsageError(error) from error
