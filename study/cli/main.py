"""Reads the command line, runs one command, and turns its errors into an exit status."""

import argparse
import getpass
import sys
from collections.abc import Sequence

from storage.settings import SettingError
from study.cli import (
    audit,
    backup,
    build,
    classify,
    export,
    invite,
    log,
    panel,
    plan,
    preregister,
    report,
    restore,
    simulate,
)
from study.cli.terminal import STOPPED, USAGE, UsageError
from study.trail.event import acting

COMMANDS = {
    "build": build,
    "preregister": preregister,
    "invite": invite,
    "panel": panel,
    "report": report,
    "audit": audit,
    "log": log,
    "classify": classify,
    "export": export,
    "plan": plan,
    "simulate": simulate,
    "backup": backup,
    "restore": restore,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 some inputs refused, 2 wrong usage, 130 interrupted."""
    options = make_parser().parse_args(arguments)
    try:
        with acting(f"command line ({_user()})"):
            return options.run(options)
    except (UsageError, SettingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped. To go on with a build, give the same command again.", file=sys.stderr)
        return STOPPED


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "a user without a name"


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands with their options."""
    parser = argparse.ArgumentParser(prog="python -m study", description="Ask people which photographs are real.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        about = command.run.__doc__
        options = commands.add_parser(
            name, help=about, description=about, epilog=f"example: python -m study {command.EXAMPLE}"
        )
        options.set_defaults(run=command.run)
        command.add_arguments(options)
    return parser
