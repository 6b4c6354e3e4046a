"""`python -m colorizer film`: colour a film."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from colorizer.cli import loading
from colorizer.cli.arguments import number
from colorizer.cli.corrections import hint
from colorizer.cli.terminal import DONE, REFUSED, UsageError, note, refuse, report, say
from colorizer.imaging.errors import ImageError
from colorizer.inference.hints import sidecar
from colorizer.inference.hints.hint import Hint
from colorizer.models import DEFAULT_MODEL

EXAMPLE = "film holiday.mkv holiday_colorized.mp4 --preview 10"

SECONDS_BETWEEN_LINES = 20
"""Without a terminal, a line says so often how far it is."""

_DAY = 24 * 3600
_HEAD = 32 << 20  # bytes that surely hold what a film that plays while it loads says of itself


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("input", type=Path, metavar="INPUT", help="film: MP4, MOV, MKV, WebM or AVI")
    command.add_argument("output", type=Path, metavar="OUTPUT", help="where the coloured film goes: NAME.mp4")
    command.add_argument("--model", help=f"model to use (default: {DEFAULT_MODEL})")
    command.add_argument("--saturation", type=number(0, 2), default=1.0, help="strength of the colours, 0 to 2")
    start_help = "begin here, in seconds from the first frame"
    command.add_argument("--start", type=number(0, _DAY), default=0.0, metavar="SECONDS", help=start_help)
    length = command.add_mutually_exclusive_group()
    length.add_argument("--end", type=number(0, _DAY), metavar="SECONDS", help="end here")
    preview_help = "colour only so many seconds, to see how it will look"
    length.add_argument("--preview", type=number(0.1, _DAY), metavar="SECONDS", help=preview_help)
    hint_help = (
        "say which colour a place has on the frame that is shown at this second, in pixels of the upright frame; it "
        "holds for the whole shot. Can be given several times"
    )
    metavar = "SECONDS,X,Y,#RRGGBB"
    command.add_argument("--hint", type=timed_hint, action="append", default=[], metavar=metavar, help=hint_help)
    edits_help = f"file with hints for the film, instead of one called FILM{sidecar.SUFFIX} beside it"
    command.add_argument("--edits", type=Path, metavar="FILE.json", help=edits_help)
    command.add_argument("--no-sound", action="store_true", help="leave the sound out")
    command.add_argument("--resume", action="store_true", help="go on where an earlier run was stopped or killed")


def run(options: argparse.Namespace) -> int:
    """Colour a film steadily: MP4 of the same frames, times and sound."""
    from colorizer.film import job, output, source
    from colorizer.film.errors import FilmError
    from colorizer.film.hints.edits import FilmHint, hints_of

    part = _part(options, source.Part)
    _check_output(options)
    try:
        film = source.probe(options.input)
        for sentence in [*film.notes, *output.subtitle_notes(film)]:
            note(options.input, sentence)
        hints = (*hints_of(film, options.edits), *(FilmHint(time, hint) for time, hint in options.hint))
        colorizer = loading.load_colorizer(options.model, threads=2)
        begun = time.monotonic()
        with tqdm(total=film.expected_frames(part), unit="frame", disable=None) as bar:
            result = job.color_film(
                film,
                options.output,
                colorizer,
                part,
                options.saturation,
                options.resume,
                not options.no_sound,
                hints,
                progress=_shown(bar),
            )
    except (FilmError, ImageError, OSError) as error:
        refuse(options.input, error)
        return REFUSED
    except KeyboardInterrupt:
        report("What is finished is kept: the same command with --resume goes on there.")
        raise
    seconds = time.monotonic() - begun
    made = result.frames - result.resumed
    report(
        f"{options.input} -> {options.output}: {result.frames} frames, {result.shots} shots; {made / seconds:.1f} "
        f"frames a second, the network saw {result.network_runs} of {made}."
    )
    report(result.steadiness.in_words())
    if film.frames and part.is_whole and result.frames < film.frames:
        note(
            options.input,
            f"the file promises {film.frames} frames, but only {result.frames} can be decoded: it is cut off or "
            "damaged.",
        )
    return DONE


def _shown(bar: tqdm) -> Callable[[int, int | None], None]:
    """What shows how far it is: a bar on a terminal, else a line from time to time."""
    from colorizer.film.pace import Pace

    pace, told = Pace(), time.monotonic()

    def show(done: int, total: int | None) -> None:
        nonlocal told
        bar.update(done - bar.n)
        words = pace.in_words(done, total)
        if time.monotonic() - told >= SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            say(words)

    return show


def _part(options: argparse.Namespace, part_type):
    end = options.end if options.preview is None else options.start + options.preview
    if end is not None and end <= options.start:
        raise UsageError(f"--end must lie after --start. Received {options.start:g} to {end:g} seconds.")
    return part_type(options.start, end)


def timed_hint(text: str) -> tuple[float, Hint]:
    """A type for SECONDS,X,Y,#RRGGBB."""
    time, _, place = text.partition(",")
    try:
        return number(0, _DAY)(time), hint(place)
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise argparse.ArgumentTypeError(
            f"must be SECONDS,X,Y,#RRGGBB, such as 1.5,120,80,#1e40af. Received {text!r}."
        ) from error


def _check_output(options: argparse.Namespace) -> None:
    if options.output.suffix.lower() != ".mp4":
        raise UsageError(f"OUTPUT must be the name of an MP4, such as film.mp4. Received {options.output}.")
    if not options.output.parent.is_dir():
        raise UsageError(f"OUTPUT must lie in a folder that exists. {options.output.parent} does not.")
    if options.output.exists() and options.input.exists() and options.output.samefile(options.input):
        raise UsageError(f"OUTPUT must be another file than INPUT. Received {options.output} for both.")
    if options.output.exists() and not _is_ours(options.output):
        raise UsageError(
            f"OUTPUT must not take the place of a file that Huestory has not made. {options.output} is there already: "
            "move it away, or choose another name."
        )


def _is_ours(path: Path) -> bool:
    from colorizer.film.output import MARK

    with open(path, "rb") as file:
        return MARK.encode() in file.read(_HEAD)
