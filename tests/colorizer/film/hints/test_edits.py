import json

import pytest

from colorizer.film import errors, footage, source
from colorizer.film.hints import edits
from colorizer.film.hints.edits import FilmHint
from colorizer.inference.hints import sidecar
from colorizer.inference.hints.hint import Hint, OutsideError
from tests.colorizer.film import clips

HINTS = (
    FilmHint(0.2, Hint(10, 20, (5, -45))),
    FilmHint(0.4, Hint(3.5, 4, (0, 0), reach="alike")),
    FilmHint(0.4, Hint(50, 9, (20, 20), radius=6)),
)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "walk.mkv"
    return source.probe(clips.write(path, footage.gray(clips.shots(6))))


@pytest.fixture
def content(film):
    return json.loads(edits.write_film_edits(film, HINTS))


def read(film, content):
    return edits.read_film_edits(json.dumps(content).encode(), film)


def test_hints_are_written_and_read(film):
    assert edits.read_film_edits(edits.write_film_edits(film, HINTS), film) == HINTS


def test_a_sidecar_beside_the_film_is_found(film):
    assert edits.hints_of(film) == ()
    beside = sidecar.sidecar_path(film.path)
    beside.write_bytes(edits.write_film_edits(film, HINTS[:1]))
    assert edits.hints_of(film) == HINTS[:1]
    beside.write_text("{}")
    with pytest.raises(sidecar.NotEditsError, match=r"walk\.mkv\.edits\.json: "):
        edits.hints_of(film)
    beside.unlink()


def test_hints_of_another_film_are_refused(film, content):
    content["film"]["fingerprint"] = "1 ab"
    with pytest.raises(sidecar.OtherPhotographError, match=f'"fingerprint": "{source.fingerprint(film.path)}"'):
        read(film, content)


def test_hints_of_a_photograph_are_refused_for_a_film_and_those_of_a_film_for_a_photograph(film, content):
    with pytest.raises(sidecar.NotEditsError, match="of a photograph"):
        edits.read_film_edits(sidecar.write_edits(sidecar.Edits((64, 96), "0")), film)
    with pytest.raises(sidecar.NotEditsError):
        sidecar.read_edits(json.dumps(content).encode())


@pytest.mark.parametrize(
    ("hint", "error", "reason"),
    [
        ({"x": 3, "y": 3, "a": 0, "b": 0, "reach": "object"}, sidecar.NotEditsError, "must have a time"),
        ({"time": -1, "x": 3, "y": 3, "a": 0, "b": 0, "reach": "object"}, errors.HintTimeError, "Received -1"),
        ({"time": 0, "x": 96, "y": 3, "a": 0, "b": 0, "reach": "object"}, OutsideError, "x from 0 to 95"),
        ({"time": 0, "x": 3, "y": 3, "reach": "object"}, sidecar.NotEditsError, "must have the keys"),
        ("blue", sidecar.NotEditsError, "must have a time"),
    ],
)
def test_what_is_no_hint_for_the_film_is_refused(film, content, hint, error, reason):
    with pytest.raises(error, match=reason):
        read(film, content | {"hints": [hint]})


@pytest.mark.parametrize("part", [{"hints": 3}, {"film": {}}, {"version": 9}])
def test_a_damaged_file_is_refused(film, content, part):
    with pytest.raises(sidecar.EditsError):
        read(film, content | part)
