"""`python -m colorizer export`: prepare networks for use, so that nobody waits for it later."""

import argparse

from tqdm import tqdm

from colorizer import models
from colorizer.cli.terminal import DONE, UsageError, say

EXAMPLE = "export --models resnet50_unet"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    names = "names with commas between (default: all that have weights)"
    command.add_argument("--models", metavar="A,B", help=names)


def run(options: argparse.Namespace) -> int:
    """Export trained networks to the form in which they run: once for each weights file, else done at its first use."""
    from colorizer import weights
    from colorizer.engine import exports
    from storage import StorageError

    names = options.models.split(",") if options.models else weights.usable_models()
    try:
        wanted = [(name, weights.weights_path(name)) for name in names]
        if any(models.model_info(name).learned_upsampling for name in names):
            wanted.append((weights.UPSAMPLER_NAME, weights.upsampler_path()))
        for name, path in tqdm(wanted, unit="network", disable=None):
            made = exports.make([(name, path)])
            say(f"{name} -> {exports.place(name, path)}{'' if made else ' (was there)'}")
    except (models.UnknownModelError, weights.WeightsError, exports.ExportError, StorageError, OSError) as error:
        raise UsageError(error) from error
    return DONE
