import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorizer.imaging.preparation import CropError, Preparation
from colorizer.inference.hints.hint import Hint, HintColorError, OutsideError, TooManyHintsError
from colorizer.inference.hints.sidecar import (
    Edits,
    NewerEditsError,
    NotEditsError,
    OtherPhotographError,
    find_edits,
    read_edits,
    sidecar_path,
    write_edits,
)

SHA256 = "ab" * 32
EDITS = Edits(
    (20, 30), SHA256, (Hint(1.5, 2, (30, -40)), Hint(3, 4, (0, 0), radius=5), Hint(5, 6, (7, 8), reach="alike"))
)


def altered(**changes) -> bytes:
    return json.dumps(json.loads(write_edits(EDITS)) | changes).encode()


hints = st.builds(
    Hint,
    st.floats(0, 30, exclude_max=True),
    st.floats(0, 20, exclude_max=True),
    st.tuples(*2 * [st.floats(-110, 110)]),
    radius=st.none() | st.floats(0.1, 1e6),
)


@given(st.lists(hints, max_size=5))
def test_edits_come_back_from_their_sidecar_unchanged(hints):
    edits = Edits((20, 30), SHA256, tuple(hints))
    assert read_edits(write_edits(edits)) == edits


def test_the_schema_of_a_sidecar():
    content = json.loads(write_edits(EDITS))
    assert content["schema"] == "huestory-edits" and content["version"] == 1
    assert content["photograph"] == {"width": 30, "height": 20, "sha256": SHA256}
    assert content["hints"] == [
        {"x": 1.5, "y": 2, "a": 30, "b": -40, "reach": "object"},
        {"x": 3, "y": 4, "a": 0, "b": 0, "reach": "spot", "radius": 5},
        {"x": 5, "y": 6, "a": 7, "b": 8, "reach": "alike"},
    ]


def test_what_is_done_before_colouring_is_in_a_sidecar_of_version_2_that_older_readers_refuse():
    edits = Edits((20, 30), SHA256, EDITS.hints, Preparation(90, -1.5, (0.1, 0, 1, 0.5), True))
    content = json.loads(write_edits(edits))
    assert content["version"] == 2
    assert content["preparation"] == {"turn": 90, "straighten": -1.5, "crop": [3, 0, 30, 10], "negative": True}
    assert read_edits(write_edits(edits)) == edits
    with pytest.raises(CropError, match="right <= 30"):
        read_edits(json.dumps(content | {"preparation": content["preparation"] | {"crop": [0, 0, 31, 10]}}).encode())
    with pytest.raises(NotEditsError, match="must have the keys"):
        read_edits(json.dumps(content | {"version": 1}).encode())


def test_a_sidecar_is_found_by_the_whole_name_of_its_photograph(tmp_path):
    photograph = tmp_path / "portrait.jpg"
    assert find_edits(photograph) is None
    path = sidecar_path(photograph)
    path.write_bytes(write_edits(EDITS))
    assert path.name == "portrait.jpg.edits.json"
    assert find_edits(photograph) == path and find_edits(tmp_path / "portrait.png") is None
    assert read_edits(path) == EDITS


def test_a_sidecar_of_another_photograph_is_refused_by_size_and_by_content():
    EDITS.check((20, 30), SHA256)
    with pytest.raises(OtherPhotographError, match=r"30 x 21 pixels.*30 x 20"):
        EDITS.check((21, 30), SHA256)
    with pytest.raises(OtherPhotographError, match=r"another content.*cdcd"):
        EDITS.check((20, 30), "cd" * 32)


def test_a_newer_version_is_refused_with_what_to_do():
    with pytest.raises(NewerEditsError, match="Received version 3: update"):
        read_edits(altered(version=3, layers=[]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"hints": []}',
        altered(schema="other"),
        altered(version="1"),
        altered(crop=[]),
        altered(photograph={"width": 30, "height": 20}),
        altered(photograph={"width": "30", "height": 20, "sha256": SHA256}),
        altered(photograph=None),
        altered(hints={}),
        altered(hints=[[1, 2, 3]]),
        altered(hints=[{"x": "1", "y": 2, "a": 0, "b": 0, "reach": "object"}]),
        altered(hints=[{"x": 10**400, "y": 2, "a": 0, "b": 0, "reach": "object"}]),
        altered(hints=[{"x": 1, "y": 2, "a": 0, "b": 0, "reach": "object", "name": "sky"}]),
        b" " * (1024**2 + 1),
    ],
)
def test_what_is_not_a_sidecar_is_refused_by_name(data):
    with pytest.raises(NotEditsError):
        read_edits(data)


def test_hints_in_a_sidecar_are_checked_as_others():
    good = {"x": 1, "y": 2, "a": 0, "b": 0, "reach": "object"}
    with pytest.raises(OutsideError):
        read_edits(altered(hints=[good | {"x": 30}]))
    with pytest.raises(HintColorError):
        read_edits(altered(hints=[good | {"a": "red"}]))
    with pytest.raises(TooManyHintsError):
        read_edits(altered(hints=[good] * 501))
