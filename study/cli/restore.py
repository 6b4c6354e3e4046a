"""`python -m study restore`: bring back what `backup` has written."""

import argparse
import sys
from pathlib import Path

from storage import StorageError
from study import StudyError
from study.cli.backup import database_file
from study.cli.terminal import DONE, REFUSED

EXAMPLE = "restore huestory-2026-12-24.zip"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("archive", type=Path, metavar="ZIP", help="as written by backup")
    command.add_argument("--force", action="store_true", help="move what is there aside; without it nothing is changed")


def run(options: argparse.Namespace) -> int:
    """Restore a backup, after every file in it was checked. Stop the server first."""
    from storage.backup import restore
    from storage.settings import data_folder
    from study.finding import list_studies, studies_folder
    from study.trail.event import Event

    try:
        aside = restore(options.archive, data_folder(), database_file(), options.force)
        studies = list_studies(studies_folder())
        for study in studies:
            study.trail.add(Event.now("restored", archive=options.archive.name))
    except (StorageError, StudyError) as error:
        print(f"error: {options.archive}: {error}", file=sys.stderr)
        return REFUSED
    for path in aside:
        print(f"What was there is now {path}.")
    print(f"{len(studies)} studies -> {data_folder()}")
    return DONE
