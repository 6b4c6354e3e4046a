"""`python -m study log`: the audit trail of a study."""

import argparse
import json
import sys
from contextlib import suppress
from dataclasses import asdict

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

EXAMPLE = "log cats"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("study", metavar="STUDY", help="id of a study, or its folder; of a deleted one, too")
    command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List who has built, opened, edited, exported, closed or deleted a study, and when."""
    from pathlib import Path

    from study.config import MissingStudyError
    from study.finding import choose_study, studies_folder, study_id
    from study.trail.event import in_words
    from study.trail.trail import open_trail

    try:
        folder = Path(options.study)
        folder = folder if "/" in options.study or folder.is_dir() else studies_folder() / options.study
        with suppress(MissingStudyError):
            folder = choose_study(options.study).folder
        events = open_trail(study_id(folder), folder).read()
    except (StorageError, StudyError) as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    if not events:
        print(
            f"error: {options.study}: no trail. There never was such a study, or it was built before trails were kept "
            "and nothing was done to it since.",
            file=sys.stderr,
        )
        return REFUSED
    if options.json:
        print(json.dumps([asdict(event) for event in events], indent=2, ensure_ascii=False))
        return DONE
    for event in events:
        print(f"{event.at}  {event.who}  {event.action}  {in_words(event)}".rstrip())
    return DONE
