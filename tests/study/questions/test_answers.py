import errno
import os
from dataclasses import replace

import pytest

from storage.files import NotSavedError
from study.questions.answers import Answer, Comment, answers_csv, comments_csv
from study.questions.question import BadQuestionError
from study.questions.sql_answers import DatabaseAnswers
from study.questions.store import open_answers
from study.votes.record import BadVoteError
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401

AGE = Answer("cats", "p1", "before", "age_group", "25-34", "de", "1.0.0", "2026-11-27T10:00:00.000Z")
LIGHT = replace(AGE, question="ambient_light", answer="dim")
WORDS = Comment("p1", 'Nice, "really"\nnice: señor!', "es", "2026-11-27T10:05:00.000Z")


@pytest.fixture(params=["files", "sqlite", "postgresql"])
def another(request, tmp_path):
    """A function that opens the answers anew, as another server does."""
    url = {"files": "", "sqlite": f"sqlite:///{tmp_path}/votes.db"}.get(request.param)
    if url is None:
        url = request.getfixturevalue("postgres_url")
        for study in ("cats", "dogs"):
            DatabaseAnswers(study, url).clear()
    return lambda study="cats": open_answers(study, tmp_path / study, url)


def test_what_is_saved_is_read_by_every_server(another):
    store, other = another(), another()
    assert other.read() == [] and other.comments() == []
    store.save([AGE, LIGHT], [WORDS])
    assert other.read() == [AGE, LIGHT] and other.comments() == [WORDS]
    assert other.answers_of("p1") == {"age_group": "25-34", "ambient_light": "dim"} and other.answers_of("p2") == {}
    assert another("dogs").read() == []


def test_first_answer_to_a_question_counts(another):
    store = another()
    store.save([AGE, replace(AGE, answer="35-44")])
    another().save([replace(AGE, answer="45-54"), LIGHT])
    assert store.answers_of("p1") == {"age_group": "25-34", "ambient_light": "dim"}


def test_everything_of_a_participant_is_deleted_and_nothing_of_others(another):
    store = another()
    theirs = replace(AGE, participant_id="p11")
    store.save([AGE, LIGHT, theirs], [WORDS, replace(WORDS, participant_id="p11")])
    assert another().delete("p1") == 3
    assert store.read() == [theirs] and [each.participant_id for each in store.comments()] == ["p11"]
    store.clear()
    assert store.read() == [] and another().comments() == []


def test_full_disk_is_said_and_nothing_counts(tmp_path, monkeypatch):
    store = open_answers("cats", tmp_path, "")

    def full(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(NotSavedError):
            store.save([AGE])
    assert store.read() == []


def test_file_of_a_later_version_is_read_and_keeps_its_columns(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text(f"study,mood,{','.join(answers_csv([]).strip().split(',')[1:])}\ncats,good,{AGE.line()[5:]}\n")
    store = open_answers("cats", tmp_path, "")
    assert store.read() == [AGE]
    store.save([LIGHT])
    assert open_answers("cats", tmp_path, "").read() == [AGE, LIGHT]
    assert file.read_text().splitlines()[1].endswith(",good")


def test_answers_are_codes_and_comments_are_short():
    with pytest.raises(BadVoteError):
        replace(AGE, answer="=HYPERLINK(1)")
    with pytest.raises(BadQuestionError):
        replace(AGE, moment="later")
    with pytest.raises(BadQuestionError):
        replace(WORDS, text=" ")
    with pytest.raises(BadQuestionError):
        replace(WORDS, text="x" * 2001)


def test_comments_leave_without_their_writers_and_without_formulas():
    text = comments_csv([WORDS, replace(WORDS, text="=1+1", participant_id="p2")])
    assert text.splitlines()[:2] == ["language,comment", "es,'=1+1"] and "p1" not in text
