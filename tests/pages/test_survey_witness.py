"""What the server takes from a browser that does not say what our page says."""

import csv
import time
from dataclasses import replace

import pytest

from pages.routes import survey as survey_routes
from pages.routes.limits import BeginLimit, TooManyBeginsError, network_of
from study import session
from study.folder import Study
from study.participants import new_code, participant_of
from study.votes.record import now_utc
from tests.pages.participant import CODE, Browser, play
from tests.studies import make_study
from tests.study_photos import SMALL, no_waiting_for_the_disk  # noqa: F401

TRIALS = 9


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.delenv("HUESTORY_DATABASE_URL", raising=False)
    survey_routes._BEGINS.clear()
    return lambda protocol=SMALL: make_study(tmp_path / "studies" / "cats", protocol)


def rows(study) -> list[dict]:
    path = study.folder / "votes.csv"
    return list(csv.DictReader(open(path))) if path.exists() else []


def test_forty_participants_that_do_not_exist_count_for_nothing(build):
    study = build()
    for number in range(40):
        fake = Browser(code=new_code())
        fake.begin()
        everything = {str(trial): True for trial in range(1, TRIALS + 1)}
        assert fake.send(everything, 1500)[0] == 409, "all answers in one request"
        if number == 0:
            assert fake.send({"1": True}, 1500)[0] == 409, "an answer to a picture that was not asked for"
            for trial in (TRIALS, 2, 1):
                assert fake.answer({str(trial): True}, 1500)[0] in (409, 425), "in another order, or at once"
    assert rows(study) == [] and study.attendance().finished == 0
    (burst,) = study.audit()
    assert burst.kind == "burst" and len(burst.participants) == 40


def test_answer_is_taken_after_the_least_time_and_not_before(build, monkeypatch):
    study = build()
    monkeypatch.setattr(session, "LEAST_MS", 150)
    browser = Browser()
    page = browser.begin()["page"]
    assert page["least_ms"] == 150
    status, reply = browser.answer({"1": True}, 99_000)
    assert status == 425 and "too early" in reply["error"] and rows(study) == []
    time.sleep(0.15)
    assert browser.send({"1": True}, 99_000)[0] == 200
    (row,) = rows(study)
    assert row["response_ms"] == "99000", "what the browser says is kept as it is"
    assert 150 <= int(row["server_ms"]) < 10_000


def test_time_of_a_picture_fetched_in_advance_runs_from_the_answer_before_it(build, monkeypatch):
    study = build()
    monkeypatch.setattr(session, "LEAST_MS", 0)
    browser = Browser()
    browser.begin()
    browser.show(2)
    time.sleep(0.2)
    browser.answer({"1": True})
    assert browser.send({"2": True})[0] == 200
    assert int(rows(study)[1]["server_ms"]) < 200


def test_grid_is_taken_all_together_and_each_picture_takes_its_time(build, monkeypatch):
    study = build(replace(SMALL, layout="grid", catch=0, practice=0))
    monkeypatch.setattr(session, "LEAST_MS", 20)
    browser = Browser()
    page = browser.begin()["page"]
    assert page["least_ms"] == 20 * 6
    for trial in page["trials"]:
        browser.show(trial)
    assert browser.send({"1": True})[0] == 409
    assert browser.send({str(trial): True for trial in page["trials"]})[0] == 425
    time.sleep(0.12)
    assert browser.send({str(trial): True for trial in page["trials"]})[0] == 200
    assert len(rows(study)) == 6


@pytest.mark.parametrize("url", ["", "sqlite"])
def test_what_was_sent_when_is_known_after_a_restart_and_to_other_servers(build, tmp_path, monkeypatch, url):
    if url:
        monkeypatch.setenv("HUESTORY_DATABASE_URL", f"sqlite:///{tmp_path}/votes.db")
    study, participant = build(), participant_of(CODE)
    monkeypatch.setattr(session, "LEAST_MS", 0)
    trials = study.enrol(participant, "phone")
    session.serve_picture(study, participant, trials[0], "only")
    with pytest.raises(session.NotAskedError, match="Trial 2 was not shown"):
        other = Study(study.folder)
        session.take_answers(other, participant, {1: True}, 900, "1.0.0")
        session.take_answers(other, participant, {2: True}, 900, "1.0.0")
    (vote,) = Study(study.folder).store.read()
    assert vote.server_ms >= 0 and vote.photo == study.pool.by_id[vote.stimulus].photo
    study.forget(participant)
    assert study.store.servings_of(participant) == [], "with the answers goes what was sent"


def test_clock_that_is_set_back_stops_nobody(build, monkeypatch):
    study, participant = build(), participant_of(CODE)
    trials = study.enrol(participant, "phone")
    monkeypatch.setattr("study.folder.now_utc", lambda: now_utc().replace("20", "21", 1))
    session.serve_picture(study, participant, trials[0], "only")
    session.take_answers(study, participant, {1: True}, 900, "1.0.0")
    assert study.store.read()[0].server_ms is None


def test_more_beginners_than_a_minute_allows_are_told_to_wait(build):
    study = build()
    study.update(begins_per_minute=2)
    first = Browser(code=new_code())
    first.begin()
    Browser(code=new_code()).begin()
    status, reply, _ = Browser(code=new_code()).ask("POST", "begin", {})
    assert status == 429 and "try again in a minute" in reply["error"]
    first.begin()  # who has begun is not counted again
    study.update(begins_per_minute=3)
    Browser(code=new_code()).begin()
    assert len(study.store.allocations()) == 3


def test_limit_counts_a_minute_and_an_ipv6_network(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limit = BeginLimit()
    limit.admit("cats", "2001:db8::1", 1)
    with pytest.raises(TooManyBeginsError, match="1 participants a minute"):
        limit.admit("cats", "2001:db8::ffff", 1)
    limit.admit("dogs", "2001:db8::1", 1)
    limit.admit("cats", "2001:db8:0:1::1", 1)
    now[0] += 60
    limit.admit("cats", "2001:db8::1", 1)
    assert network_of("testclient") == "testclient"


def test_invitation_begins_a_study_once(build):
    study = build()
    study.update(invited=True)
    token, other = study.invitations.create(2)
    assert Browser(code=new_code()).ask("POST", "begin", {})[0] == 403
    assert Browser(code=new_code()).ask("POST", "begin", {"invitation": "guessed"})[0] == 403
    guest = Browser(code=new_code())
    guest.begin(invitation=token)
    guest.begin()  # a reload
    status, reply, _ = Browser(code=new_code()).ask("POST", "begin", {"invitation": token})
    assert status == 403 and "used already" in reply["error"]
    Browser(code=new_code()).begin(invitation=other)
    assert len(study.store.allocations()) == 2
    assert token not in (study.folder / "invitations.txt").read_text()


def test_times_that_the_browser_invents_are_seen_and_do_not_help(build, monkeypatch):
    study = build()
    monkeypatch.setattr(session, "LEAST_MS", 0)
    list(play(Browser(), choose=lambda trial: trial % 2 == 0))
    assert [finding.kind for finding in study.audit()] == ["impossible_times", "equal_times"]
    assert list(study.report().excluded.values()) == [["too_fast"]], "by the server's clock"
