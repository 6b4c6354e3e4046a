"""`python -m colorizer colorize`: colour files and folders into one folder."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from colorizer.cli import loading
from colorizer.cli.arguments import add_look
from colorizer.cli.before_coloring import add_preparation
from colorizer.cli.corrections import add_hints, check_hints, check_mood, correct, load_reference, make_ready
from colorizer.cli.output_names import ForeignFileError, OutputNames, keep_foreign
from colorizer.cli.photographs import find_photographs, make_folder
from colorizer.cli.terminal import DONE, REFUSED, UsageError, note, refuse, report, say
from colorizer.imaging import reading, writing
from colorizer.imaging.errors import ImageError
from colorizer.imaging.formats import page_name
from colorizer.imaging.losses import describe_losses
from colorizer.imaging.pixels import is_neutral
from colorizer.imaging.tiff.encoding import Page
from storage.files import write_file

if TYPE_CHECKING:
    import numpy as np

    from colorizer.imaging.reading import Photo
    from colorizer.inference.colorizer import Colorizer
    from colorizer.inference.moods.reference import Reference
    from colorizer.inference.prediction import Prediction

EXAMPLE = "colorize scans/ portrait.jpg --output coloured"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="photographs, or folders of them")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    add_look(command)
    add_preparation(command)
    add_hints(command)
    variants_help = "also write up to N - 1 other plausible colourings, as NAME_colorized_2 and so on"
    command.add_argument("--variants", type=int, choices=(1, 2, 3), default=1, metavar="N", help=variants_help)
    command.add_argument(
        "--confidence", action="store_true", help="also write NAME_confidence.png: orange is least sure"
    )


def run(options: argparse.Namespace) -> int:
    """Colour files and folders into one folder. Hints for PHOTO.jpg may lie beside it as PHOTO.jpg.edits.json."""
    colorizer = loading.load_colorizer(options.model)
    if options.confidence and colorizer.default_temperature is None:
        raise UsageError(f"--confidence needs a model that weighs several colours. {colorizer.name} does not.")
    make_folder(options.output)
    names = OutputNames()
    refused = 0
    found = find_photographs(options.inputs, options.output)
    check_hints(options, found.photographs)
    check_mood(options, colorizer)
    reference = load_reference(options, colorizer)
    for path in tqdm(found.photographs, unit="photo", disable=None):
        for page, pages in _jobs(path, options):
            try:
                for made, data in _results(path, page, pages, colorizer, options, reference, names):
                    keep_foreign(made, data)
                    write_file(made, data)
                    say(f"{path} -> {made}")
            except (ImageError, ForeignFileError, OSError) as error:
                refuse(path if pages == 1 or page is None else Path(f"{path} (page {page})"), error)
                refused += 1
    if found.others:
        report(found.summary())
    return REFUSED if refused else DONE


def _jobs(path: Path, options: argparse.Namespace) -> list[tuple[int | None, int]]:
    """The pages to colour, one file each, and how many there are; None for all of them in one file, a TIFF."""
    pages = reading.count_pages(path)
    if pages > 1 and options.format == "tiff":
        return [(None, pages)]
    if pages > 1:
        note(path, f"its {pages} pages become {pages} files: --format tiff keeps them in one.")
    return [(page, pages) for page in range(1, pages + 1)]


def _results(
    path: Path,
    page: int | None,
    pages: int,
    colorizer: "Colorizer",
    options: argparse.Namespace,
    reference: "Reference | None",
    names: OutputNames,
) -> Iterator[tuple[Path, bytes]]:
    """The files for one photograph: its colouring and, if asked for, variants and the picture of uncertainty."""
    if page is None:
        yield from _results_of_all_pages(path, pages, colorizer, options, reference, names)
        return
    ready = make_ready(path, page, _read(path, page, options), options)
    photo = ready.photo
    format = options.format or photo.output_format
    name = path.name if pages == 1 else page_name(path.name, page)
    targets = names.colorings(name, format, options.variants)
    predicted = colorizer.predict(photo.pixels, for_hints=bool(ready.hints))
    prediction = correct(predicted, ready.hints, options, reference)
    if prediction.is_untouched:
        say(f"{path} is blank: it is written as it is.")
    # There may be fewer variants than were asked for.
    for target, variant in zip(targets, prediction.variants(options.variants), strict=False):
        rgb = _render(photo, variant, colorizer, options, format)
        mark = ready.marked(colorizer.mark(rgb, variant, options.saturation))
        caption = options.caption and mark is not None
        data = writing.write(rgb, format, photo.metadata, mark, caption, alpha=photo.alpha)
        yield options.output / target, data
    if options.confidence:
        rgb = colorizer.render(photo.pixels, prediction.uncertainty())
        mark = ready.marked(colorizer.mark(rgb, prediction, options.saturation))
        # The picture is grey if the network is sure everywhere; grey pictures are not marked as coloured.
        mark = None if is_neutral(rgb) else mark
        data = writing.write(rgb, "png", photo.metadata, mark, options.caption)
        yield options.output / names.confidence(name), data
    for sentence in describe_losses(photo, format):
        note(options.output / targets[0], sentence)


def _results_of_all_pages(
    path: Path,
    pages: int,
    colorizer: "Colorizer",
    options: argparse.Namespace,
    reference: "Reference | None",
    names: OutputNames,
) -> Iterator[tuple[Path, bytes]]:
    """The same for a TIFF of several pages that becomes TIFFs of as many; one page at a time is in memory."""
    targets = names.colorings(path.name, "tiff", options.variants)
    made_by = replace(colorizer.provenance, saturation=options.saturation)
    variants, lost = [], []
    for page in range(1, pages + 1):
        ready = make_ready(path, page, _read(path, page, options), options)
        photo = ready.photo
        predicted = colorizer.predict(photo.pixels, for_hints=bool(ready.hints))
        prediction = correct(predicted, ready.hints, options, reference)
        made_by = replace(made_by, hints=made_by.hints + len(prediction.hints), style=prediction.style_in_words)
        if page == 1:  # the one mark of the file says what was done with its first page
            made_by = ready.marked(made_by)
        variants.append(prediction.variants(options.variants))
        lost += [f"page {page}: {sentence}" for sentence in describe_losses(photo, "tiff")]
        if options.confidence:
            rgb = colorizer.render(photo.pixels, prediction.uncertainty())
            data = writing.write(
                rgb,
                "png",
                photo.metadata,
                None if prediction.is_untouched or is_neutral(rgb) else made_by,
                options.caption,
            )
            yield options.output / names.confidence(page_name(path.name, page)), data

    def render(number: int) -> Iterator[Page]:
        for page, of_page in enumerate(variants, start=1):
            photo = make_ready(path, page, _read(path, page, options), options).photo
            variant = of_page[min(number, len(of_page) - 1)]  # a page may have fewer variants than another
            rgb = _render(photo, variant, colorizer, options, "tiff")
            yield Page(rgb, photo.metadata, photo.alpha)

    for number in range(max(map(len, variants))):
        yield options.output / targets[number], writing.write_pages(render(number), made_by, options.caption)
    for sentence in lost:
        note(options.output / targets[0], sentence)


def _render(
    photo: "Photo", prediction: "Prediction", colorizer: "Colorizer", options: argparse.Namespace, format: str
) -> "np.ndarray":
    return colorizer.render(
        photo.pixels,
        prediction,
        options.saturation,
        depth=photo.depth_in(format),
        keep_colors=options.keep_colors,
    )


def _read(path: Path, page: int, options: argparse.Namespace) -> "Photo":
    return reading.read(path, keep_place=options.keep_place, master=options.format == "tiff", page=page)
