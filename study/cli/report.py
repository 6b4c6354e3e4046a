"""`python -m study report`: rates with their intervals, computed from votes."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED

if TYPE_CHECKING:
    from study.analysis.classifier import Telling
    from study.analysis.results import Rates, Report

EXAMPLE = "report ~/.huestory/studies/cats/votes.csv --json"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("votes", type=Path, metavar="VOTES", help="a votes CSV, or the folder of a study")
    command.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print rates with their intervals from a votes file or a study's folder."""
    try:
        report = _report(options.votes)
    except (StorageError, StudyError) as error:
        print(f"error: {options.votes}: {error}", file=sys.stderr)
        return REFUSED
    telling = _classifier(options.votes)
    if options.json:
        classifier = {model: asdict(each) for model, each in telling.items()}
        print(json.dumps({**report.as_dict(), "classifier": classifier}, indent=2))
    else:
        print(_text(report, telling))
    return DONE


def _classifier(votes: Path) -> "dict[str, Telling]":
    """What lies beside the votes about how well a classifier tells the pictures apart; empty if nothing does."""
    from study.analysis.classifier import read_classifier

    return read_classifier(votes if votes.is_dir() else votes.parent)


def _report(votes: Path) -> "Report":
    """The report: with the study's exclusion rules if `study.json` is beside the votes, else with those exported."""
    from study.analysis.results import has_rules, report_of_file
    from study.folder import Study
    from study.votes.csv_file import read_votes

    if votes.is_dir():
        return Study(votes).report()
    if has_rules(votes) and (votes.parent / "pool.json").exists():
        return Study(votes.parent).report(read_votes(votes))
    found = report_of_file(votes)
    if not has_rules(votes):
        print(
            "note: study.json is not beside the votes, so the rules are those that an export marked.", file=sys.stderr
        )
    return found


def _text(report: "Report", classifier: "dict[str, Telling]") -> str:
    from study.analysis import phrases

    missed, fast = report.broken_rules.values()
    left_out = "none left out"
    if report.excluded:
        left_out = f"{len(report.excluded)} left out by its rules (catch trials missed: {missed}, too fast: {fast})"
    head = f"Study {report.study}: {report.n_participants} participants, {left_out}."
    lines = [head, "", *_rate_table("taken for real", report.rates)]
    if report.excluded:
        lines += ["", *_rate_table("with everybody", report.all_rates)]
    lines.append("")
    for model, s in report.sensitivity.items():
        if s.d_prime is not None:
            criterion = "" if s.criterion is None else f", criterion {s.criterion:+.2f}"
            interval = "" if s.ci_low is None else f" ({s.ci_low:.2f} to {s.ci_high:.2f})"
            lines.append(f"{model}: d' {s.d_prime:.2f}{interval}{criterion}")
    lines += [phrases.comparison(each, {}).replace("\u00a0", " ") for each in report.comparisons]
    if report.agreement is not None:
        lines.append(phrases.agreement(report))
    lines += [
        f"{line.name}, shown for {line.exposure}: {line.rate} ({line.interval}), {line.votes} votes"
        for line in phrases.exposure_lines(report, {})
    ]
    lines += [
        phrases.classifier_sentence(model, telling, report.rates).replace("\u00a0", " ")
        for model, telling in classifier.items()
        if model in report.rates.models
    ]
    lines.append(
        "The 95 % interval knows that votes of one person and of one picture go together; Wilson's does not and is "
        "too narrow."
    )
    return "\n".join(lines)


def _rate_table(title: str, rates: "Rates") -> list[str]:
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
