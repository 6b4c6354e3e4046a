"""Starts trainings for tests in a single call."""

from dataclasses import fields

from colorizer.training.data import Data
from colorizer.training.job import Job, Length, Start
from colorizer.training.train import train


def run(folder, output, model, recipe, **options) -> tuple:
    """Train a model; return the result and the lines that were reported.

    Args:
        folder: a folder of photographs, or several as a tuple.
        options: fields of `Job`, `Data`, `Length` and `Start`; `encoder` may be a single value.
    """
    if "encoder" in options and not isinstance(options["encoder"], tuple):
        options["encoder"] = (options["encoder"],)

    def taken(kind) -> dict:
        return {field.name: options.pop(field.name) for field in fields(kind) if field.name in options}

    lines: list[str] = []
    folders = folder if isinstance(folder, tuple) else (folder,)
    data, length, start = Data(folders, **taken(Data)), Length(**taken(Length)), Start(**taken(Start))
    return train(Job(model, output, data, length, start, recipe, **options), lines.append), lines
