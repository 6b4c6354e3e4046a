"""The command line: python -m colorizer colorize|models|train|evaluate|benchmark|samples."""

import argparse
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from colorizer import images, models

DONE, REFUSED, USAGE = 0, 1, 2
STOPPED = 130


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 all done, 1 some inputs refused, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    if options.run in (colorize, list_models, train, evaluate):
        models.import_keras()
    try:
        return options.run(options)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED


def colorize(options: argparse.Namespace) -> int:
    """Colour files and folders into one folder."""
    colorizer = _load(options.model)
    _make_folder(options.output)
    taken: set[str] = set()
    refused = 0
    paths = list(_walk(options.inputs, options.output))
    if not paths:
        raise UsageError(f"No photographs found in {', '.join(map(str, options.inputs))}.")
    for path in tqdm(paths, unit="photo", disable=None):
        try:
            photo = images.read(path)
            rgb = colorizer.colorize(photo.pixels, options.saturation)
            format = options.format or photo.output_format
            data = images.write(rgb, format, photo.metadata, colorizer.provenance, options.caption)
            target = options.output / images.output_name(path.name, format, taken)
            images.write_file(target, data)
            _say(f"{path} -> {target}")
        except (images.ImageError, OSError) as error:
            _refuse(path, error)
            refused += 1
    return REFUSED if refused else DONE


def list_models(options: argparse.Namespace) -> int:
    """Print every registered model."""
    from colorizer import weights

    rows = []
    for name in models.list_models():
        model = models.create_model(name)
        trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
        rows.append(
            {
                "name": name,
                "parameters": model.count_params(),
                "trainable_parameters": trainable,
                "default": name == models.DEFAULT_MODEL,
                "weights": weights.FILES[name] if weights.has_weights(name) else None,
                "source": models.model_info(name).source,
            }
        )
    if options.json:
        print(json.dumps(rows, indent=2))
        return DONE
    for row in rows:
        mark = " (default)" if row["default"] else ""
        print(f"{row['name']}{mark}: {row['parameters']:,} parameters, weights: {row['weights'] or 'none'}")
        print(f"    {row['source']}")
    return DONE


def train(options: argparse.Namespace) -> int:
    """Train a model."""
    from colorizer import data
    from colorizer.train import Recipe, TrainingError
    from colorizer.train import train as run

    recipe = Recipe(precision=options.precision, frozen_stages=options.frozen_stages)
    epochs = 20 if options.epochs is None and options.minutes is None else options.epochs
    try:
        run(
            options.data,
            options.model,
            options.output,
            epochs=epochs,
            minutes=options.minutes,
            resume=options.resume,
            seed=options.seed,
            encoder=options.encoder,
            recipe=recipe,
            report=_report,
        )
    except (data.DataError, TrainingError, models.UnknownModelError, models.EncoderError, OSError) as error:
        raise UsageError(error) from error
    return DONE


def evaluate(options: argparse.Namespace) -> int:
    """Measure models and print a table."""
    from colorizer import data
    from colorizer import evaluate as evaluation

    colorizers = [_load(name) for name in options.models or [None]]
    try:
        paths = evaluation.choose_photos(options.data, options.split, options.limit)
    except data.DataError as error:
        raise UsageError(error) from error
    measurements = []
    with tqdm(total=len(paths), unit="photo", disable=None) as bar:
        for measurement in evaluation.measure(paths, colorizers, options.size):
            measurements.append(measurement)
            bar.update(measurement is None or measurement.model == evaluation.GRAYSCALE)
    rows = evaluation.summarize(measurements, options.data)
    if not rows:
        raise UsageError(f"The data folder must hold colour photographs. All {len(paths)} were grey or unreadable.")
    if options.output:
        evaluation.write_csv(rows, options.output)
    _print_table(rows, evaluation.COLUMNS)
    return DONE


def benchmark(options: argparse.Namespace) -> int:
    """Measure time and memory and print a table."""
    from colorizer import benchmark as timing

    try:
        rows = list(tqdm(timing.benchmark(options.megapixels), total=len(options.megapixels), disable=None))
    except timing.BenchmarkError as error:
        raise UsageError(error) from error
    if options.output:
        timing.write_csv(rows, options.output)
    _print_table(rows, timing.COLUMNS)
    return DONE


def samples(options: argparse.Namespace) -> int:
    """List the samples, or write one as a file."""
    from colorizer import samples as library

    if options.action == "download":
        try:
            data = library.read_sample(options.name)
        except library.UnknownSampleError as error:
            raise UsageError(error) from error
        _make_folder(options.output)
        images.write_file(options.output / f"{options.name}.png", data)
        print(options.output / f"{options.name}.png")
        return DONE
    for sample in library.list_samples():
        print(f"{sample.name}: {sample.title} ({sample.credit}, {sample.licence})")
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m colorizer", description="Colour for grey photographs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = _command(commands, "colorize", colorize, "colorize scans/ portrait.jpg --output coloured")
    command.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="photographs, or folders of them")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    command.add_argument("--model", help=f"model to use (default: {models.DEFAULT_MODEL})")
    command.add_argument("--saturation", type=_number(0, 2), default=1.0, help="strength of the colours, 0 to 2")
    command.add_argument("--format", choices=("png", "jpeg", "tiff"), help="default: JPEG stays JPEG, all else PNG")
    command.add_argument("--caption", action="store_true", help="write on the picture that its colours are guesses")

    command = _command(commands, "models", list_models, "models --json")
    command.add_argument("--json", action="store_true", help="print JSON")

    command = _command(commands, "train", train, "train --data photos --model resnet50_unet --output my.weights.h5")
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of colour photographs")
    command.add_argument("--model", required=True, help="model to train")
    command.add_argument("--output", type=Path, required=True, metavar="FILE", help="NAME.weights.h5")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=_count, help="passes over the photographs (default: 20)")
    length.add_argument("--minutes", type=_number(0, 1e6), help="time to train for")
    command.add_argument("--resume", action="store_true", help="go on from the state saved beside the output")
    command.add_argument("--seed", type=int, default=0, help="of order, crops and initial weights")
    command.add_argument("--encoder", type=Path, metavar="FILE", help="ImageNet weights to start the encoder from")
    command.add_argument("--frozen-stages", type=int, default=2, help="encoder stages kept as they are, -1 to 3")
    command.add_argument("--precision", choices=("float32", "mixed_bfloat16"), default="float32")

    command = _command(commands, "evaluate", evaluate, "evaluate --data photos --split test --size 192")
    command.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of colour photographs")
    command.add_argument("--models", type=_names, metavar="A,B", help=f"default: {models.DEFAULT_MODEL}")
    command.add_argument("--split", choices=("val", "test"), help="only the photographs held back from training")
    command.add_argument("--size", type=_count, default=256, help="short side, in pixels")
    command.add_argument("--limit", type=_count, metavar="N", help="only N photographs, evenly spaced")
    command.add_argument("--output", type=Path, metavar="CSV", help="also write the table here")

    command = _command(commands, "benchmark", benchmark, "benchmark --megapixels 1,12")
    default = [0.26, 1.0, 4.0, 12.0, 48.0]
    command.add_argument("--megapixels", type=_numbers, default=default, metavar="A,B", help="sizes to measure")
    command.add_argument("--output", type=Path, metavar="CSV", help="also write the table here")

    command = _command(commands, "samples", samples, "samples download camera")
    command.set_defaults(action="list")
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="what there is (default)")
    download = actions.add_parser("download", help="write one as a file")
    download.add_argument("name", metavar="NAME")
    download.add_argument("--output", type=Path, default=Path(), metavar="DIR", help="default: the current folder")
    return parser


def _command(commands, name: str, run, example: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=run.__doc__, description=run.__doc__, epilog=f"example: python -m colorizer {example}"
    )
    command.set_defaults(run=run)
    return command


def _number(low: float, high: float):
    def parse(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low:g} to {high:g}. Received {text}.")
        return value

    parse.__name__ = "number"
    return parse


def _numbers(text: str) -> list[float]:
    return [_number(0.01, 1000)(part) for part in text.split(",")]


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received {text}.")
    return value


def _names(text: str) -> list[str]:
    return text.split(",")


def _load(name: str | None):
    from colorizer import inference, weights

    try:
        return inference.load_model(name)
    except (models.UnknownModelError, weights.WeightsError) as error:
        raise UsageError(error) from error


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The output must be a folder. Received {str(path)!r}: {error.strerror}.") from error
    if not os.access(path, os.W_OK):
        raise UsageError(f"The output folder must be writable. Received {str(path)!r}.")


def _walk(inputs: Iterable[Path], output: Path) -> Iterator[Path]:
    """Files named, and photographs in folders named, but for earlier results of our own in the output folder."""
    results = output.resolve()
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            ours = file.stem.endswith("_colorized") and file.parent.resolve() == results
            if file.suffix.lower() in images.EXTENSIONS and file.is_file() and not ours:
                yield file


def _say(line: str) -> None:
    """A plain line where no progress bar runs."""
    if not sys.stderr.isatty():
        print(line, flush=True)


def _report(line: str) -> None:
    """A line at once, above a progress bar if one runs."""
    tqdm.write(line)
    sys.stdout.flush()


def _refuse(path: Path, error: Exception) -> None:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    tqdm.write(f"error: {path}: {reason}", file=sys.stderr)


def _print_table(rows: Sequence[dict], columns: Sequence[str]) -> None:
    cells = [[f"{v:.3f}" if isinstance(v := row[c], float) else str(v) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [columns, *cells]:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
