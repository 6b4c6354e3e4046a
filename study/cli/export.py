"""`python -m study export`: the votes of a study as CSV, or everything that another laboratory needs."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

if TYPE_CHECKING:
    from study.folder import Study

EXAMPLE = "export cats --output votes.csv"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("study", metavar="STUDY", help="id of a study, or its folder")
    command.add_argument("--output", type=Path, required=True, metavar="CSV", help="a file; with --bundle, a folder")
    command.add_argument(
        "--bundle", action="store_true", help="also rules, consent, pictures' checksums, dictionary, analysis scripts"
    )
    command.add_argument("--comments", action="store_true", help="the free comments instead, without who wrote them")


def run(options: argparse.Namespace) -> int:
    """Write a study's votes as CSV, from wherever they are kept."""
    from study.export.bundle import write_bundle
    from study.finding import choose_study

    try:
        study = choose_study(options.study)
        if options.comments:
            return _export_comments(study, options.output)
        count = write_bundle(study, options.output) if options.bundle else study.export(options.output)
    except (StorageError, StudyError) as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    print(f"{count} votes -> {options.output}")
    return DONE


def _export_comments(study: "Study", path: Path) -> int:
    from storage.files import save_file
    from study.questions.answers import comments_csv

    comments = study.answer_store.comments()
    save_file(path, comments_csv(comments).encode())
    print(f"{len(comments)} comments -> {path}")
    return DONE
