import json
import logging

import pytest

from study.analysis import latest, saved_results
from study.analysis.latest import LatestResults, study_state
from study.analysis.saved_results import OutdatedResultsError, load_results, save_results
from study.analysis.snapshot import take_snapshot
from study.folder import RESULTS_FILE, Study
from study.protocol import StudyProtocol
from tests.studies import make_study, take_part
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401


@pytest.fixture(params=["csv", "sqlite"])
def study(request, tmp_path):
    url = f"sqlite:///{tmp_path}/votes.db" if request.param == "sqlite" else ""
    made = make_study(tmp_path / "cats")
    study = Study(made.folder, url)
    take_part(study, 3)
    take_part(study, 1, response_ms=10, first=3)  # whom the rules leave out
    return study


def anew(study) -> Study:
    """The study as a server opens it that has just started."""
    return Study(study.folder, study._url)


def saved(study):
    snapshot = take_snapshot(study)
    save_results(study, snapshot, study_state(study), 9.0)
    return snapshot


def forbidden(study):
    raise AssertionError("nothing is to be computed")


def test_saved_results_are_those_that_were_computed(study):
    snapshot, found = saved(study), load_results(anew(study))
    assert found.snapshot.report == snapshot.report and snapshot.report.excluded == {"p3": ["too_fast"]}
    for name in ("config", "times", "attendance", "taken_at", "classifier", "rates"):
        assert getattr(found.snapshot, name) == getattr(snapshot, name)
    assert found.snapshot.pool.photos == snapshot.pool.photos
    assert found.seconds == 9.0


def test_exposures_come_back_as_numbers(tmp_path):
    protocol = StudyProtocol("timed", real=3, recolored=3, catch=0, practice=0, exposures_ms=(100, 300))
    study = make_study(tmp_path / "cats", protocol)
    take_part(study, 2)
    snapshot, found = saved(study), load_results(study)
    assert set(found.snapshot.report.by_exposure["real"]) == {100, 300}
    assert found.snapshot.report == snapshot.report


def test_votes_are_those_of_the_moment_also_when_others_came(study):
    snapshot = saved(study)
    take_part(study, 2, first=9)
    assert load_results(anew(study)).snapshot.votes == snapshot.votes


def test_a_new_server_shows_saved_results_without_computing(study, monkeypatch):
    snapshot = saved(study)
    monkeypatch.setattr(latest, "take_snapshot", forbidden)
    results = LatestResults(anew(study))
    assert results.is_ready
    found = results.get()
    assert found.snapshot.report == snapshot.report and not found.has_newer_votes


def test_a_new_server_says_that_newer_votes_are_counted_and_counts_them(study, monkeypatch):
    saved(study)
    take_part(study, 1, first=9)
    results = LatestResults(anew(study))
    found = results.get()
    assert found.has_newer_votes and found.snapshot.attendance.finished == 4
    results._worker.join()
    newer = results.get()
    assert newer.snapshot.attendance.finished == 5 and not newer.has_newer_votes


def test_results_of_a_large_study_are_saved(study, monkeypatch):
    monkeypatch.setattr(latest, "QUICK", -1)
    LatestResults(study).get()
    assert load_results(anew(study)) is not None


def test_results_that_are_computed_quickly_are_not_saved(study):
    LatestResults(study).get()
    assert not (study.folder / RESULTS_FILE).exists()


def test_results_of_other_code_are_computed_anew(study, monkeypatch):
    saved(study)
    monkeypatch.setattr(saved_results, "_code", lambda: "another")
    assert load_results(study) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"code": 1}'])
def test_a_damaged_file_is_logged_and_results_are_computed(study, damage, caplog):
    saved(study)
    (study.folder / RESULTS_FILE).write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        found = LatestResults(study).get()
    assert found.snapshot.attendance.finished == 4
    assert "cannot be read" in caplog.text or damage == b'{"code": 1}'


def test_of_deleted_votes_no_results_stay(study):
    saved(study)
    assert "p3" in (study.folder / RESULTS_FILE).read_text()
    study.forget("p3")
    assert not (study.folder / RESULTS_FILE).exists()


def test_votes_deleted_while_results_are_saved_leave_no_file(study):
    snapshot, state = take_snapshot(study), study_state(study)
    snapshot.votes, snapshot.times  # noqa: B018  (read before the deletion)
    study.forget("p3")
    save_results(study, snapshot, state, 9.0)
    assert not (study.folder / RESULTS_FILE).exists()


def test_votes_of_a_moment_that_were_deleted_since_are_not_replaced_by_others(study):
    saved(study)
    found = load_results(study).snapshot
    study.forget("p1")
    take_part(study, 1, first=9)
    with pytest.raises(OutdatedResultsError, match="deleted meanwhile"):
        found.votes  # noqa: B018


def test_a_full_disk_does_not_end_the_results(study, monkeypatch, caplog):
    def full(path, data):
        raise saved_results.StorageError("the disk is full")

    monkeypatch.setattr(saved_results, "save_file", full)
    saved(study)
    assert "not kept: the disk is full" in caplog.text


def test_the_file_has_no_votes(study):
    saved(study)
    values = json.loads((study.folder / RESULTS_FILE).read_text())
    assert values["votes"][0] == len(take_snapshot(study).votes)
    assert "judged_real" not in json.dumps(values)
