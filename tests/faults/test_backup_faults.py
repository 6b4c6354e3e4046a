"""A backup that is made while a server takes votes: nothing that was acknowledged before is missing, and all fits."""

import os
import subprocess
import sys
import threading
import time

import pytest

from accounts.service import open_accounts
from study.folder import Study
from study.participants import new_code, participant_of
from study.protocol import StudyProtocol
from study.questions.question import STANDARD
from study.session import to_judged_real
from tests.browser.conftest import serve, settings
from tests.conftest import ROOT
from tests.crowd import take_part_at_once
from tests.people import PASSWORD
from tests.studies import make_study

PROTOCOL = StudyProtocol("crowd", real=20, recolored=20, catch=0, practice=0)


def study_command(environment: dict[str, str], *arguments: object) -> str:
    command = [sys.executable, "-m", "study", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answer_questions(study: Study, stop: threading.Event) -> list[tuple[str, float]]:
    """Let one participant after another answer questions and comment; returns who, and when it was saved."""
    saved = []
    while not stop.is_set():
        participant = participant_of(new_code())
        study.save_answers(participant, "after", {}, "en", "0.1.0", comment=f"I am {participant}")
        saved.append((participant, time.time()))
        time.sleep(0.05)
    return saved


@pytest.mark.parametrize("kind", ["csv", pytest.param("sqlite", marks=pytest.mark.long)])
def test_backup_of_a_running_server_loses_nothing_that_was_acknowledged(tmp_path, kind, monkeypatch):
    url = f"sqlite:///{tmp_path}/votes.db" if kind == "sqlite" else ""
    before, after = settings(tmp_path / "data", url), settings(tmp_path / "again", url.replace("votes.db", "again.db"))
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    study = make_study(
        tmp_path / "data" / "studies" / "cats", PROTOCOL, photos=40, state="draft", questions=[STANDARD["comment"]]
    )
    study.update(state="open", begins_per_minute=1000)
    open_accounts().register("ada", PASSWORD, "1.2.3.4")
    stop, moments, comments = threading.Event(), [], []

    def back_up() -> None:
        time.sleep(4)
        moments.append(time.time())
        study_command(before, "backup", tmp_path / "backup.zip")
        moments.append(time.time())
        time.sleep(1)
        stop.set()

    with serve(tmp_path / "data", tmp_path / "log.txt", url) as address:
        threads = [
            threading.Thread(target=back_up),
            threading.Thread(target=lambda: comments.extend(answer_questions(study, stop))),
        ]
        for thread in threads:
            thread.start()
        diaries = take_part_at_once(address, "cats", 12, lambda rng: rng.uniform(0.3, 0.5), stop.is_set)
        for thread in threads:
            thread.join()

    begun, ended = moments
    study_command(after, "restore", tmp_path / "backup.zip")
    monkeypatch.setenv("HUESTORY_DATA", after["HUESTORY_DATA"])
    monkeypatch.setenv("HUESTORY_DATABASE_URL", after["HUESTORY_DATABASE_URL"])
    restored = Study(tmp_path / "again" / "studies" / "cats")
    votes = {(vote.participant_id, vote.trial): vote for vote in restored.store.read()}
    acknowledged = [(d, number, *said) for d in diaries for number, said in d.acknowledged.items()]
    assert {at < begun for *_, at in acknowledged} == {True, False}, "votes came before the backup and later"
    assert any(at > ended for *_, at in acknowledged), "the server went on"
    for diary, number, choice, at in acknowledged:
        allocation = restored.store.allocation_of(diary.participant)
        vote = votes.get((diary.participant, number))
        assert vote or at > begun, "acknowledged before the backup, and not in it"
        if vote:
            assert allocation, "whoever has voted has begun"
            [trial] = [each for each in restored.enrol(diary.participant, "phone") if each.trial == number]
            assert (vote.stimulus, vote.judged_real) == (trial.stimulus, to_judged_real(trial, choice))
    assert len(votes) == len(restored.store.read()) <= len(acknowledged), "nothing twice, nothing made up"

    answered = {answer.participant_id for answer in restored.answer_store.read()}
    written = {comment.participant_id: comment.text for comment in restored.answer_store.comments()}
    for participant, at in comments:
        assert at > begun or (participant in answered and written[participant] == f"I am {participant}")
    actions = [event.action for event in restored.trail.read()]
    assert (actions[0], actions[-1]) == ("built", "restored") and "opened" in actions
    assert open_accounts().sign_in("ada", PASSWORD, "1.2.3.4")
    assert restored.report().all_rates.real.n_votes > 0
