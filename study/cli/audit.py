"""`python -m study audit`: patterns that made-up participants leave."""

import argparse
import json
import sys
from dataclasses import asdict

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

EXAMPLE = "audit cats"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("study", metavar="STUDY", help="id of a study, or its folder")
    command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List patterns that made-up participants leave: bursts, identical answers, impossible times, damaged lines."""
    from study.analysis.audit import KINDS
    from study.finding import choose_study

    try:
        study = choose_study(options.study)
        findings, damaged = study.audit(), study.store.damaged()
    except (StorageError, StudyError) as error:
        print(f"error: {options.study}: {error}", file=sys.stderr)
        return REFUSED
    if options.json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings], "damaged": damaged}, indent=2))
        return DONE
    for finding in findings:
        people = ", ".join(finding.participants[:5]) + (" ..." if len(finding.participants) > 5 else "")
        print(f"{KINDS[finding.kind]}: {finding.detail} ({people})")
    for line in damaged:
        print(f"damaged, left out: {line}")
    if not findings and not damaged:
        print("Nothing stands out.")
    return DONE
