from collections import Counter
from datetime import UTC, datetime, timedelta

from study.votes.allocation import Allocation, ShownCounts
from tests.study.votes.votes import allocation

TRIALS = [{"stimulus": "s1", "phase": "test"}, {"stimulus": "s2", "phase": "test"}]


def counts(started_at=None) -> Counter:
    shown = ShownCounts()
    shown.add_allocation(allocation("p1", TRIALS, started_at))
    shown.add_votes([("p1", "s1")])
    return shown.now()


def test_pictures_of_people_who_left_are_free_again():
    assert counts((datetime.now(UTC) - timedelta(hours=2)).isoformat()) == Counter(s1=1)
    assert counts() == Counter(s1=1, s2=1)


def test_pictures_are_freed_while_the_server_runs(monkeypatch):
    shown = ShownCounts()
    shown.add_allocation(allocation("p1", TRIALS))
    shown.add_votes([("p1", "s1"), ("p0", "s2")])
    assert shown.now() == Counter(s1=1, s2=2)
    monkeypatch.setattr("study.votes.allocation.OPEN_ALLOCATION", timedelta(seconds=-1))
    assert shown.now() == Counter(s1=1, s2=1)


def test_fields_of_a_later_version_are_ignored():
    line = {"participant_id": "p1", "started_at": "2026", "device": "phone", "trials": [], "mood": "good"}
    assert Allocation.from_dict(line) == Allocation("p1", "2026", "phone", ())
