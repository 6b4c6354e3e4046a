"""Loading a model for a command."""

import os
from typing import TYPE_CHECKING

from colorizer import models
from colorizer.cli.terminal import UsageError

if TYPE_CHECKING:
    from colorizer.inference.colorizer import Colorizer


def load_colorizer(name: str | None, threads: int | None = None) -> "Colorizer":
    """Load a model.

    Args:
        name: name of the model; None takes the default.
        threads: threads of the network, unless TF_NUM_INTRAOP_THREADS is set. Up to 3 threads, results are the same on
            every machine; with more, they differ. None leaves the number to TensorFlow.

    Raises:
        UsageError: there is no such model, or its weights are missing or damaged.
    """
    from colorizer import weights
    from colorizer.inference import colorizer

    if threads is not None:
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    models.import_keras()
    try:
        return colorizer.load_model(name)
    except (models.UnknownModelError, weights.WeightsError) as error:
        raise UsageError(error) from error
