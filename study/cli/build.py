"""`python -m study build`: make a study from photographs and models."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED, UsageError
from study.protocol import PRESETS, TooFewPhotosError, preset
from study.questions.question import STANDARD, Question, parse_questions

if TYPE_CHECKING:
    from study.folder import Study

EXAMPLE = "build --real photos --models resnet50_unet,other=coloured --output DIR"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = command.add_argument
    add("--real", required=True, metavar="DIR", help="folder or ZIP of colour photographs, or: samples")
    models = "models, or NAME=FOLDER of pictures coloured elsewhere"
    add("--models", required=True, type=_names, metavar="A,B", help=models)
    add("--output", type=Path, required=True, metavar="DIR", help="the study's folder; its name is the id")
    add("--preset", choices=tuple(PRESETS), default="balanced", help="what participants do")
    add(
        "--exposure",
        type=_times,
        default=(),
        metavar="MS[,MS]",
        help="milliseconds until a mask; of several, one a trial",
    )
    add("--title", default="", help="shown to participants")
    add("--size", type=_whole(128, 2048), default=512, help="longer side of the pictures, in pixels")
    add("--participants", type=_whole(1, 1_000_000), metavar="N", help="stop when N have finished; set beforehand")
    add("--until", metavar="DATE", help="last day of the study, such as 2026-12-24; set beforehand")
    add("--compare", type=_names, default=[], metavar="A,B", help="the comparison that the study is about, if one")
    languages = "languages that participants may choose from, the first is that of the title, such as de,en"
    add("--languages", type=_names, default=["en"], metavar="A,B", help=languages)
    questions = "questions to participants: standard ones by their ids, 'all' of those, or a JSON file with questions"
    add("--questions", type=_questions, default=(), metavar="A,B|FILE", help=questions)
    add("--draft", action="store_true", help="do not open it for votes yet")


def run(options: argparse.Namespace) -> int:
    """Make a study from photographs and models."""
    from colorizer import __version__, images, models, weights
    from colorizer.color import lab
    from colorizer.gallery import samples
    from colorizer.inference.colorizer import load_model
    from study.creating import create_study
    from study.pool.conditions import make_condition
    from study.pool.photos import open_photos
    from study.pool.pipeline import Pipeline

    pipeline = Pipeline.from_modules(images, lab)
    try:
        photos = open_photos(options.real, samples.read_color_samples)
        study = create_study(
            options.output,
            photos,
            [make_condition(item, pipeline, load_model) for item in options.models],
            pipeline,
            replace(preset(options.preset), exposures_ms=options.exposure),
            __version__,
            title=options.title,
            state="draft" if options.draft else "open",
            target_participants=options.participants,
            end_date=options.until,
            compared=options.compare,
            languages=options.languages,
            questions=options.questions,
            size=options.size,
            progress=_progress_bar(len(photos.names)),
        )
    except TooFewPhotosError as error:
        _print_refused(error.refused)
        raise UsageError(error) from error
    except (StorageError, StudyError, models.UnknownModelError, weights.WeightsError, OSError) as error:
        raise UsageError(error) from error
    _print_refused(study.pool.refused)
    print(_built(study))
    return REFUSED if study.pool.refused else DONE


def _progress_bar(total: int) -> Callable[[int, int, str], None]:
    from tqdm import tqdm

    bar = tqdm(total=total, unit="photo", disable=None)

    def progress(done: int, total: int, name: str) -> None:
        bar.update(done - bar.n)
        if not sys.stderr.isatty():
            print(f"{done}/{total} {name}", flush=True)
        if done == total:
            bar.close()

    return progress


def _print_refused(refused: Sequence[dict]) -> None:
    for photo in refused:
        print(f"error: {photo['name']}: {photo['reason']}", file=sys.stderr)


def _built(study: "Study") -> str:
    config, pool = study.config, study.pool
    p = config.protocol
    lines = [
        f"{len(pool.photos)} photographs, {len(pool.stimuli)} pictures of {', '.join(pool.models)} -> {study.folder}",
        f"Each participant judges {p.real} real, {p.recolored} recoloured and {p.catch} catch pictures after "
        f"{p.practice} for practice.",
    ]
    if config.shrunk:
        kind = "Only a demonstration" if config.demonstration else "Shrunk"
        lines.append(f"{kind}: the whole {config.preset!r} preset needs {config.photos_wanted} photographs.")
    where = f"The study is {config.state}; its id is {config.study}."
    return "\n".join([*lines, where])


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _times(text: str) -> tuple[int, ...]:
    try:
        return tuple(map(int, _names(text)))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be milliseconds such as 200 or 100,300. Received {text}.") from error


def _questions(text: str) -> tuple[Question, ...]:
    try:
        if Path(text).suffix == ".json":
            return parse_questions(json.loads(Path(text).read_text(encoding="utf-8")))
        return parse_questions(list(STANDARD) if text == "all" else _names(text))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}. Received {text}.")
        return value

    parse.__name__ = "whole number"
    return parse
