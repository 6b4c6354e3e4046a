"""Hints on the command line: given by options, or in sidecars beside the photographs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer.cli.terminal import UsageError
from colorizer.inference.hints import sidecar
from colorizer.inference.hints.hint import Hint, HintError, color_to_ab

if TYPE_CHECKING:
    from colorizer.imaging.reading import Photo


def add_hints(command: argparse.ArgumentParser) -> None:
    """Add the options that give hints."""
    hint_help = (
        "say which colour a place has, in pixels of the upright photograph from its upper left corner; of the colour "
        "only a* and b* count, the lightness stays that of the photograph. Can be given several times"
    )
    command.add_argument("--hint", type=hint, action="append", default=[], metavar="X,Y,#RRGGBB", help=hint_help)
    edits_help = f"file with hints for the photograph, instead of one called PHOTO{sidecar.SUFFIX} beside it"
    command.add_argument("--edits", type=Path, metavar="FILE.json", help=edits_help)


def check_hints(options: argparse.Namespace, photographs: list[Path]) -> None:
    """Make sure that the options that give hints can be used with these photographs.

    Raises:
        UsageError: there are several photographs, or the file of `--edits` cannot be read.
    """
    if (options.hint or options.edits) and len(photographs) != 1:
        raise UsageError(
            f"--hint and --edits are for one photograph. Received {len(photographs)}: colour that one alone, or put a "
            f"file PHOTO{sidecar.SUFFIX} beside each."
        )
    if options.edits:
        try:
            sidecar.read_edits(options.edits)
        except (sidecar.EditsError, HintError) as error:
            raise UsageError(f"--edits {options.edits}: {error}") from error
        except OSError as error:
            raise UsageError(f"--edits must be a file that can be read. {options.edits}: {error.strerror}.") from error


def hints_for(path: Path, page: int, photo: "Photo", options: argparse.Namespace) -> tuple[Hint, ...]:
    """The hints for a photograph; those for a file of several pages are for its first one.

    Raises:
        EditsError, HintError: the sidecar cannot be used, see `sidecar.hints_of`.
    """
    if page != 1:
        return ()
    return (*sidecar.hints_of(path, (photo.height, photo.width), options.edits), *options.hint)


def hint(text: str) -> Hint:
    """A type for X,Y,#RRGGBB."""
    parts = text.split(",")
    try:
        if len(parts) != 3:
            raise ValueError
        return Hint(float(parts[0]), float(parts[1]), color_to_ab(parts[2].strip()))
    except HintError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be X,Y,#RRGGBB, such as 120,80,#1e40af. Received {text!r}.") from error
