import pytest

from tests.benchmarks.peers import SIDES, compare, networks

pytestmark = pytest.mark.long

PUBLISHED = {"eccv16": 32.2, "siggraph17": 34.2, "ddcolor_tiny": 55.0, "deoldify_artistic": 63.6}
"""Millions of parameters of the files that their authors offer."""


@pytest.mark.parametrize("name", SIDES)
def test_a_peer_is_of_the_published_size(name):
    model = getattr(networks, name)()
    assert model.count_params() / 1e6 == pytest.approx(PUBLISHED[name], rel=0.02)
    assert model.output_shape[-1] == 2


def test_all_are_timed_in_one_path():
    rows = compare.main(["--megapixels", "0.1", "--networks", "eccv16", "--repeats", "1"])
    assert [(row["network"], row["library"]) for row in rows] == [
        *[(compare.OURS, library) for library in compare.LIBRARIES],
        *[("eccv16", library) for library in compare.LIBRARIES],
    ]
    assert all(row["seconds"] > 0 and row["peak_mb"] > 100 for row in rows)
