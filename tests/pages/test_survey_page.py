import csv
import errno
import json
import os
from dataclasses import replace

import pytest
import streamlit as st

import colorizer
from colorizer.weights import WeightsError
from pages.parts import studies
from pages.routes import survey as survey_routes
from study import session
from study.creating import create_study
from study.participants import new_code, participant_of
from study.pool.photos import Photos
from study.protocol import StudyProtocol
from tests.page_actions import labels, open_page, press, said
from tests.pages.participant import CODE, Browser, play
from tests.study_photos import PIPELINE, SMALL, TINT, VIVID, files, no_waiting_for_the_disk, png  # noqa: F401
from tests.tiny import TinyColorizer

PAIRS = StudyProtocol("pairs_small", layout="pairs", real=0, recolored=4, catch=0, practice=1)
GRID = StudyProtocol("grid_small", layout="grid", real=3, recolored=4, catch=0, practice=2)
BEGUN = {"survey_codes": {"cats": CODE}}
"""The session of somebody who has agreed."""


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """An empty place for studies."""
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.delenv("HUESTORY_DATABASE_URL", raising=False)
    monkeypatch.setattr(session, "LEAST_MS", 0)  # these participants read no picture
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture
def build(data):
    """Makes a study of this protocol, open unless it is said otherwise."""

    def build(protocol=SMALL, state="open", name="cats", **options):
        photos = Photos.from_files(files(protocol.photos + 1))
        folder = data / "studies" / name
        return create_study(folder, photos, [TINT, VIVID], PIPELINE, protocol, "1.0.0", state=state, **options)

    return build


# --- the page


def finish(study, code=CODE) -> None:
    """Answer everything with "real"."""
    trials = study.enrol(participant_of(code), "desktop")
    study.answer(participant_of(code), {trial.trial: True for trial in trials}, 900, "1.0.0")


def test_without_a_study_the_open_ones_are_offered_and_the_demonstration(build):
    build(title="Cats_*and* dogs")
    build(state="draft", name="secret", title="Not ready")
    page = open_page("survey")
    assert labels(page.button) == ["Take part", "Try the demonstration"]
    assert page.header[0].value == r"Cats\_\*and\* dogs" and "Not ready" not in said(page)
    page = press(page, "Take part")
    assert page.query_params["study"] == "cats"
    assert "I agree, start" in labels(page.button)


def test_consent_comes_before_anything_is_kept(build):
    study = build(consent="Agree **only** if you like cats.")
    page = open_page("survey", study="cats")
    assert "Agree **only** if you like cats." in said(page)
    assert "Your code" not in said(page)
    page = press(page, "I agree, start")
    assert "Your code" in said(page) and "I agree, start" not in labels(page.button)
    assert study.store.allocations() == [], "the browser begins, not the page"
    assert list(page.query_params) == ["study"], "nothing about the participant is in the address"


@pytest.mark.parametrize("name", ["dogs", "../cats", "=cats", "cats/..", "x" * 500])
def test_unknown_study_is_said_plainly(build, name):
    build()
    page = open_page("survey", study=name)
    assert page.title[0].value == "No such study"
    assert "Take part" in labels(press(page, "Show the studies that are open").button)


@pytest.mark.parametrize(("state", "words"), [("draft", "not been opened yet"), ("closed", "is closed")])
def test_study_that_is_not_open_takes_nobody_in(build, state, words):
    build(state=state)
    page = open_page("survey", study="cats")
    assert words in page.info[0].value
    assert "I agree, start" not in labels(page.button)


def test_a_drafts_title_is_nobodys_business(build):
    build(state="draft", title="How we fool people")
    assert "fool" not in said(open_page("survey", study="cats"))


def test_a_consent_text_loads_no_picture_from_elsewhere(build):
    build(
        consent="Agree. ![count](https://example.org/count.png) [More](https://example.org) ![b][1]\n\n[1]: https://x.org"
    )
    page = open_page("survey", study="cats")
    shown = next(each.value for each in page.markdown if "Agree" in each.value)
    assert "![" not in shown and "[More](https://example.org)" in shown


def test_study_closed_meanwhile_says_that_the_answers_are_kept(build):
    study = build()
    study.enrol(participant_of(CODE), "desktop")
    study.update(state="closed")
    assert "The answers you gave are kept" in said(open_page("survey", study="cats", session=BEGUN))


@pytest.mark.parametrize("state", ["open", "closed"])
def test_end_tells_the_score_and_what_was_real(build, state):
    study = build()
    finish(study)
    study.update(state=state)
    text = said(open_page("survey", study="cats", session=BEGUN))
    assert "You were right about 3 of 6 pictures" in text, "practice and catch trials are not in the score"
    assert text.count("**Real**, and you said so") == 3
    assert text.count("**Recoloured**; you took it for real") == 3
    assert CODE in text


def test_demonstration_can_be_played_again_and_each_person_counts_once(build):
    study = build(name="demonstration")
    finish(study)
    session = {"survey_codes": {"demonstration": CODE}}
    page = press(open_page("survey", session=session, study="demonstration"), "Play again")
    assert not study.store.read() and page.session_state["survey_codes"]["demonstration"] != CODE
    assert "You were right" not in said(page)


def test_study_that_counts_each_person_once_leads_to_the_others(build):
    finish(build())
    page = open_page("survey", session=BEGUN, study="cats")
    assert "Play again" not in labels(page.button)
    assert press(page, "Other studies, and the demonstration").title[0].value == "Real or recoloured?"


def test_one_answer_short_is_not_the_end(build):
    study = build()
    trials = study.enrol(participant_of(CODE), "desktop")
    study.answer(participant_of(CODE), {trial.trial: True for trial in trials[:-1]}, 900, "1.0.0")
    assert "You were right" not in said(open_page("survey", study="cats", session=BEGUN))


def test_answers_are_deleted_by_the_code_and_only_those(build):
    study = build()
    finish(study)
    finish(study, other := new_code())
    page = open_page("survey", study="cats")
    page.text_input[0].set_value(CODE.lower().replace("-", " "))
    page = press(page, "Delete my answers")
    assert "Answers deleted: 9" in page.success[0].value
    assert {vote.participant_id for vote in study.store.read()} == {participant_of(other)}
    assert [each.participant_id for each in study.store.allocations()] == [participant_of(other)]


@pytest.mark.parametrize(
    ("code", "words"),
    [("cat", "sixteen letters"), ("", "sixteen letters"), (new_code(), "no answers with this code")],
    ids=["no code", "nothing", "another's code"],
)
def test_wrong_code_deletes_nothing(build, code, words):
    study = build()
    finish(study)
    page = open_page("survey", study="cats")
    page.text_input[0].set_value(code)
    assert words in said(press(page, "Delete my answers"))
    assert len(study.store.read()) == 9


def test_deleting_while_taking_part_leads_back_to_the_consent(build):
    study = build()
    study.enrol(participant_of(CODE), "phone")
    page = open_page("survey", study="cats", session=BEGUN)
    page.text_input[0].set_value(CODE)
    page = press(page, "Delete my answers")
    assert "I agree, start" in labels(page.button) and study.store.allocations() == []


def test_damaged_votes_file_is_an_apology_and_no_traceback(build):
    study = build()
    (study.folder / "votes.csv").write_text("not,ours\n1,2\n")
    (study.folder / "draws.jsonl").write_text("")
    assert "cannot be used at the moment" in open_page("survey", study="cats", session=BEGUN).error[0].value


def test_demonstration_is_built_on_the_spot(data, monkeypatch):
    tiny = TinyColorizer()
    monkeypatch.setattr(colorizer, "load_model", lambda name: tiny)
    page = press(open_page("survey"), "Try the demonstration")
    assert "This is a demonstration" in page.info[0].value
    assert tiny.runs == 4, "the colour photographs of scikit-image"
    config = studies.open_study(studies.DEMONSTRATION).config
    assert config.demonstration and config.state == "open"
    assert "Try the demonstration" not in labels(open_page("survey").button)


def test_demonstration_that_cannot_be_built_is_an_apology(monkeypatch):
    def no_model(name):
        raise WeightsError("no file")

    monkeypatch.setattr(colorizer, "load_model", no_model)
    page = press(open_page("survey"), "Try the demonstration")
    assert "cannot be prepared" in page.error[0].value


def test_next_person_at_a_shared_computer_sees_neither_code_nor_answers(build, monkeypatch):
    study = build()
    monkeypatch.setattr(type(st.context), "cookies", {"huestory_study_cats": CODE})
    study.enrol(participant_of(CODE), "desktop")
    begun = open_page("survey", study="cats")
    assert CODE not in said(begun) and "Was that somebody else?" in said(begun)
    finish(study)
    page = open_page("survey", study="cats")
    assert CODE not in said(page) and "You were right" not in said(page)
    page.text_input[0].set_value(new_code())
    page = press(page, "Show my result")
    assert "not the code" in said(page) and "You were right" not in said(page)
    page.text_input[0].set_value(CODE)
    assert "You were right" in said(press(page, "Show my result"))


def test_damaged_line_stops_nobody_from_taking_part(build):
    study = build()
    study.store.append([])
    with (study.folder / "votes.csv").open("a") as file:
        file.write("cats,p1,1,rest,s1\n")
    assert len(list(play(Browser()))) == 9


# --- what the browser asks, and what it is told


def rows(study):
    path = study.folder / "votes.csv"
    return list(csv.DictReader(open(path))) if path.exists() else []


def test_each_vote_is_on_disk_before_the_next_picture_may_show(build):
    study = build()
    for count, _ in enumerate(play(Browser(), choose=lambda trial: trial % 2 == 0), start=1):
        assert len(rows(study)) == count
    assert count == 9
    assert [row["phase"] for row in rows(study)[:2]] == ["practice"] * 2
    assert [row["judged_real"] for row in rows(study)] == ["false", "true"] * 4 + ["false"]
    assert {row["device"] for row in rows(study)} == {"phone"}
    assert {row["response_ms"] for row in rows(study)} == {"1234"}
    assert len({row["stimulus"] for row in rows(study)}) == 9


def test_answer_sent_twice_counts_once_and_the_first_stands(build):
    study = build()
    browser = Browser()
    browser.begin()
    assert browser.answer({"1": True}) == browser.answer({"1": False})
    assert [row["judged_real"] for row in rows(study)] == ["true"]


def test_second_tab_and_reload_are_the_same_participant_where_the_first_stopped(build):
    study = build()
    first = Browser()
    first.begin()
    first.answer({"1": True})
    second = Browser(code=new_code())  # the page of the second tab has made a code of its own
    second.cookies = first.cookies
    reply = second.begin()
    assert reply["code"] == CODE
    assert reply["page"]["trials"] == [2]
    assert len(study.store.allocations()) == 1


def test_stranger_without_the_cookie_is_another_participant(build):
    study = build()
    Browser().begin()
    Browser(code=new_code()).begin()
    assert len(study.store.allocations()) == 2


def test_cookie_is_hidden_from_scripts_and_names_only_the_study(build):
    build()
    browser = Browser()
    browser.begin()
    cookie = browser.received[0][1]["set-cookie"]
    assert cookie.startswith(f"huestory_study_cats={CODE};")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_someone_elses_turn_ends_the_session_in_this_browser(build):
    study = build()
    browser = Browser()
    browser.begin()
    status, _, headers = browser.ask("POST", "leave", {})
    assert status == 400, "a page of another site cannot end it"
    status, _, headers = browser.ask("POST", "leave", {}, headers=[(b"content-type", b"application/json")])
    assert status == 200 and headers["set-cookie"].startswith('huestory_study_cats="";') and "Max-Age=0" in str(headers)
    browser.cookies, browser.code = {}, new_code()
    assert browser.begin()["code"] == browser.code != CODE
    assert len(study.store.allocations()) == 2


def test_participant_who_deleted_everything_begins_anew_with_the_new_code(build):
    study = build()
    browser = Browser()
    browser.begin()
    study.forget(participant_of(CODE))
    assert browser.answer({"1": True})[0] == 410
    browser.code = new_code()
    assert browser.begin()["code"] == browser.code


def test_truth_is_in_nothing_that_the_browser_receives_before_the_answer(build):
    study = build()
    browser = Browser()
    replies = [browser.begin()]
    trials = study.enrol(participant_of(CODE), "phone")
    pictures = [browser.picture(trial.trial) for trial in trials]
    replies += list(play(browser))
    assert {phase for phase in (trial.phase for trial in trials)} == {"practice", "test", "catch"}
    assert len({len(content) for content, _ in pictures}) == 1
    assert len({json.dumps(headers, sort_keys=True) for _, headers in pictures}) == 1
    secrets = [TINT.name, VIVID.name, "catch", "is_real", "model", *(s.id for s in study.pool.stimuli)]
    secrets += [s.photo for s in study.pool.stimuli] + [s.sha256 for s in study.pool.stimuli]
    for path, headers, content in browser.received:
        for secret in secrets:
            assert secret not in path and secret not in json.dumps(headers)
            assert secret.encode() not in content
    for reply in replies:
        assert set(reply) <= {"code", "page", "ahead", "feedback"}
        assert set(reply["page"] or {}) <= {"trials", "practice", "number", "total", "least_ms", "exposure_ms"}
    told = [reply["feedback"] for reply in replies[1:]]
    truth = [{str(t.trial): study.pool.by_id[t.stimulus].is_real} for t in trials[:2]]
    assert told == truth + [{}] * 7, "only practice is told, afterwards"


def test_disk_full_is_told_and_nothing_counts_until_it_is_saved(build, monkeypatch):
    study = build()
    browser = Browser()
    browser.begin()
    browser.show(1)

    def full(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    write = os.write
    monkeypatch.setattr(os, "write", full)
    status, reply = browser.send({"1": True})
    assert status == 503 and "does not count yet" in reply["error"] and "saved" not in reply
    monkeypatch.setattr(os, "write", write)
    assert rows(study) == []
    assert browser.answer({"1": True})[0] == 200
    assert len(rows(study)) == 1


def test_disk_full_at_the_start_is_told(build, monkeypatch):
    build()

    def full(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    browser = Browser()
    status, reply, headers = browser.ask("POST", "begin", {"device": "phone"})
    assert status == 503 and "set-cookie" not in headers and "error" in reply


def test_closed_study_takes_no_answer_and_no_new_participant(build):
    study = build()
    browser = Browser()
    browser.begin()
    study.update(state="closed")
    assert browser.answer({"1": True})[0] == 409
    assert Browser(code=new_code()).ask("POST", "begin", {})[0] == 409
    assert rows(study) == []


@pytest.mark.parametrize("name", ["dogs", "..", "=cats"])
def test_unknown_study_is_refused(build, name):
    build()
    assert Browser(study=name).ask("POST", "begin", {})[0] in (400, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"choices": {}, "response_ms": 1}, 400),
        ({"choices": {"1": "true"}, "response_ms": 1}, 400),
        ({"choices": {"one": True}, "response_ms": 1}, 400),
        ({"choices": {"1": True}, "response_ms": -1}, 400),
        ({"choices": {"1": True}, "response_ms": 1.5}, 400),
        ({"choices": {"1": True}, "response_ms": True}, 400),
        ({"choices": {"1": True}, "response_ms": 1, "shown_ms": 0.5}, 400),
        ({"choices": {"1": True, "99": True}, "response_ms": 1}, 410),
    ],
)
def test_answer_that_our_page_does_not_make_is_refused(build, body, status):
    study = build()
    browser = Browser()
    browser.begin()
    assert browser.ask("POST", "answer", body)[0] == status
    assert rows(study) == []


NONSENSE = [b"", b"[]", b"{", b"\xff", b'{"a": "' + b"x" * 20_000 + b'"}']
NONSENSE += [b"[" * 8000 + b"]" * 8000, b'{"choices": {"1": true}, "response_ms": ' + b"9" * 5000 + b"}"]
NONSENSE += [b'{"choices": {"\\ud800": true}, "response_ms": 9}', b'{"choices": {"' + b"1" * 5000 + b'": true}}']


@pytest.mark.parametrize("raw", NONSENSE)
def test_answer_that_is_no_json_object_is_refused(build, raw):
    build()
    browser = Browser()
    browser.begin()
    assert browser.ask("POST", "answer", raw=raw)[0] == 400


@pytest.mark.parametrize("trial", ["1" * 5000, "-1", "x", "1.5", "%C2%B2"])
def test_a_picture_of_no_trial_is_refused(build, trial):
    build()
    browser = Browser()
    browser.begin()
    assert browser.ask("GET", f"picture/{trial}/only")[0] == 400


@pytest.mark.parametrize("code", ["", "cat", "../../etc/passwd"])
def test_without_a_code_nothing_is_given(build, code):
    build()
    assert Browser(code=code).ask("POST", "begin", {})[0] == 400
    assert Browser(code=code).ask("GET", "picture/1/only")[0] == 400


def test_picture_of_no_trial_of_ours_is_refused(build):
    build()
    browser = Browser()
    assert browser.ask("GET", "picture/1/only")[0] == 410, "before the beginning"
    browser.begin()
    assert browser.ask("GET", "picture/99/only")[0] == 410


@pytest.mark.parametrize("chosen", ["left", "right"])
def test_pair_is_a_vote_on_its_recoloured_picture_whichever_side_it_is_on(build, chosen):
    study = build(PAIRS)
    browser = Browser()
    replies = list(play(browser, choose=lambda trial: chosen == "left"))
    trials = study.enrol(participant_of(CODE), "phone")
    assert {trial.stimulus_left for trial in trials} == {True, False}
    for trial, row in zip(trials, rows(study), strict=True):
        assert (row["stimulus"], row["partner"], row["is_real"]) == (trial.stimulus, trial.partner, "false")
        assert row["judged_real"] == str(trial.stimulus_left == (chosen == "left")).lower()
        left, right = browser.picture(trial.trial, "left")[0], browser.picture(trial.trial, "right")[0]
        shown = {trial.stimulus: left, trial.partner: right}
        if not trial.stimulus_left:
            shown = {trial.stimulus: right, trial.partner: left}
        for stimulus, content in shown.items():
            assert content == study.pool.picture(stimulus)
    assert replies[0]["feedback"] == {"1": not trials[0].stimulus_left}


def test_grid_is_answered_at_once_after_its_practice(build):
    study = build(GRID)
    browser = Browser()
    assert browser.begin()["page"]["trials"] == [1, 2]
    replies = list(play(browser, choose=lambda trial: trial in (3, 4)))
    assert [len(reply["feedback"]) for reply in replies] == [2, 0]
    assert len(rows(study)) == 9
    assert sum(row["judged_real"] == "true" for row in rows(study)) == 2


def test_exposure_of_each_trial_is_told_to_the_browser_and_kept_with_its_vote(build):
    study = build(replace(SMALL, exposures_ms=(100, 300)))
    browser = Browser()
    browser.begin()
    trials = study.enrol(participant_of(CODE), "phone")
    for trial in trials:
        assert browser.begin()["page"]["exposure_ms"] == trial.exposure_ms
        browser.show(trial.trial)
        body = {"choices": {str(trial.trial): True}, "response_ms": 900, "shown_ms": trial.exposure_ms + 9}
        assert browser.ask("POST", "answer", body)[0] == 200
    assert {trial.exposure_ms for trial in trials} == {100, 300}
    assert [int(row["exposure_ms"]) for row in rows(study)] == [trial.exposure_ms for trial in trials]
    assert all(int(row["shown_ms"]) == int(row["exposure_ms"]) + 9 for row in rows(study))


@pytest.mark.parametrize(("prefix", "start"), [("", "/study-session/"), ("a/b", "/a/b/study-session/")])
def test_routes_lie_below_the_address_that_the_app_is_given(prefix, start):
    assert all(route.path.startswith(start) for route in survey_routes.routes(prefix))


def test_study_rebuilt_under_the_same_name_is_not_taken_for_the_old_one(build):
    study = build()
    old = {stimulus.id for stimulus in studies.open_study("cats").pool.stimuli}
    study.delete()
    build()
    assert not old & {stimulus.id for stimulus in studies.open_study("cats").pool.stimuli}
