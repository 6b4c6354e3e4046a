"""Arguments that several commands have, and argument types.

A type is a function from text to value; argparse shows its name and the message of its `ArgumentTypeError`.
"""

import argparse
from collections.abc import Callable

from colorizer.inference.moods.mood import MOODS
from colorizer.models import DEFAULT_MODEL


def add_look(command: argparse.ArgumentParser) -> None:
    """Add the options for the look of the results: model, strength of the colours, format, caption."""
    command.add_argument("--model", help=f"model to use (default: {DEFAULT_MODEL})")
    command.add_argument("--saturation", type=number(0, 2), default=1.0, help="strength of the colours, 0 to 2")
    warmth_help = "light of the colours, -1 (cool) to 1 (warm); the lightness stays"
    command.add_argument("--warmth", type=number(-1, 1), default=0.0, help=warmth_help)
    mood_help = f"colours of a kind of photographs: {', '.join(MOODS)}, or a table made by the command mood"
    command.add_argument("--mood", metavar="NAME", help=mood_help)
    command.add_argument("--format", choices=("png", "jpeg", "tiff"), help="default: JPEG stays JPEG, all else PNG")
    command.add_argument("--caption", action="store_true", help="write on the picture that its colours are guesses")
    colors_help = "keep colours that the scan has itself: stamps, ink, hand-tinted parts; not the tone of a sepia print"
    command.add_argument("--keep-colors", action="store_true", help=colors_help)
    place_help = "also keep where the photograph was taken, and what place it shows, in the metadata"
    command.add_argument("--keep-place", action="store_true", help=place_help)


def number(low: float, high: float) -> Callable[[str], float]:
    """A type for numbers from `low` to `high`, both included."""

    def parse(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low:g} to {high:g}. Received {text}.")
        return value

    parse.__name__ = "number"
    return parse


def count(text: str) -> int:
    """A type for whole numbers from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received {text}.")
    return value


def names(text: str) -> list[str]:
    """A type for names separated by commas."""
    return text.split(",")
