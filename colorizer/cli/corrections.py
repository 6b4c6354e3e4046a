"""What a person wants otherwise than the network: hints, by options or in sidecars beside photographs; a reference."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer.cli.before_coloring import asked
from colorizer.cli.terminal import UsageError
from colorizer.imaging import reading
from colorizer.imaging.errors import ImageError
from colorizer.imaging.preparation import PreparationError
from colorizer.inference import preparing
from colorizer.inference.hints import sidecar
from colorizer.inference.hints.hint import Hint, HintError, color_to_ab
from colorizer.inference.moods.mood import MoodError, mood_table
from colorizer.inference.prediction import NoDistributionError

if TYPE_CHECKING:
    from colorizer.imaging.reading import Photo
    from colorizer.inference.colorizer import Colorizer
    from colorizer.inference.moods.reference import Reference
    from colorizer.inference.prediction import Prediction
    from colorizer.inference.preparing import Prepared


def add_hints(command: argparse.ArgumentParser) -> None:
    """Add the options that give hints."""
    hint_help = (
        "say which colour a place has, in pixels of the upright photograph from its upper left corner; of the colour "
        "only a* and b* count, the lightness stays that of the photograph. Can be given several times"
    )
    command.add_argument("--hint", type=hint, action="append", default=[], metavar="X,Y,#RRGGBB", help=hint_help)
    edits_help = f"file with hints for the photograph, instead of one called PHOTO{sidecar.SUFFIX} beside it"
    command.add_argument("--edits", type=Path, metavar="FILE.json", help=edits_help)
    reference_help = "colour photograph whose palette passes over to where alike things are shown"
    command.add_argument("--reference", type=Path, metavar="PHOTO", help=reference_help)


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
        except (sidecar.EditsError, HintError, PreparationError) as error:
            raise UsageError(f"--edits {options.edits}: {error}") from error
        except OSError as error:
            raise UsageError(f"--edits must be a file that can be read. {options.edits}: {error.strerror}.") from error


def check_mood(options: argparse.Namespace, colorizer: "Colorizer") -> None:
    """Make sure that the mood can be used.

    Raises:
        UsageError: there is no such mood, or the model takes none.
    """
    if options.mood is None:
        return
    try:
        mood_table(options.mood)
    except MoodError as error:
        raise UsageError(f"--mood: {error}") from error
    if colorizer.default_temperature is None:
        raise UsageError(f"--mood needs a model that weighs several colours. {colorizer.name} does not.")


def load_reference(options: argparse.Namespace, colorizer: "Colorizer") -> "Reference | None":
    """The photograph of `--reference` in the network's eyes; None without the option.

    Raises:
        UsageError: it cannot be read, has no colour, or the model takes none.
    """
    if options.reference is None:
        return None
    try:
        return colorizer.reference(reading.read(options.reference).pixels)
    except OSError as error:
        raise UsageError(f"--reference {options.reference}: {error.strerror}.") from error
    except (ImageError, NoDistributionError) as error:
        raise UsageError(f"--reference {options.reference}: {error}") from error


def make_ready(path: Path, page: int, upright: "Photo", options: argparse.Namespace) -> "Prepared":
    """A photograph as it is to be coloured, with its hints, as the options and its sidecar want it.

    The sidecar of a file of several pages is for its first one, and so are hints.

    Raises:
        EditsError, HintError, PreparationError: the sidecar or the options cannot be used for this photograph.
    """
    if page != 1:
        return preparing.make_ready(upright, asked(options))
    edits = sidecar.edits_of(path, (upright.height, upright.width), options.edits)
    return preparing.make_ready(upright, asked(options), edits, tuple(options.hint))


def correct(
    prediction: "Prediction", hints: tuple[Hint, ...], options: argparse.Namespace, reference: "Reference | None"
) -> "Prediction":
    """The prediction for a photograph as the options and its hints want it."""
    if reference is not None:
        prediction = prediction.like(reference)
    if options.mood is not None:
        prediction = prediction.in_mood(options.mood)
    if hints:
        prediction = prediction.with_hints(hints)
    return prediction.in_light(options.warmth)


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
