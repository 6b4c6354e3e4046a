"""The survey for people whom a panel sends, such as Prolific's."""

import csv

import pytest
import streamlit as st

from study.participants import new_code, participant_of
from study.recruiting.panel import Panel
from study.recruiting.quotas import Quota
from tests.page_actions import labels, open_page, press, said
from tests.pages.participant import CODE, Browser, play
from tests.pages.test_survey_page import build, data, finish  # noqa: F401
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401

BACK, AWAY = "https://app.prolific.com/submissions/complete?cc=DONE", "https://app.prolific.com/x?cc=AWAY"
PROLIFIC = Panel("PROLIFIC_PID", BACK, AWAY)
SENT = {"PROLIFIC_PID": "5f2ab3", "STUDY_ID": "s1", "SESSION_ID": "t1"}
BEGUN = {"survey_codes": {"cats": CODE}}


@pytest.fixture
def study(build):  # noqa: F811
    study = build(target_participants=2)
    study.update(panel=PROLIFIC)
    return study


def begin(browser, external_id="5f2ab3", device="phone") -> tuple[int, dict]:
    return browser.ask("POST", "begin", {"device": device, "external_id": external_id})[:2]


def links(page) -> list[str]:
    return [element.proto.url for element in page.get("link_button")]


def test_consent_says_that_the_panels_id_is_kept(study):
    page = open_page("survey", study="cats", **SENT)
    assert "participant id, `5f2ab3`. It is kept with your answers" in said(page)
    assert "I agree, start" in labels(page.button) and links(page) == []


@pytest.mark.parametrize("sent", [{}, {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}, {"PROLIFIC_PID": "a b"}])
def test_link_without_an_id_is_sent_back(study, sent):
    page = open_page("survey", study="cats", **sent)
    assert "participant id is missing" in said(page) and "I agree, start" not in labels(page.button)
    assert begin(Browser(), sent.get("PROLIFIC_PID", ""))[0] == 403


def test_votes_have_the_id_and_the_way_back_is_shown_at_the_end_only(study):
    browser = Browser()
    assert begin(browser)[0] == 200
    list(play(browser))
    assert BACK not in str(browser.received)
    rows = list(csv.DictReader((study.folder / "votes.csv").read_text().splitlines()))
    assert {row["external_id"] for row in rows} == {"5f2ab3"}
    assert links(open_page("survey", study="cats", session=BEGUN, **SENT)) == [BACK]
    study.update(panel=Panel("PROLIFIC_PID", "C1AB"))
    page = open_page("survey", study="cats", session=BEGUN, **SENT)
    assert [code.value for code in page.code] == ["C1AB"]


def test_panel_id_begins_once(study):
    assert begin(Browser())[0] == 200
    status, reply = begin(Browser(code=new_code()))
    assert status == 403 and "used already" in reply["error"]


def test_next_person_of_the_panel_at_the_same_computer_is_another_participant(study, monkeypatch):
    browser = Browser()
    begin(browser)
    browser.code = new_code()
    assert begin(browser, "6a7b")[1]["code"] == browser.code
    assert [each.external_id for each in study.store.allocations()] == ["5f2ab3", "6a7b"]
    monkeypatch.setattr(type(st.context), "cookies", {"huestory_study_cats": CODE})
    assert "I agree, start" in labels(open_page("survey", study="cats", PROLIFIC_PID="another").button)


def test_who_reloads_after_the_end_still_gets_the_way_back(study, monkeypatch):
    trials = study.enrol(participant_of(CODE), "phone", external_id="5f2ab3")
    study.answer(participant_of(CODE), {trial.trial: True for trial in trials}, 900, "1.0.0")
    monkeypatch.setattr(type(st.context), "cookies", {"huestory_study_cats": CODE})
    assert links(open_page("survey", study="cats", **SENT)) == [BACK]


def test_full_quota_turns_away_with_the_other_address(study):
    study.update(quotas=(Quota("device", "phone", 0),))
    browser = Browser()
    assert begin(browser) == (200, {"refused": True}) and browser.cookies == {}
    page = open_page("survey", study="cats", session={"survey_refused": {"cats"}}, **SENT)
    assert links(page) == [AWAY] and "of your kind" in said(page)
    assert begin(Browser(), device="desktop")[0] == 200


def test_full_or_closed_study_turns_away_with_the_other_address(study):
    study.update(closes_itself=True)
    for number in range(2):
        study.enrol(f"p{number}", "phone", external_id=f"e{number}")
    page = open_page("survey", study="cats", **SENT)
    assert links(page) == [AWAY] and "all the participants that it needs" in said(page)
    assert begin(Browser())[1] == {"refused": True}
    study.update(state="closed")
    assert links(open_page("survey", study="cats", **SENT)) == [AWAY]
    study.update(panel=Panel("PROLIFIC_PID", "C1AB", "AWAY1"))
    assert [code.value for code in open_page("survey", study="cats", **SENT).code] == ["AWAY1"]


def test_study_without_a_panel_ignores_its_parameters(build):  # noqa: F811
    study = build()
    page = open_page("survey", study="cats", **SENT)
    assert "participant id" not in said(page)
    begin(Browser())
    assert study.store.allocations()[0].external_id == ""


def test_participant_who_read_the_earlier_consent_is_recorded_with_its_version(build):  # noqa: F811
    study = build(consent="First.")
    page = press(open_page("survey", study="cats"), "I agree, start")
    assert page.session_state.survey_agreed == {"cats": 1}
    study.update(consent="Second.")
    status, _, _ = Browser().ask("POST", "begin", {"device": "phone", "consent_version": 1})
    assert status == 200 and study.store.allocations()[0].consent_version == 1
    assert "Second." in said(open_page("survey", study="cats"))
    status, _, _ = Browser(code=new_code()).ask("POST", "begin", {"device": "phone", "consent_version": "1"})
    assert status == 400
