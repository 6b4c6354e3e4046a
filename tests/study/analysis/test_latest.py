import threading
import time

import pytest

from study.analysis import latest
from study.analysis.latest import LatestResults
from study.analysis.snapshot import take_snapshot
from study.votes.csv_file import MissingVotesError
from tests.studies import make_study, take_part
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401


@pytest.fixture
def study(tmp_path):
    study = make_study(tmp_path / "cats")
    take_part(study, 3)
    return study


@pytest.fixture
def slow(monkeypatch):
    """Makes every computation last until the test lets it go on; counts them."""
    gate = threading.Semaphore(0)
    began = []

    def take(study):
        began.append(time.monotonic())
        gate.acquire()
        return take_snapshot(study)

    monkeypatch.setattr(latest, "take_snapshot", take)
    gate.began = began
    return gate


def votes(found) -> int:
    return len(found.snapshot.votes)


def test_quick_results_are_of_this_moment(study):
    results = LatestResults(study)
    assert not results.is_ready
    assert votes(results.get()) == 27 and results.is_ready
    take_part(study, 1, first=9)
    found = results.get()
    assert votes(found) == 36 and not found.has_newer_votes
    study.update(title="Dogs")
    assert results.get().snapshot.config.title == "Dogs"


def test_nothing_new_is_computed_once(study, slow):
    slow.release(5)
    results = LatestResults(study)
    assert results.get().snapshot is results.get().snapshot and len(slow.began) == 1


def test_large_study_shows_its_last_results_until_newer_ones_are_ready(study, slow, monkeypatch):
    monkeypatch.setattr(latest, "QUICK", -1)
    monkeypatch.setattr(latest, "REST", 0)
    slow.release()
    results = LatestResults(study)
    first = results.get()
    take_part(study, 1, first=9)
    meanwhile = results.get()
    assert meanwhile.snapshot is first.snapshot and meanwhile.has_newer_votes
    slow.release()
    for _ in range(200):
        if votes(newer := results.get()) == 36:
            break
        time.sleep(0.02)
    assert votes(newer) == 36 and not newer.has_newer_votes
    assert newer.snapshot.taken_at > first.snapshot.taken_at


def test_many_visitors_cause_one_computation(study, slow):
    results, found = LatestResults(study), []
    visitors = [threading.Thread(target=lambda: found.append(results.get())) for _ in range(5)]
    for each in visitors:
        each.start()
    slow.release(5)
    for each in visitors:
        each.join()
    assert len(slow.began) == 1 and len({id(each.snapshot) for each in found}) == 1


def test_server_rests_between_two_computations_of_a_large_study(study, slow, monkeypatch):
    monkeypatch.setattr(latest, "QUICK", -1)
    monkeypatch.setattr(latest, "REST", 10_000)
    slow.release(5)
    results = LatestResults(study)
    results.get()
    take_part(study, 1, first=9)
    assert results.get().has_newer_votes and votes(results.get()) == 27 and len(slow.began) == 1


def test_what_cannot_be_read_is_said_and_tried_again(study, monkeypatch):
    def broken(study):
        raise MissingVotesError("no file")

    results = LatestResults(study)
    with monkeypatch.context() as patch:
        patch.setattr(latest, "take_snapshot", broken)
        with pytest.raises(MissingVotesError):
            results.get()
    assert votes(results.get()) == 27
