"""Options for what is done with a photograph before it is coloured: turn, straighten, crop, invert a negative."""

import argparse

from colorizer.cli.arguments import number
from colorizer.imaging.preparation import MAX_STRAIGHTEN, TURNS


def add_preparation(command: argparse.ArgumentParser) -> None:
    """Add the options; `asked` tells what they ask for."""
    group = command.add_argument_group("before colouring", "the files of the photographs are never changed")
    group.add_argument("--turn", type=int, choices=TURNS, default=0, help="degrees clockwise")
    straighten_help = f"degrees clockwise, -{MAX_STRAIGHTEN:g} to {MAX_STRAIGHTEN:g}; empty corners are cropped away"
    degrees = number(-MAX_STRAIGHTEN, MAX_STRAIGHTEN)
    group.add_argument("--straighten", type=degrees, default=0.0, metavar="DEG", help=straighten_help)
    crop_help = (
        "keep what lies between these edges, in pixels of the upright photograph from its upper left corner; after "
        "straightening and before turning"
    )
    group.add_argument("--crop", type=crop, metavar="L,T,R,B", help=crop_help)
    group.add_argument("--negative", action="store_true", help="exchange light and dark")


def asked(options: argparse.Namespace) -> dict[str, object]:
    """What the options ask for, in the words of `Preparation.from_json`; empty for nothing."""
    found = {name: getattr(options, name) for name in ("turn", "straighten", "crop", "negative")}
    return found if any(found.values()) else {}


def crop(text: str) -> tuple[float, ...]:
    """A type for L,T,R,B."""
    try:
        edges = tuple(float(part) for part in text.split(","))
    except ValueError:
        edges = ()
    if len(edges) != 4 or not (0 <= edges[0] < edges[2] and 0 <= edges[1] < edges[3]):
        raise argparse.ArgumentTypeError(
            "must be left, top, right and bottom edge in pixels, such as 40,30,1200,900, left before right and top "
            f"above bottom. Received {text!r}."
        )
    return edges
