"""`python -m colorizer colorize`: files and folders into one folder."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from colorizer.cli import loading
from colorizer.cli.arguments import add_look
from colorizer.cli.photographs import find_photographs, make_folder
from colorizer.cli.terminal import DONE, REFUSED, UsageError, refuse, say
from colorizer.imaging import formats, reading, writing
from colorizer.imaging.errors import ImageError

EXAMPLE = "colorize scans/ portrait.jpg --output coloured"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="photographs, or folders of them")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    add_look(command)
    variants_help = "also write up to N - 1 other plausible colourings, as NAME_colorized_2 and so on"
    command.add_argument("--variants", type=int, choices=(1, 2, 3), default=1, metavar="N", help=variants_help)
    command.add_argument("--confidence", action="store_true", help="also write NAME_confidence.png: orange is a guess")


def run(options: argparse.Namespace) -> int:
    """Colour files and folders into one folder."""
    colorizer = loading.load_colorizer(options.model, threads=2)
    if options.confidence and colorizer.default_temperature is None:
        raise UsageError(f"--confidence needs a model that weighs several colours. {colorizer.name} does not.")
    make_folder(options.output)
    taken: set[str] = set()
    refused = 0
    for path in tqdm(find_photographs(options.inputs, options.output), unit="photo", disable=None):
        try:
            photo = reading.read(path)
            format = options.format or photo.output_format
            target = options.output / formats.output_name(path.name, format, taken)
            for made, made_format, rgb in _colorings(photo, colorizer, options, target, format):
                data = writing.write(rgb, made_format, photo.metadata, colorizer.provenance, options.caption)
                writing.write_file(made, data)
                say(f"{path} -> {made}")
        except (ImageError, OSError) as error:
            refuse(path, error)
            refused += 1
    return REFUSED if refused else DONE


def _colorings(photo, colorizer, options: argparse.Namespace, target: Path, format: str) -> Iterator[tuple]:
    """What was asked for of one photograph, as path, format and pixels: the colouring, variants, where it guesses."""
    prediction = colorizer.predict(photo.pixels)
    for number, variant in enumerate(prediction.variants(options.variants), start=1):
        made = target if number == 1 else target.with_stem(f"{target.stem}_{number}")
        yield made, format, colorizer.render(photo.pixels, variant, options.saturation)
    if options.confidence:
        made = target.with_name(f"{target.stem.removesuffix('_colorized')}_confidence.png")
        yield made, "png", colorizer.render(photo.pixels, prediction.uncertainty())
