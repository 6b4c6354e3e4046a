"""Questions to participants on the survey page, and on the organizer's."""

import json

from pages.parts.organizer import questionnaire
from study.consent import about_questions
from study.participants import participant_of
from study.questions.question import STANDARD
from tests.page_actions import labels, open_page, press, said
from tests.pages.participant import CODE
from tests.pages.test_survey_page import BEGUN, build, data, finish  # noqa: F401
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401

PERSON = participant_of(CODE)


def test_questions_are_named_in_the_consent_and_asked_before_the_pictures(build):  # noqa: F811
    questions = [STANDARD[name] for name in ("age_group", "plates", "comment")]
    study = build(questions=questions)
    page = open_page("survey", study="cats")
    assert about_questions(questions) in said(page).replace("\\", "") and "How old are you?" in said(page)
    page = open_page("survey", study="cats", session=BEGUN)
    assert labels(page.selectbox)[:2] == ["How old are you?", "Picture 1"], "the form, and no picture yet"
    assert "Your code" not in said(page)
    page.selectbox[0].set_value("25-34")
    page = press(page, "Continue")
    assert study.answer_store.answers_of(PERSON)["age_group"] == "25-34"
    assert study.answer_store.answers_of(PERSON)["plates-control"] == "not-said"
    assert "Your code" in said(page) and not page.selectbox


def test_questions_after_the_pictures_come_before_the_result(build):  # noqa: F811
    study = build(questions=[STANDARD["comment"]], languages=("es",))
    finish(study)
    page = open_page("survey", study="cats", session=BEGUN)
    assert "Gracias" not in [each.value for each in page.title]
    page.text_area[0].set_value("Todo bien")
    page = press(page, "Continuar")
    assert [each.text for each in study.answer_store.comments()] == ["Todo bien"]
    assert "Gracias" in [each.value for each in page.title]


def test_closed_study_shows_the_result_without_further_questions(build):  # noqa: F811
    study = build(questions=[STANDARD["comment"]])
    finish(study)
    study.update(state="closed")
    assert "You were right" in said(open_page("survey", study="cats", session=BEGUN))


def test_answers_of_somebody_who_saw_no_picture_are_deleted_by_the_code(build):  # noqa: F811
    study = build(questions=[STANDARD["age_group"]])
    study.save_answers(PERSON, "before", {}, "en", "1.0.0")
    page = open_page("survey", study="cats")
    page.text_input[0].set_value(CODE)
    assert "Nothing of you is left" in said(press(page, "Delete my answers")) and study.answer_store.read() == []


def test_organizers_own_questions_are_read_from_json():
    own = {"id": "expert", "moment": "after", "text": "Are you one?", "options": {"yes": "Yes", "no": "No"}}
    (question, age) = questionnaire._read(json.dumps([own, "age_group"]).encode())
    assert question.options == own["options"] and age == STANDARD["age_group"]
