"""`python -m colorizer colorize`: colour files and folders into one folder."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from colorizer.cli import loading
from colorizer.cli.arguments import add_look
from colorizer.cli.output_names import OutputNames
from colorizer.cli.photographs import find_photographs, make_folder
from colorizer.cli.terminal import DONE, REFUSED, UsageError, refuse, say
from colorizer.imaging import reading, writing
from colorizer.imaging.errors import ImageError
from colorizer.imaging.pixels import is_neutral
from storage.files import write_file

if TYPE_CHECKING:
    from colorizer.inference.colorizer import Colorizer

EXAMPLE = "colorize scans/ portrait.jpg --output coloured"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="photographs, or folders of them")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    add_look(command)
    variants_help = "also write up to N - 1 other plausible colourings, as NAME_colorized_2 and so on"
    command.add_argument("--variants", type=int, choices=(1, 2, 3), default=1, metavar="N", help=variants_help)
    command.add_argument(
        "--confidence", action="store_true", help="also write NAME_confidence.png: orange is least sure"
    )


def run(options: argparse.Namespace) -> int:
    """Colour files and folders into one folder."""
    colorizer = loading.load_colorizer(options.model, threads=2)
    if options.confidence and colorizer.default_temperature is None:
        raise UsageError(f"--confidence needs a model that weighs several colours. {colorizer.name} does not.")
    make_folder(options.output)
    names = OutputNames()
    refused = 0
    for path in tqdm(find_photographs(options.inputs, options.output), unit="photo", disable=None):
        try:
            for made, data in _results(path, colorizer, options, names):
                write_file(made, data)
                say(f"{path} -> {made}")
        except (ImageError, OSError) as error:
            refuse(path, error)
            refused += 1
    return REFUSED if refused else DONE


def _results(
    path: Path, colorizer: "Colorizer", options: argparse.Namespace, names: OutputNames
) -> Iterator[tuple[Path, bytes]]:
    """The files for one photograph: its colouring and, if asked for, variants and the picture of uncertainty."""
    photo = reading.read(path, keep_place=options.keep_place)
    format = options.format or photo.output_format
    targets = names.colorings(path.name, format, options.variants)
    made_by = replace(colorizer.provenance, saturation=options.saturation)
    prediction = colorizer.predict(photo.pixels)
    # There may be fewer variants than were asked for.
    for target, variant in zip(targets, prediction.variants(options.variants), strict=False):
        rgb = colorizer.render(photo.pixels, variant, options.saturation)
        data = writing.write(rgb, format, photo.metadata, made_by, options.caption)
        yield options.output / target, data
    if options.confidence:
        rgb = colorizer.render(photo.pixels, prediction.uncertainty())
        # The picture is grey if the network is sure everywhere; grey pictures are not marked as coloured.
        mark = None if is_neutral(rgb) else made_by
        data = writing.write(rgb, "png", photo.metadata, mark, options.caption)
        yield options.output / names.confidence(path.name), data
