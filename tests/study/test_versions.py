"""Studies that every earlier version has written can be used and changed; those of a later one are refused by name."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from storage.engine import NewerSchemaError, sqlite_url
from study.cli.main import main
from study.config import CONFIG_FORMAT, NewerStudyError
from study.finding import list_studies, unreadable_studies
from study.folder import Study
from study.participants import participant_of
from study.pool.stimuli import load_pool
from study.votes import sql_store
from study.votes.csv_file import HEADER, read_votes
from study.votes.store import open_store
from tests.studies import make_study
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401

HERE = Path(__file__).parent / "versions"
FORMATS = sorted(path.name for path in HERE.iterdir() if path.is_dir())
NEW = participant_of("K7QM-2F9X-WBTA-3HNC")


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))


@pytest.fixture(params=FORMATS)
def folder(request, tmp_path):
    shutil.copytree(HERE / request.param, tmp_path / "studies" / "cats")
    return tmp_path / "studies" / "cats"


def test_there_is_a_study_of_every_earlier_format():
    assert FORMATS == [f"format_{number}" for number in range(1, CONFIG_FORMAT)]


def test_study_of_an_earlier_version_goes_on(folder, tmp_path):
    before = read_votes(folder / "votes.csv")
    study = Study(folder)
    assert (study.config.title, study.config.state, study.config.consent_version) == ("Cats", "open", 1)
    assert [each.consent_version for each in study.store.allocations()] == [1, 1]
    study.update(title="Dogs", consent="New.")
    trial = study.enrol("p2", "desktop")[1]
    study.answer("p2", {trial.trial: True}, 900, "0.2.0")
    assert len(study.enrol(NEW, "phone", external_id="5f2ab3")) == 2
    again = Study(folder)
    assert (again.config.title, again.config.consent_version) == ("Dogs", 2)
    assert again.store.read()[:3] == before and len(again.store.read()) == 4
    assert again.report().rates.real.n_votes >= 1
    again.export(tmp_path / "votes.csv")
    assert (tmp_path / "votes.csv").read_text().startswith(HEADER)
    assert json.loads((folder / "study.json").read_text())["format"] == CONFIG_FORMAT


@pytest.mark.parametrize("version", FORMATS)
def test_database_of_an_earlier_version_goes_on(version, tmp_path):
    with sqlite3.connect(tmp_path / "votes.db") as database:
        database.executescript((HERE / version / "votes.sql").read_text())
    store = open_store("cats", tmp_path, sqlite_url(tmp_path / "votes.db"))
    assert [(vote.participant_id, vote.trial) for vote in store.read()] == [("p1", 1), ("p1", 2), ("p2", 1)]
    assert [each.consent_version for each in store.allocations()] == [1, 1]
    assert [each.answered for each in store.attended()] == [2, 1]


def test_database_of_a_later_version_is_refused(tmp_path):
    url = sqlite_url(tmp_path / "votes.db")
    open_store("cats", tmp_path, url)
    with sqlite3.connect(tmp_path / "votes.db") as database:
        database.execute("INSERT INTO votes_schema VALUES (99)")
    sql_store._open_engine.cache_clear()
    with pytest.raises(NewerSchemaError, match="version 99"):
        open_store("cats", tmp_path, url)


def change(path, **values) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_study_of_a_later_version_is_refused_by_name_and_stays_as_it_is(tmp_path, capsys):
    study = make_study(tmp_path / "studies" / "cats")
    change(study.folder / "study.json", format=99)
    written = (study.folder / "study.json").read_bytes()
    with pytest.raises(NewerStudyError, match="format 99: a later Huestory"):
        Study(study.folder)
    assert list_studies(study.folder.parent) == []
    assert "format 99" in unreadable_studies(study.folder.parent)["cats"]
    assert main(["export", "cats", "--output", str(tmp_path / "votes.csv")]) == 1
    assert "later Huestory" in capsys.readouterr().err
    assert (study.folder / "study.json").read_bytes() == written


def test_fields_that_are_not_known_are_kept(tmp_path):
    study = make_study(tmp_path / "cats")
    change(study.folder / "study.json", colour_of_the_page="green")
    pool = json.loads((study.folder / "pool.json").read_text())
    pool["stimuli"][0]["weight"] = 3
    (study.folder / "pool.json").write_text(json.dumps({**pool, "lens": "50 mm"}))
    study.update(title="Dogs")
    values = json.loads((study.folder / "study.json").read_text())
    assert (values["title"], values["colour_of_the_page"]) == ("Dogs", "green")
    assert len(load_pool(study.folder).stimuli) == len(pool["stimuli"])
