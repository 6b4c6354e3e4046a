"""The README says what is so: its commands run, its tables are the measured ones."""

import csv
import re
import shlex

import pytest

from colorizer import models
from colorizer.cli import main as colorizer_cli
from study.cli import main as study_cli
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^\.venv/bin/python -m (colorizer|study) (.*?)(?:\s+#.*)?\s*$", README, re.MULTILINE)
PARSERS = {"colorizer": colorizer_cli.make_parser, "study": study_cli.make_parser}


@pytest.mark.parametrize(("package", "command"), COMMANDS)
def test_every_command_line_parses(package, command):
    options = PARSERS[package]().parse_args(shlex.split(command))
    assert callable(options.run)
    if getattr(options, "model", None):
        assert options.model in models.list_models()


@pytest.mark.parametrize("package", PARSERS)
def test_every_command_stands_in_the_readme(package):
    names = next(a.choices for a in PARSERS[package]()._actions if a.choices)
    assert {command.split()[0] for owner, command in COMMANDS if owner == package} == set(names)


def test_ci_runs_the_test_command_of_the_readme():
    command = re.search(r"^## Test\n\n```sh\n(.*?)\n```", README, re.MULTILINE | re.DOTALL).group(1)
    assert command in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("table", ["evaluation", "benchmark"])
def test_tables_are_the_measured_ones(table):
    with open(ROOT / "weights" / f"{table}.csv", newline="") as file:
        measured = list(csv.DictReader(file))
    text = README.split(f"<!-- {table} -->")[1].split("\n\n")[1]
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    assert len(rows) == len(measured)
    for row, source in zip(rows, measured, strict=True):
        for name, shown in zip(header, row, strict=True):
            if shown in (source[name], "–"):
                continue
            decimals = len(shown.partition(".")[2])
            assert shown == f"{float(source[name]):.{decimals}f}", (name, source)
