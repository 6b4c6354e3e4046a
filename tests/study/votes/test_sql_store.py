import json

import pytest
from sqlalchemy import text

from storage.engine import DatabaseError, DatabaseUrlError, create_engine
from storage.files import NotSavedError
from storage.journal import WrongHeaderError
from study.votes.sql_store import DatabaseVotes
from tests.study.votes.votes import vote


@pytest.mark.parametrize("url", ["mysql://host/db", "nonsense", "oracle://x"])
def test_an_address_that_is_no_database_of_ours(url):
    with pytest.raises(DatabaseUrlError, match="HUESTORY_DATABASE_URL"):
        DatabaseVotes("cats", url)


def test_a_password_is_not_repeated_in_an_error():
    with pytest.raises(DatabaseUrlError) as caught:
        DatabaseVotes("cats", "mysql://user:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_a_database_that_does_not_answer(tmp_path):
    with pytest.raises(DatabaseError, match="database that must answer"):
        DatabaseVotes("cats", f"sqlite:///{tmp_path}/missing/votes.db")


def test_a_table_with_other_columns_is_never_written_to(tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE votes (id INTEGER, candidate TEXT)")
    connection.close()
    with pytest.raises(WrongHeaderError, match="It lacks app_version"):
        DatabaseVotes("cats", f"sqlite:///{tmp_path}/other.db")


def test_a_full_database_saves_nothing(tmp_path):
    import sqlite3

    url = f"sqlite:///{tmp_path}/full.db"
    store = DatabaseVotes("cats", url)
    store.append([vote(1)])
    from sqlalchemy import event

    def limit(connection, _):
        connection.execute("PRAGMA max_page_count = 1").close()

    event.listen(store._engine, "connect", limit)
    store._engine.dispose()
    with pytest.raises(NotSavedError, match="full"):
        store.append([vote(n) for n in range(2, 400)])
    event.remove(store._engine, "connect", limit)
    store._engine.dispose()
    assert store.read() == [vote(1)]
    with sqlite3.connect(tmp_path / "full.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


FIRST_VERSION = """
CREATE TABLE votes (id {row_id}, study VARCHAR(64) NOT NULL, participant_id VARCHAR(64) NOT NULL,
    trial INTEGER NOT NULL, phase VARCHAR(64) NOT NULL, stimulus VARCHAR(64) NOT NULL, model VARCHAR(64) NOT NULL,
    is_real BOOLEAN NOT NULL, judged_real BOOLEAN NOT NULL, response_ms INTEGER NOT NULL,
    voted_at VARCHAR(64) NOT NULL, device VARCHAR(64) NOT NULL, app_version VARCHAR(64) NOT NULL,
    partner VARCHAR(64) NOT NULL,
    CONSTRAINT one_vote_per_picture UNIQUE (study, participant_id, stimulus));
CREATE TABLE draws (id {row_id}, study VARCHAR(64) NOT NULL, participant_id VARCHAR(64) NOT NULL,
    started_at VARCHAR(64) NOT NULL, device VARCHAR(64) NOT NULL, trials TEXT NOT NULL,
    CONSTRAINT one_draw_per_participant UNIQUE (study, participant_id));
INSERT INTO votes (study, participant_id, trial, phase, stimulus, model, is_real, judged_real, response_ms, voted_at,
    device, app_version, partner)
    VALUES ('cats', 'p1', 1, 'test', 's1', 'm', false, true, 900, '2026-11-01T10:00:00.000Z', 'phone', '0.1.0', '');
INSERT INTO draws (study, participant_id, started_at, device, trials)
    VALUES ('cats', 'p1', '2026-11-01T10:00:00.000Z', 'phone', '{trials}')
"""

TRIALS = [{"stimulus": "s1", "phase": "test"}, {"stimulus": "s2", "phase": "test"}]


@pytest.fixture(params=["sqlite", "postgresql"])
def first_version(request, tmp_path) -> str:
    """The address of a database as the first version of Huestory left it."""
    url, row_id = f"sqlite:///{tmp_path}/votes.db", "INTEGER PRIMARY KEY"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        with create_engine(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE IF EXISTS first_version WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE first_version"))
        url, row_id = url.replace("/postgres?", "/first_version?"), "BIGSERIAL PRIMARY KEY"
    with create_engine(url).begin() as connection:
        for statement in FIRST_VERSION.format(row_id=row_id, trials=json.dumps(TRIALS)).split(";"):
            connection.exec_driver_sql(statement)
    return url


def test_a_database_of_the_first_version_is_read_and_goes_on(first_version):
    store = DatabaseVotes("cats", first_version)
    [old] = store.read()
    assert (old.participant_id, old.judged_real, old.response_ms) == ("p1", True, 900)
    assert (old.photo, old.server_ms, old.language) == ("", None, "")
    assert store.allocation_of("p1").trials == tuple(TRIALS)
    assert store.append([vote(1, "p2"), vote(1, "p1")]) == 1, "the vote of p1 is there already"
    assert len(DatabaseVotes("cats", first_version).read()) == 2
