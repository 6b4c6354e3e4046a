import pytest

from storage.engine import DatabaseError, DatabaseUrlError
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
