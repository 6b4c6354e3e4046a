"""Many participants at once on a real server: see `tests.benchmarks.participants_at_once`."""

import pytest

from study.session import to_judged_real
from tests.benchmarks import participants_at_once
from tests.benchmarks.participants_at_once import compare
from tests.crowd import Diary
from tests.studies import make_study


@pytest.mark.parametrize(
    ("participants", "kind", "preset"),
    [
        (20, "csv", "koalarization"),
        pytest.param(200, "csv", "balanced", marks=pytest.mark.long),
        pytest.param(200, "sqlite", "balanced", marks=pytest.mark.long),
    ],
)
def test_every_acknowledged_vote_is_stored_once(tmp_path, participants, kind, preset):
    found = participants_at_once.run(tmp_path, participants, kind, preset)
    print(participants_at_once.text(found))
    assert found.finished == participants
    assert found.acknowledged == found.stored > 0
    assert (found.lost, found.twice, found.different) == (0, 0, 0)


def test_a_lost_and_a_changed_vote_are_noticed(tmp_path):
    study = make_study(tmp_path / "cats")
    trials = study.enrol("p1", "phone")
    study.answer("p1", {1: True, 2: to_judged_real(trials[1], False)}, 900, "0.1.0")
    found = compare(study, [Diary("p1", {1: (True, 0.0), 2: (True, 0.0), 3: (True, 0.0)}, has_finished=True)], 1.0)
    assert (found.acknowledged, found.stored, found.lost, found.different) == (3, 2, 1, 1)
    assert not found.is_sound
