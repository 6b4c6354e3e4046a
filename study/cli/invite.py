"""`python -m study invite`: one-use links for a study of invited people."""

import argparse
import sys
from pathlib import Path

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

EXAMPLE = "invite cats --count 30 --address https://example.org/survey --output links.csv"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = command.add_argument
    add("study", metavar="STUDY", help="id of a study, or its folder")
    add("--count", type=int, required=True, metavar="N", help="number of links")
    add("--address", default="http://localhost:8501/survey", metavar="URL", help="of the survey page on your server")
    add("--output", type=Path, required=True, metavar="CSV", help="where to write the links; they are shown only once")


def run(options: argparse.Namespace) -> int:
    """Write one-use links, after which only invited people can begin the study, each once."""
    from storage.tables import write_csv
    from study.finding import choose_study

    try:
        study = choose_study(options.study)
        tokens = study.invite(options.count)
        study.update(invited=True)
        links = [{"link": f"{options.address}?study={study.config.study}&invitation={token}"} for token in tokens]
        write_csv(options.output, links, ["link"])
    except (StorageError, StudyError, OSError) as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    print(f"{len(tokens)} links -> {options.output}. Only invited people can begin {study.config.study} from now on.")
    return DONE
