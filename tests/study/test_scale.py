"""A participant's requests cost the same however many took part before: see `tests.benchmarks.study_at_scale`."""

import pytest

from tests.benchmarks import study_at_scale
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401


@pytest.mark.long
@pytest.mark.parametrize("kind", ["csv", "sqlite"])
def test_requests_take_less_than_twenty_milliseconds_among_ten_thousand(kind, monkeypatch):
    monkeypatch.setattr("study.session.LEAST_MS", 0)
    found = study_at_scale.main(["--participants", "10000", "--kind", kind])
    for request in ("begin", "picture", "answer"):
        assert found[request]["median"] < 20
    assert found["results"]["median"] < 50
    assert found["restart"]["median"] < 200
