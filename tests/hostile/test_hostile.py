"""A small run of damaged files, and those that something once went wrong with."""

import logging
from pathlib import Path

import pytest

from tests.hostile.__main__ import draw, try_file

FOUND = sorted((Path(__file__).parent / "found").glob("*-*"))


@pytest.fixture(autouse=True)
def quiet():
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [11, pytest.param(12, marks=pytest.mark.long)])
def test_damaged_files_are_used_or_refused_in_words(seed):
    wrong = [
        f"{route} {name}: {told}"
        for route, name, data in draw(96 if seed == 11 else 2000, seed)
        if (told := try_file(route, name, data))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_once_went_wrong(path):
    route, _, _, name = path.name.split("-", 3)
    assert not try_file(route, name, path.read_bytes())
