"""The command line: python -m study build|report|plan|simulate|export."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from study import StudyError
from study.protocol import PRESETS, TooFewPhotosError, preset
from study.votes.csv_file import MissingVotesError

if TYPE_CHECKING:
    from colorizer.inference.colorizer import Colorizer
    from study.pool.photos import Photos
    from study.pool.pictures import Condition, Pipeline

DONE, REFUSED, USAGE, STOPPED = 0, 1, 2, 130


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 all done, 1 some inputs refused, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped. To go on with a build, give the same command again.", file=sys.stderr)
        return STOPPED


def build(options: argparse.Namespace) -> int:
    """Make a study from photographs and models."""
    from colorizer import __version__
    from study.folder import create_study

    pipeline = make_pipeline()
    try:
        photos = open_photos(options.real)
        conditions = [make_condition(item, pipeline) for item in options.models]
        study = create_study(
            options.output,
            photos,
            conditions,
            pipeline,
            preset(options.preset),
            __version__,
            title=options.title,
            state="draft" if options.draft else "open",
            size=options.size,
            progress=_progress_bar(len(photos.names)),
        )
    except TooFewPhotosError as error:
        _print_refused(error.refused)
        raise UsageError(error) from error
    except (StudyError, OSError) as error:
        raise UsageError(error) from error
    _print_refused(study.pool.refused)
    print(_built(study))
    return REFUSED if study.pool.refused else DONE


def report(options: argparse.Namespace) -> int:
    """Print rates with their intervals from a votes file or a study's folder."""
    from study.analysis.results import report as report_votes
    from study.folder import Study
    from study.votes.csv_file import read_votes

    try:
        if options.votes.is_dir():
            result = Study(options.votes).report()
        elif (options.votes.parent / "study.json").exists():
            result = Study(options.votes.parent).report(read_votes(options.votes))
        else:
            result = report_votes(read_votes(options.votes))
    except (MissingVotesError, StudyError) as error:
        print(f"error: {options.votes}: {error}", file=sys.stderr)
        return REFUSED
    print(json.dumps(result.as_dict(), indent=2) if options.json else _report_text(result))
    return DONE


def plan(options: argparse.Namespace) -> int:
    """Say how many pictures and participants give an interval of a wanted width."""
    from study.analysis.planning import PlanError
    from study.analysis.planning import plan as make_plan

    try:
        result = make_plan(options.half_width, options.rate, options.shown)
    except PlanError as error:
        raise UsageError(error) from error
    print(json.dumps(result.as_dict(), indent=2) if options.json else _plan_text(result))
    return DONE


def simulate(options: argparse.Namespace) -> int:
    """Simulate studies of a known rate and count how often the intervals hold it."""
    from study.analysis.planning import PlanError
    from study.analysis.planning import simulate as run

    numbers = (options.participants, options.pictures, options.shown, options.rate, options.studies, options.seed)
    try:
        result = run(*numbers)
    except PlanError as error:
        raise UsageError(error) from error
    print(json.dumps(result.as_dict(), indent=2) if options.json else _simulation_text(result))
    return DONE


def export(options: argparse.Namespace) -> int:
    """Write a study's votes as CSV, from wherever they are kept."""
    from study.folder import Study, find_study

    try:
        study = Study(Path(options.study)) if Path(options.study).is_dir() else find_study(options.study)
        count = study.export(options.output)
    except StudyError as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    print(f"{count} votes -> {options.output}")
    return DONE


# === Composing colorizer and study ===


def make_pipeline() -> "Pipeline":
    """The steps that every picture passes, from `colorizer`."""
    from colorizer import images
    from colorizer.color import lab
    from study.pool.pictures import Pipeline

    return Pipeline(lambda data: images.read(data).pixels, images.resize, lab.rgb_to_lab, lab.merge)


def open_photos(real: str) -> "Photos":
    """Photographs of a folder, of a ZIP file, or the `samples`.

    Raises:
        NoPhotosError, ArchiveError: there is none, or the archive is unsafe.
    """
    from study.pool.photos import Photos

    if real == "samples":
        from colorizer.gallery import samples

        colored = [sample.name for sample in samples.list_samples() if sample.is_color]
        return Photos.from_files({f"{name}.png": samples.read_sample(name) for name in colored})
    path = Path(real)
    return Photos.from_zip(path) if path.is_file() else Photos.from_folder(path)


def make_condition(
    item: str, pipeline: "Pipeline", load_model: Callable[[str], "Colorizer"] | None = None
) -> "Condition":
    """A registered model by its name, or NAME=FOLDER of pictures coloured elsewhere.

    Args:
        load_model: for callers that keep models loaded; by default the model is loaded anew.

    Raises:
        UsageError: there is no such model, or it has no weights.
        ConditionError, NoPhotosError: the name cannot be used, or the folder is empty.
    """
    from study.pool.pictures import Condition, folder_condition

    name, separator, folder = item.partition("=")
    if separator:
        return folder_condition(name, Path(folder), pipeline)
    from colorizer import models, weights
    from colorizer.inference.colorizer import load_model as load_anew

    if load_model is None:
        models.import_keras()
    try:
        colorizer = (load_model or load_anew)(name)
    except (models.UnknownModelError, weights.WeightsError) as error:
        raise UsageError(error) from error
    source = f"model {colorizer.name}, weights sha256 {colorizer.weights_sha256}"
    return Condition(colorizer.name, source, lambda photo, gray: colorizer.colorize(gray))


# === What is printed ===


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


def _built(study) -> str:
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


def _report_text(result) -> str:
    missed, fast = result.broken_rules.values()
    left_out = "none left out"
    if result.excluded:
        left_out = f"{len(result.excluded)} left out by its rules (catch trials missed: {missed}, too fast: {fast})"
    head = f"Study {result.study}: {result.n_participants} participants, {left_out}."
    lines = [head, "", *_rate_table("taken for real", result.rates)]
    if result.excluded:
        lines += ["", *_rate_table("with everybody", result.all_rates)]
    lines.append("")
    for model, s in result.sensitivity.items():
        if s.d_prime is not None:
            criterion = "" if s.criterion is None else f", criterion {s.criterion:+.2f}"
            lines.append(f"{model}: d' {s.d_prime:.2f}{criterion}")
    for d in result.comparisons:
        lines.append(f"{d.a} less {d.b}: {100 * d.difference:+.1f} points ({_span(d.ci_low, d.ci_high)})")
    if result.agreement is not None:
        lines.append(f"Agreement between participants (Krippendorff's alpha): {result.agreement:.2f}")
    lines.append(
        "The 95 % interval knows that votes of one person and of one picture go together; Wilson's does not and is "
        "too narrow."
    )
    return "\n".join(lines)


def _rate_table(title: str, rates) -> list[str]:
    rows = [(title, "rate", "95 % interval", "Wilson", "votes", "participants", "pictures")]
    for name, r in [*rates.models.items(), ("real photographs", rates.real)]:
        if r.rate is not None:
            spans = _span(r.ci_low, r.ci_high), _span(r.wilson_low, r.wilson_high)
            counts = map(str, (r.n_votes, r.n_participants, r.n_stimuli))
            rows.append((name, f"{100 * r.rate:.1f} %", *spans, *counts))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _span(low: float | None, high: float | None) -> str:
    return "not estimable" if low is None else f"{100 * low:.1f} to {100 * high:.1f}"


def _plan_text(result) -> str:
    lines = [
        f"For ±{100 * result.half_width:g} points at a rate near {100 * result.rate:g} %, each participant judging "
        f"{result.shown} recoloured pictures of one model (fewer if the pool is smaller):",
        "",
        "pictures  participants  expected",
    ]
    for row in result.rows:
        people = "not enough" if row.participants is None else f"{row.participants:,}"
        mark = "  <- recommended" if row == result.recommended else ""
        lines.append(f"{row.pictures:8}  {people:>12}  ±{100 * row.half_width:.1f}{mark}")
    return "\n".join([*lines, "", f"Why more pictures beat more people: {result.reason}"])


def _simulation_text(s) -> str:
    return (
        f"{s.studies} studies of {s.participants} participants who each judge {s.shown} of {s.pictures} pictures, true "
        f"rate {100 * s.rate:g} %:\n"
        f"clustered interval holds it in {100 * s.coverage:.1f} %, mean half-width ±{100 * s.half_width:.1f} points\n"
        f"Wilson's interval holds it in {100 * s.coverage_wilson:.1f} %, mean half-width "
        f"±{100 * s.half_width_wilson:.1f} points"
    )


# === Options ===


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m study", description="Ask people which photographs are real.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = _command(
        commands, "build", build, "build --real photos --models resnet50_unet,other=coloured --output DIR"
    )
    command.add_argument(
        "--real", required=True, metavar="DIR", help="folder or ZIP of colour photographs, or: samples"
    )
    command.add_argument(
        "--models",
        required=True,
        type=_names,
        metavar="A,B",
        help="models, or NAME=FOLDER of pictures coloured elsewhere",
    )
    command.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the study's folder; its name is the id"
    )
    command.add_argument("--preset", choices=tuple(PRESETS), default="balanced", help="what participants do")
    command.add_argument("--title", default="", help="shown to participants")
    command.add_argument("--size", type=_whole(128, 2048), default=512, help="longer side of the pictures, in pixels")
    command.add_argument("--draft", action="store_true", help="do not open it for votes yet")

    command = _command(commands, "report", report, "report ~/.huestory/studies/cats/votes.csv --json")
    command.add_argument("votes", type=Path, metavar="VOTES", help="a votes CSV, or the folder of a study")
    command.add_argument("--json", action="store_true", help="print JSON")

    command = _command(commands, "plan", plan, "plan --half-width 0.05")
    command.add_argument("--half-width", type=float, required=True, help="wanted, either way; 0.05 is five points")
    command.add_argument("--rate", type=float, default=0.5, help="acceptance expected (default: 0.5, the widest)")
    command.add_argument("--shown", type=int, default=12, help="recoloured pictures of a model for each participant")
    command.add_argument("--json", action="store_true", help="print JSON")

    command = _command(commands, "simulate", simulate, "simulate --participants 41 --pictures 48 --shown 12 --rate 0.4")
    command.add_argument("--participants", type=int, required=True, metavar="N")
    command.add_argument("--pictures", type=int, required=True, metavar="M", help="recoloured pictures in the pool")
    command.add_argument("--shown", type=int, required=True, metavar="K", help="of them, to each participant")
    command.add_argument("--rate", type=float, required=True, help="the truth: mean acceptance, 0 to 1")
    command.add_argument("--studies", type=int, default=500, help="how many to simulate")
    command.add_argument("--seed", type=int, default=0, help="of the random numbers")
    command.add_argument("--json", action="store_true", help="print JSON")

    command = _command(commands, "export", export, "export cats --output votes.csv")
    command.add_argument("study", metavar="STUDY", help="id of a study, or its folder")
    command.add_argument("--output", type=Path, required=True, metavar="CSV")
    return parser


def _command(commands, name: str, run: Callable, example: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=run.__doc__, description=run.__doc__, epilog=f"example: python -m study {example}"
    )
    command.set_defaults(run=run)
    return command


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}. Received {text}.")
        return value

    parse.__name__ = "whole number"
    return parse


if __name__ == "__main__":
    sys.exit(main())
