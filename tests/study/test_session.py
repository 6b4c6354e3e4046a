from study.participants import participant_of
from study.sampling import Trial
from study.session import feedback, next_page, outcomes, pages_ahead, picture_at, right_choice, to_judged_real
from tests.studies import make_study
from tests.study_photos import SMALL

CODE = "K7QM-2F9X-WBTA-3HNC"


def test_next_page_counts_practice_apart_and_looks_one_ahead():
    phases = ["practice", "practice", "test", "catch", "test"]
    trials = [Trial(number, phase, f"s{number}") for number, phase in enumerate(phases, start=1)]
    page = next_page(trials, {}, "single")
    assert (page.trials, page.practice, page.number, page.total) == ((1,), True, 1, 2)
    page, ahead = pages_ahead(trials, {1: True, 2: False, 3: True}, "single")
    assert (page.trials, page.practice, page.number, page.total) == ((4,), False, 2, 3)
    assert ahead.trials == (5,)
    assert next_page(trials, {1: True, 2: True}, "grid").trials == (3, 4, 5)
    assert pages_ahead(trials, dict.fromkeys(range(1, 6), True), "single") == (None, None)


def test_in_pairs_a_choice_is_a_side_and_a_vote_is_about_the_recoloured_picture():
    here = Trial(1, "test", "s1", partner="r1", stimulus_left=True)
    there = Trial(2, "test", "s2", partner="r2", stimulus_left=False)
    assert [to_judged_real(here, left) for left in (True, False)] == [True, False]
    assert [to_judged_real(there, left) for left in (True, False)] == [False, True]
    assert [to_judged_real(Trial(3, "test", "s3"), choice) for choice in (True, False)] == [True, False]
    assert (right_choice(None, here), right_choice(None, there)) == (False, True)


def test_feedback_is_for_practice_only(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    study = make_study(tmp_path / "cats")
    trials = {trial.trial: trial for trial in study.preview()}
    truth = {str(n): study.pool.by_id[trials[n].stimulus].is_real for n in range(1, SMALL.practice + 1)}
    assert feedback(study, trials, dict.fromkeys(trials, True)) == truth
    assert picture_at(study, trials[1], "left") == study.pool.picture(trials[1].stimulus)


def test_outcomes_come_when_everything_is_answered_and_leave_catch_trials_out(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    study, participant = make_study(tmp_path / "cats"), participant_of(CODE)
    assert outcomes(study, CODE) is None
    trials = study.enrol(participant, "phone")
    study.answer(participant, {trial.trial: True for trial in trials[:-1]}, 900, "0.1.0")
    assert outcomes(study, CODE) is None
    study.answer(participant, {trials[-1].trial: True}, 900, "0.1.0")
    counted = [trial.stimulus for trial in trials if trial.phase == "test"]
    found = outcomes(study, CODE)
    assert [each.stimulus for each in found] == counted
    assert [each.is_right for each in found] == [study.pool.by_id[stimulus].is_real for stimulus in counted]
