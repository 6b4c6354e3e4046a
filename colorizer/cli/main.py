"""The parser of all commands, and the code that runs a command and handles its errors."""

import argparse
import sys
import warnings
from collections.abc import Sequence

from colorizer.cli import (
    batch,
    benchmark,
    colorize,
    evaluate,
    export,
    film,
    models,
    mood,
    pack,
    samples,
    train,
    train_upsampler,
    verify,
)
from colorizer.cli.terminal import STOPPED, USAGE, UsageError
from storage.settings import SettingError

COMMANDS = {
    "colorize": colorize,
    "batch": batch,
    "film": film,
    "verify": verify,
    "models": models,
    "mood": mood,
    "export": export,
    "train": train,
    "train-upsampler": train_upsampler,
    "pack": pack,
    "evaluate": evaluate,
    "benchmark": benchmark,
    "samples": samples,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 all done, 1 some inputs refused, 2 wrong usage."""
    options = make_parser().parse_args(arguments)
    warnings.filterwarnings("ignore", module="PIL")  # about damaged files, which are reported by the commands
    try:
        return options.run(options)
    except (UsageError, SettingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED


def make_parser() -> argparse.ArgumentParser:
    """The argument parser of all commands; its result has the function of the command as `run`."""
    parser = argparse.ArgumentParser(prog="python -m colorizer", description="Colour for grey photographs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        words = command.run.__doc__
        example = f"example: python -m colorizer {command.EXAMPLE}"
        of_command = commands.add_parser(name, help=words, description=words, epilog=example)
        of_command.set_defaults(run=command.run)
        command.add_arguments(of_command)
    return parser
