"""`python -m study preregister`: the sheet for a registry, before a study is opened."""

import argparse
import sys
from pathlib import Path

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

EXAMPLE = "preregister cats --output preregistration.md"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("study", metavar="STUDY", help="id of a study, or its folder")
    command.add_argument("--output", type=Path, required=True, metavar="FILE", help="a Markdown file")


def run(options: argparse.Namespace) -> int:
    """Write down what is fixed before the first answer, to be filed at a registry."""
    from storage.files import save_file
    from study.export.preregistration import preregistration
    from study.finding import choose_study

    try:
        study = choose_study(options.study)
        save_file(options.output, preregistration(study.config, study.pool).encode())
    except (StorageError, StudyError) as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    if study.config.opened_at:
        print(f"note: this study was opened at {study.config.opened_at}; a sheet is filed before.", file=sys.stderr)
    print(options.output)
    return DONE
