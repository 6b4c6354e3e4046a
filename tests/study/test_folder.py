from collections import Counter

import pytest

from colorizer import images
from study import StudyError
from study.analysis.statistics import NoVotesError
from study.config import MissingStudyError, StudyStateError
from study.creating import create_study
from study.finding import find_study, list_studies, studies_folder, study_id
from study.folder import Study, UnknownTrialError
from study.pool.photos import Photos
from study.protocol import PRESETS, StudyProtocol
from study.questions.question import STANDARD, BadQuestionError
from study.recruiting.quotas import FullError
from study.votes.csv_file import read_votes
from study.votes.record import BadVoteError, check_id
from tests.studies import make_study
from tests.study_photos import (  # noqa: F401
    PIPELINE,
    SMALL,
    TINT,
    VIVID,
    files,
    no_waiting_for_the_disk,
    png,
)


def create(path, protocol=SMALL, conditions=(TINT,), photos=12, **options):
    options = {"state": "open", **options}
    return create_study(path, Photos.from_files(files(photos)), conditions, PIPELINE, protocol, "0.1.0", **options)


@pytest.fixture(params=["csv", "sqlite"])
def study(request, tmp_path, monkeypatch):
    url = "" if request.param == "csv" else f"sqlite:///{tmp_path}/h.db"
    monkeypatch.setenv("HUESTORY_DATABASE_URL", url)
    return create(tmp_path / "cats")


def take_part(study, participant, judge=lambda picture: picture.is_real, response_ms=2000):
    for trial in study.enrol(participant, "phone"):
        judged_real = judge(study.pool.by_id[trial.stimulus])
        assert study.answer(participant, {trial.trial: judged_real}, response_ms, "0.1.0") == 1


def test_a_study_remembers_what_was_decided(tmp_path):
    study = create(tmp_path / "cats", title="Cats & co", consent="Please.", state="draft")
    config = Study(tmp_path / "cats").config
    assert config == study.config
    assert (config.study, config.title, config.consent, config.state) == ("cats", "Cats & co", "Please.", "draft")
    assert config.protocol == SMALL
    assert not config.shrunk


def test_a_small_collection_makes_a_demonstration(tmp_path):
    config = create(tmp_path / "demo", PRESETS["balanced"], photos=6).config
    assert config.shrunk
    assert config.demonstration
    assert not create(tmp_path / "nearly", PRESETS["balanced"], photos=20).config.demonstration
    assert config.preset == "balanced"
    assert config.protocol.photos == 6
    assert "6 pictures" in config.consent


def test_a_session_from_consent_to_report(study):
    for n in range(6):
        take_part(study, f"p{n}", lambda picture: picture.is_real or picture.model == "tinted")
    votes = study.store.read()
    assert Counter(vote.phase for vote in votes) == {"practice": 12, "test": 36, "catch": 6}
    assert [vote.trial for vote in votes if vote.participant_id == "p0"] == list(range(1, 10))
    result = study.report()
    assert (result.rates.models["tinted"].rate, result.rates.real.rate) == (1, 1)
    assert result.excluded == {}
    attendance = study.attendance()
    assert (attendance.started, attendance.finished) == (6, 6)


def test_the_rules_of_the_study_are_applied(study):
    take_part(study, "p1")
    take_part(study, "p2", response_ms=10)
    assert study.report().excluded == {"p2": ["too_fast"]}


def test_an_answer_stands(study):
    study.enrol("p1", "phone")
    assert study.answer("p1", {1: True}, 900, "0.1.0") == 1
    assert study.answer("p1", {1: False}, 900, "0.1.0") == 0
    assert study.answers("p1") == {1: True}


def test_a_page_of_answers_is_saved_together(study):
    trials = study.enrol("p1", "phone")
    assert study.answer("p1", {trial.trial: True for trial in trials}, 9000, "0.1.0") == 9
    assert len(study.answers("p1")) == 9


def test_a_reload_resumes_with_the_same_trials(study):
    first = study.enrol("p1", "phone")
    study.answer("p1", {1: True, 2: False}, 900, "0.1.0")
    again = Study(study.folder)
    assert again.enrol("p1", "desktop") == first
    assert again.answers("p1") == {1: True, 2: False}
    assert {vote.device for vote in again.store.read()} == {"phone"}


def test_drop_outs_are_seen(study):
    take_part(study, "p1")
    study.enrol("p2", "phone")
    study.answer("p2", {1: True}, 900, "0.1.0")
    attendance = study.attendance()
    assert (attendance.started, attendance.finished) == (2, 1)


def test_forged_answers_are_refused(study):
    study.enrol("p1", "phone")
    with pytest.raises(UnknownTrialError, match=r"1 to 9\. Received 10"):
        study.answer("p1", {1: True, 10: True}, 900, "0.1.0")
    with pytest.raises(UnknownTrialError, match="must begin"):
        study.answer("p2", {1: True}, 900, "0.1.0")
    with pytest.raises(BadVoteError, match="response_ms"):
        study.answer("p1", {1: True}, -5, "0.1.0")
    with pytest.raises(BadVoteError, match="participant_id"):
        study.enrol("=cmd", "phone")
    assert study.store.read() == []


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_only_an_open_study_takes_people_and_votes(study, state):
    study.enrol("p1", "phone")
    study.update(state=state)
    with pytest.raises(StudyStateError, match=f"is {state}"):
        study.answer("p1", {1: True}, 900, "0.1.0")
    with pytest.raises(StudyStateError, match=f"is {state}"):
        study.enrol("p2", "phone")
    assert len(study.enrol("p1", "phone")) == 9  # who has begun is told where they stand
    assert len(study.preview()) == 9
    assert len(study.store.allocations()) == 1


def test_what_may_change_and_what_may_not(study):
    assert study.update(title="New", consent="Other", state="closed", results_public=True).title == "New"
    assert Study(study.folder).config.results_public is True
    with pytest.raises(StudyStateError, match="protocol"):
        study.update(protocol=PRESETS["balanced"])
    with pytest.raises(StudyStateError, match="Received 'ajar'"):
        study.update(state="ajar")


def test_a_participant_is_forgotten(study):
    take_part(study, "p1")
    take_part(study, "p2")
    assert study.forget("p1") == 9
    assert {vote.participant_id for vote in study.store.read()} == {"p2"}
    assert study.attendance().started == 1


def test_many_participants_share_the_pool_evenly(study):
    for n in range(12):
        take_part(study, f"p{n}")
    shown = Counter(vote.stimulus for vote in study.store.read() if vote.phase == "test")
    for real in (True, False):
        counts = [shown[s.id] for s in study.pool.stimuli if s.role == "test" and s.is_real == real]
        assert max(counts) - min(counts) <= 1


def test_export_is_the_contract_csv(study, tmp_path):
    take_part(study, "p1")
    assert study.export(tmp_path / "out.csv") == 9
    assert read_votes(tmp_path / "out.csv") == study.store.read()


def test_a_study_is_deleted_with_its_votes(study):
    take_part(study, "p1")
    store = study.store
    study.delete()
    assert not study.folder.exists()
    assert store.read() == []


def test_no_votes_no_report(study):
    with pytest.raises(NoVotesError):
        study.report()


def test_pairs_keep_the_original_as_partner(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    study = create(
        tmp_path / "pairs", StudyProtocol("p", "pairs", real=0, recolored=6, catch=1, practice=2), (TINT, VIVID)
    )
    take_part(study, "p1", judge=lambda picture: False)
    for vote in study.store.read():
        assert not vote.is_real
        assert study.pool.by_id[vote.partner].is_real
        assert study.pool.photo_of[vote.partner] == study.pool.photo_of[vote.stimulus]
    assert study.report().rates.models["vivid"].rate == 0


def test_building_again_changes_nothing(study):
    before = study.config
    create(study.folder, title="Other")
    assert study.config == before


def test_refused_photographs_are_known(tmp_path):
    source = files(9) | {"grey.png": png(images.to_gray(images.read(files(1)["holiday/IMG_000.png"]).pixels))}
    study = create_study(tmp_path / "s", Photos.from_files(source), (TINT,), PIPELINE, SMALL, "0.1.0")
    assert [entry["name"] for entry in study.pool.refused] == ["grey.png"]


def test_studies_are_found_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    create(tmp_path / "studies" / "cats")
    (tmp_path / "studies" / "broken").mkdir()
    (tmp_path / "studies" / "broken" / "study.json").write_text("{")
    assert [study.config.study for study in list_studies(studies_folder())] == ["cats"]
    assert find_study("cats").config.study == "cats"
    with pytest.raises(MissingStudyError):
        find_study("dogs")
    with pytest.raises(MissingStudyError):
        find_study("broken")
    for path in ("../cats", "", "/etc"):
        with pytest.raises(BadVoteError):
            find_study(path)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("cats", "cats"), ("My cats & dogs", "My-cats-dogs"), ("_x", "x"), ("v1.2", "v1.2"), ("Café", "Cafe")],
)
def test_a_study_is_called_like_its_folder(tmp_path, folder, expected):
    assert study_id(tmp_path / folder) == expected


def test_names_in_any_script_have_an_id_each(tmp_path):
    names = ["日本", "東京", "Фото", "Фото 2", "Cats 日本", "Cats 東京"]
    ids = [study_id(tmp_path / name) for name in names]
    assert len(set(ids)) == len(names) and ids[4].startswith("Cats-") and len(study_id(tmp_path / ("ж" * 90))) <= 64
    for each in ids:
        check_id("study", each)


def test_study_in_a_folder_of_any_script_is_found_by_its_id(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    ids = [create(studies_folder() / name).config.study for name in ("日本", "東京")]
    assert [find_study(each).folder.name for each in ids] == ["日本", "東京"]


def test_plan_is_set_before_the_study_is_opened_and_never_after(tmp_path):
    study = create(tmp_path / "cats", conditions=(TINT, VIVID), state="draft")
    study.update(target_participants=41, end_date="2026-12-24", compared=("tinted", "vivid"))
    assert study.update(state="open").opened_at
    with pytest.raises(StudyStateError, match="fixed"):
        study.update(target_participants=42)
    study.update(state="draft")
    with pytest.raises(StudyStateError, match="fixed"):
        study.update(end_date=None)
    config = Study(study.folder).config
    assert (config.target_participants, config.end_date, config.compared) == (41, "2026-12-24", ("tinted", "vivid"))
    assert [config.stops(n, day) for n, day in ((40, "2026-12-24"), (41, "2026-12-01"), (0, "2026-12-25T00:00Z"))] == [
        False,
        True,
        True,
    ]


def test_a_planned_comparison_is_of_models_of_the_study(tmp_path):
    with pytest.raises(StudyStateError, match=r"tinted, vivid\). Received cubist"):
        make_study(tmp_path / "cats", compared=("tinted", "cubist"))
    assert not (tmp_path / "cats").exists(), "nothing was built"
    study = make_study(tmp_path / "cats", state="draft")
    with pytest.raises(StudyStateError, match="Received cubist"):
        study.update(compared=("tinted", "cubist"))


@pytest.mark.parametrize(
    "plan", [{"target_participants": 0}, {"end_date": "tomorrow"}, {"end_date": "20261224"}, {"compared": ("a",)}]
)
def test_plan_that_is_none_is_refused(tmp_path, plan):
    with pytest.raises(StudyStateError, match=next(iter(plan))):
        create(tmp_path / "cats", state="draft", **plan)


def test_study_in_several_languages_keeps_what_is_agreed_to_in_each(tmp_path):
    study = make_study(tmp_path / "cats", languages=("de", "en"), title="Katzen")
    config = study.config
    assert config.languages == ("de", "en") and config.title_in("en") == "Katzen"
    assert config.consent_in("de").startswith("**Worum es geht.**")
    assert config.consent_in("en").startswith("**What this is about.**")
    assert config.consent_in("fr") == config.consent, "not offered"


@pytest.mark.parametrize(
    "options", [{"languages": ("xx",)}, {"languages": ("en", "de"), "consent": "Agree."}, {"languages": ("de", "de")}]
)
def test_languages_without_a_catalogue_or_a_text_are_refused_before_the_pictures_are_made(tmp_path, options):
    with pytest.raises(StudyError):
        make_study(tmp_path / "cats", **options)
    assert not (tmp_path / "cats" / "pool.json").exists()


@pytest.mark.parametrize("texts", [{"title": "Katzen"}, {"title": "", "consent": "Ja."}, {"consent": "Ja.", "x": "y"}])
def test_translation_needs_a_title_and_a_consent_text(tmp_path, texts):
    with pytest.raises(StudyStateError, match="title and a consent text"):
        make_study(tmp_path / "cats", state="draft").update(translations={"de": texts})


def test_languages_are_fixed_when_the_study_is_opened(tmp_path):
    study = make_study(tmp_path / "cats", state="draft")
    study.update(translations={"de": {"title": "Katzen", "consent": "Ja."}})
    study.update(state="open")
    with pytest.raises(StudyStateError, match="fixed"):
        study.update(translations={})


def test_answers_to_questions_are_saved_exported_and_deleted_with_the_participant(tmp_path):
    questions = [STANDARD[name] for name in ("age_group", "plates", "comment")]
    study = make_study(tmp_path / "cats", questions=questions)
    assert study.config.questions == tuple(questions) == Study(study.folder).config.questions
    assert [each.id for each in study.unanswered("p1", "before")] == ["age_group", "plates"]
    study.save_answers("p1", "before", {"plates-control": "7"}, "de", "1.0.0")
    assert study.unanswered("p1", "before") == () and study.unanswered("p2", "before")
    with pytest.raises(BadQuestionError, match="age_group"):
        study.save_answers("p2", "before", {"age_group": "12"}, "de", "1.0.0")
    study.save_answers("p1", "after", {}, "de", "1.0.0", comment=" Fine. ")
    given = study.answer_store.answers_of("p1")
    assert given["age_group"] == given["plates-deutan-1"] == "not-said" and given["plates-control"] == "7"
    assert given["comment"] == "written" and [each.text for each in study.answer_store.comments()] == ["Fine."]
    study.export(tmp_path / "out.csv")
    assert "p1,before,plates-control,7,de" in (tmp_path / "answers.csv").read_text()
    assert "Fine." not in (tmp_path / "answers.csv").read_text() + (tmp_path / "out.csv").read_text()
    study.forget("p1")
    assert study.answer_store.read() == [] and study.answer_store.comments() == []
    study.update(state="closed")
    with pytest.raises(StudyStateError):
        study.save_answers("p2", "before", {}, "de", "1.0.0")


def test_last_participant_of_a_study_that_closes_itself_is_still_asked_what_comes_after(tmp_path):
    study = make_study(tmp_path / "cats", questions=[STANDARD["comment"]], target_participants=1)
    study.update(closes_itself=True)
    take_part(study, "p0")
    assert study.config.state == "closed" and study.unanswered("p0", "after")
    study.save_answers("p0", "after", {}, "en", "1.0.0", "Fine.")
    assert study.unanswered("p0", "after") == () and len(study.answer_store.comments()) == 1


def test_a_study_takes_no_endless_crowd(study, monkeypatch):
    monkeypatch.setattr("study.folder.MOST_PARTICIPANTS", 2)
    for name in ("p1", "p2", "p1"):
        study.enrol(name, "phone")
    with pytest.raises(FullError, match="takes 2 participants"):
        study.enrol("p3", "phone")
    assert len(study.enrol("p2", "phone")) > 0, "who has begun goes on"
