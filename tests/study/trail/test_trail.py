import json
import shutil

import pytest

from study.cli.main import main
from study.config import StudyStateError
from study.export.bundle import write_bundle
from study.folder import Study
from study.trail.event import Event, acting, in_words
from study.trail.trail import deleted_studies, open_trail
from tests.studies import make_study, take_part
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401


@pytest.fixture(params=["files", "database"])
def folder(tmp_path, request, monkeypatch):
    url = "" if request.param == "files" else f"sqlite:///{tmp_path / 'votes.db'}"
    monkeypatch.setenv("HUESTORY_DATABASE_URL", url)
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    return tmp_path / "studies" / "cats"


def actions(study) -> list[str]:
    return [event.action for event in study.trail.read()]


def test_everything_that_is_done_to_a_study_is_in_its_trail_with_time_and_who(folder, tmp_path):
    with acting("organizer (account ann)"):
        study = make_study(folder, state="draft")
        study.update(title="Dogs")
        study.update(state="open")
    take_part(study, 2)
    study.forget("p0")
    study.export(tmp_path / "votes.csv")
    write_bundle(study, tmp_path / "bundle")
    study.invite(3)
    study.update(state="closed")
    events = study.trail.read()
    assert [event.action for event in events] == [
        "built", "edited", "opened", "answers deleted", "exported", "exported", "invited", "closed",
    ]  # fmt: skip
    assert [event.who for event in events[:4]] == ["organizer (account ann)"] * 3 + ["a participant"]
    assert events[1].details == {"title": ["Cats & *dogs*", "Dogs"]}
    assert events[3].details == {"votes": 9}, "not whose"
    assert events[-1].who == "a program"
    assert [event.at for event in events] == sorted(event.at for event in events)
    told = json.loads((tmp_path / "bundle" / "trail.json").read_text())
    assert [event["action"] for event in told][-1] == "exported"


def test_a_change_that_changes_nothing_is_no_event(folder):
    study = make_study(folder)
    study.update(title=study.config.title, state="open")
    assert actions(study) == ["built", "opened"]


def test_trail_of_a_deleted_study_stays_and_goes_on_when_its_name_is_used_again(folder, capsys):
    study = make_study(folder)
    take_part(study, 2)
    study.delete()
    assert not folder.exists()
    (left,) = deleted_studies(folder.parent).items()
    assert left[0] == "cats" and [event.action for event in left[1]] == ["built", "opened", "deleted"]
    assert left[1][-1].details == {"title": "Cats & *dogs*", "participants": 2, "votes": 18}
    assert main(["log", "cats"]) == 0
    assert "deleted  title: Cats & *dogs*; participants: 2; votes: 18" in capsys.readouterr().out
    again = make_study(folder)
    assert actions(again) == ["built", "opened", "deleted", "built", "opened"]
    again.delete()
    assert [event.action for event in open_trail("cats", folder).read()].count("deleted") == 2


def test_command_line_names_itself_and_prints_the_trail(folder, capsys, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    study = make_study(folder)
    assert main(["panel", str(folder), "--parameter", "workerId"]) == 0
    capsys.readouterr()
    assert main(["log", "cats", "--json"]) == 0
    last = json.loads(capsys.readouterr().out)[-1]
    assert (last["who"], last["action"]) == ("command line (ann)", "edited")
    assert study.trail.read()[-1].details["panel"][1]["parameter"] == "workerId"
    assert main(["log", "birds"]) == 1
    assert "no trail" in capsys.readouterr().err


def test_study_from_before_trails_has_an_empty_one(folder):
    study = make_study(folder)
    if (folder / "trail.jsonl").exists():
        (folder / "trail.jsonl").unlink()
        assert study.trail.read() == []
    study.update(state="closed")
    assert actions(study)[-1] == "closed"


def test_a_study_is_not_changed_if_its_trail_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    folder = tmp_path / "cats"
    study = make_study(folder)
    (folder / "trail.jsonl").unlink()
    (folder / "trail.jsonl").mkdir()
    with pytest.raises(Exception, match="could not be written"):
        study.update(state="closed")
    shutil.rmtree(folder / "trail.jsonl")
    assert study.config.state == "open"


# === consent ===


def test_consent_of_an_opened_study_changes_only_as_a_new_version(folder, tmp_path):
    study = make_study(folder, state="draft", consent="First.")
    study.update(consent="Draft.")
    assert study.config.consent_version == 1, "nobody can have agreed yet"
    study.update(state="open")
    study.enrol("p1", "phone")
    study.update(consent="Second.")
    study.enrol("p2", "phone", consent_version=1)  # read it before it was changed
    study.enrol("p3", "phone")
    config = Study(folder).config
    assert (config.consent, config.consent_version) == ("Second.", 2)
    (earlier,) = config.earlier_consents
    assert (earlier["version"], earlier["texts"]) == (1, {"en": "Draft."})
    versions = {each.participant_id: each.consent_version for each in study.store.allocations()}
    assert versions == {"p1": 1, "p2": 1, "p3": 2}
    assert study.trail.read()[-1].details["consent_version"] == [1, 2]
    with pytest.raises(StudyStateError, match="versions 1 to 2"):
        study.enrol("p4", "phone", consent_version=3)
    take_part(study, 1, first=9)
    write_bundle(study, tmp_path / "bundle")
    text = (tmp_path / "bundle" / "consent.md").read_text()
    assert "2 participants have agreed to it.*\n\n---\n\nDraft." in text and "Second." in text


def test_translations_of_an_opened_study_change_words_not_languages(folder):
    study = make_study(folder, languages=("en", "de"))
    study.update(translations={"de": {"title": "Katzen", "consent": "Neu."}})
    assert study.config.consent_version == 2
    with pytest.raises(StudyStateError, match="translations"):
        study.update(translations={})


def test_details_in_words_are_short():
    event = Event("2026-01-01T00:00:00Z", "ann", "edited", {"title": ["a", "b"], "consent": ["x" * 100, "y\nz"]})
    assert in_words(event) == f"title: a -> b; consent: {'x' * 57}... -> y z"
