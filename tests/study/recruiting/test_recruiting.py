import json
from dataclasses import replace
from datetime import timedelta

import pytest

from study.config import StudyStateError
from study.folder import Study
from study.questions.question import parse_questions
from study.recruiting import RecruitingError
from study.recruiting.panel import Ending, NoPanelIdError, Panel
from study.recruiting.quotas import FullError, Quota
from study.votes import allocation
from study.votes.allocation import AlreadyUsedError
from tests.studies import make_study
from tests.study_photos import SMALL, no_waiting_for_the_disk  # noqa: F401

PROLIFIC = Panel("PROLIFIC_PID", "https://app.prolific.com/submissions/complete?cc=C1AB", "SCREENED")


@pytest.fixture(params=["files", "database"])
def study(tmp_path, request, monkeypatch) -> Study:
    url = "" if request.param == "files" else f"sqlite:///{tmp_path / 'votes.db'}"
    monkeypatch.setenv("HUESTORY_DATABASE_URL", url)
    return make_study(tmp_path / "cats", target_participants=2)


def finish(study, participant, **options) -> None:
    trials = study.enrol(participant, options.pop("device", "phone"), **options)
    study.answer(participant, {trial.trial: True for trial in trials}, 900, "1.0.0")


def test_panel_id_stands_with_the_votes_and_begins_once(study):
    study.update(panel=PROLIFIC)
    finish(study, "p1", external_id="5f2ab3")
    assert {vote.external_id for vote in study.store.read()} == {"5f2ab3"}
    assert study.enrol("p1", "phone"), "who goes on need not name it again"
    with pytest.raises(AlreadyUsedError):
        study.enrol("p2", "phone", external_id="5f2ab3")
    assert Study(study.folder).config.panel == PROLIFIC


@pytest.mark.parametrize("sent", ["", "{{%PROLIFIC_PID%}}", "=1+1", "x" * 65])
def test_link_that_lacks_the_panel_id_begins_nothing(study, sent):
    study.update(panel=PROLIFIC)
    with pytest.raises(NoPanelIdError, match="PROLIFIC_PID must have 1 to 64 letters"):
        study.enrol("p1", "phone", external_id=sent)


def test_without_a_panel_no_id_is_kept(study):
    finish(study, "p1", external_id="5f2ab3")
    assert {vote.external_id for vote in study.store.read()} == {""}


def test_quota_of_devices_takes_who_fits_and_counts_drop_outs_no_more(study, monkeypatch):
    study.update(quotas=(Quota("device", "phone", 2), Quota("device", "tablet", 0)))
    finish(study, "p1")
    study.enrol("p2", "phone")
    with pytest.raises(FullError, match="device phone: 2 of 2"):
        study.enrol("p3", "phone")
    with pytest.raises(FullError, match="device tablet: 0 of 0"):
        study.enrol("p3", "tablet")
    study.enrol("p4", "desktop")
    study.enrol("p2", "phone")
    monkeypatch.setattr(allocation, "OPEN_ALLOCATION", timedelta(0))
    study.enrol("p3", "phone")  # p2 has left


def test_quota_of_answers_takes_who_fits(study, tmp_path):
    other = make_study(tmp_path / "dogs", questions=parse_questions(["gender"]))
    other.update(quotas=(Quota("gender", "woman", 1),))
    for participant, gender in (("p1", "woman"), ("p2", "woman"), ("p3", "man")):
        other.save_answers(participant, "before", {"gender": gender}, "en", "1.0.0")
    other.enrol("p1", "phone")
    with pytest.raises(FullError, match="gender woman: 1 of 1"):
        other.enrol("p2", "phone")
    other.enrol("p3", "phone")
    other.enrol("p4", "phone")


def test_study_closes_itself_when_its_participants_have_finished(study):
    study.update(closes_itself=True)
    finish(study, "p1")
    study.enrol("p2", "phone")
    with pytest.raises(FullError, match="has 2"):
        study.enrol("p3", "phone")
    assert study.config.state == "open", "p2 is in the middle"
    finish(study, "p2")
    assert study.config.state == "closed"
    with pytest.raises(StudyStateError):
        study.enrol("p3", "phone")


def test_study_closes_itself_after_its_last_day(study, tmp_path):
    other = make_study(tmp_path / "dogs", end_date="2020-01-01")
    other.update(closes_itself=True)
    with pytest.raises(FullError):
        other.enrol("p1", "phone")
    assert other.config.state == "closed"


def test_who_left_in_the_middle_does_not_keep_a_study_open(study, monkeypatch):
    study.update(closes_itself=True)
    study.enrol("p0", "phone")
    monkeypatch.setattr(allocation, "OPEN_ALLOCATION", timedelta(0))
    finish(study, "p1")
    finish(study, "p2")
    assert study.config.state == "closed"


def test_closing_itself_needs_a_number_or_a_day(tmp_path):
    with pytest.raises(StudyStateError, match="Neither is set"):
        make_study(tmp_path / "dogs").update(closes_itself=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"parameter": "study"},
        {"parameter": "a b"},
        {"completion": "http://panel.example/x"},
        {"completion": "javascript:alert(1)"},
        {"screened_out": 'https://x.example/"><script>'},
        {"screened_out": "two words"},
    ],
)
def test_panel_that_cannot_be_used_is_refused(wrong):
    with pytest.raises(RecruitingError, match="Received"):
        Panel(**{"parameter": "workerId", **wrong})


@pytest.mark.parametrize("wrong", [("device", "watch", 1), ("device", "phone", -1), ("", "x", 1), ("age", "", 1)])
def test_quota_that_cannot_be_used_is_refused(wrong):
    with pytest.raises(RecruitingError, match="Received"):
        Quota(*wrong)


def test_ending_is_an_address_with_the_id_filled_in_or_a_code():
    assert Ending.of("https://x.example/done?id={external_id}", "a b&c") == Ending(
        "https://x.example/done?id=a%20b%26c"
    )
    assert Ending.of("C1AB", "x") == Ending(code="C1AB")


def test_link_asks_prolific_to_fill_in_its_three_ids():
    assert PROLIFIC.query() == "&PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
    assert replace(PROLIFIC, parameter="").query() == ""


def test_configuration_of_an_earlier_version_has_no_panel_and_no_quotas(tmp_path):
    study = make_study(tmp_path / "dogs", SMALL)
    path = study.folder / "study.json"
    values = json.loads(path.read_text())
    for name in ("panel", "quotas", "closes_itself"):
        del values[name]
    path.write_text(json.dumps(values))
    config = Study(study.folder).config
    assert (config.panel, config.quotas, config.closes_itself) == (Panel(), (), False)


@pytest.mark.parametrize(("trait", "value"), [("height", "tall"), ("gender", "tall"), ("comment", "written")])
def test_quota_that_never_fills_is_refused(tmp_path, trait, value):
    study = make_study(tmp_path / "cats", questions=parse_questions(["gender", "comment"]))
    with pytest.raises(StudyStateError, match=rf"device, gender\). Received {trait}={value}"):
        study.update(quotas=(Quota(trait, value, 3),))
    assert study.config.quotas == ()
    study.update(quotas=(Quota("gender", "woman", 3), Quota("device", "phone", 3)))
    assert len(study.config.quotas) == 2


def test_questions_that_a_quota_is_about_cannot_be_taken_away(tmp_path):
    study = make_study(tmp_path / "cats", state="draft", questions=parse_questions(["gender"]))
    study.update(quotas=(Quota("gender", "woman", 3),))
    with pytest.raises(StudyStateError, match="gender=woman"):
        study.update(questions=())
