"""Arguments that several commands have, and the kinds of values that arguments can be.

A kind is a function from the text to the value; argparse shows the text of its `ArgumentTypeError`, and its name.
"""

import argparse
from collections.abc import Callable

from colorizer.models import DEFAULT_MODEL


def add_look(command: argparse.ArgumentParser) -> None:
    """Declare what the results look like: model, strength of the colours, format, caption."""
    command.add_argument("--model", help=f"model to use (default: {DEFAULT_MODEL})")
    command.add_argument("--saturation", type=number(0, 2), default=1.0, help="strength of the colours, 0 to 2")
    command.add_argument("--format", choices=("png", "jpeg", "tiff"), help="default: JPEG stays JPEG, all else PNG")
    command.add_argument("--caption", action="store_true", help="write on the picture that its colours are guesses")


def number(low: float, high: float) -> Callable[[str], float]:
    """The kind of a number between two limits, both included."""

    def parse(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low:g} to {high:g}. Received {text}.")
        return value

    parse.__name__ = "number"
    return parse


def count(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received {text}.")
    return value


def names(text: str) -> list[str]:
    """Names with commas between them."""
    return text.split(",")
