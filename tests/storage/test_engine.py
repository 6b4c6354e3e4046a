import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from storage.engine import (
    DatabaseError,
    DatabaseUrlError,
    NewerSchemaError,
    create_engine,
    migrate,
    sqlite_url,
    transaction,
)

STEPS = (("CREATE TABLE things (id TEXT PRIMARY KEY)",), ("ALTER TABLE things ADD COLUMN size INTEGER",))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "things.sqlite3")
    address = request.getfixturevalue("postgres_url")
    with transaction(create_engine(address)) as connection:
        connection.execute(text("DROP TABLE IF EXISTS things, things_schema"))
    return address


def migrated(url):
    engine = create_engine(url)
    with transaction(engine, "schema") as connection:
        migrate(connection, "things_schema", STEPS)
    return engine


def count(engine) -> int:
    with transaction(engine) as connection:
        return connection.scalar(text("SELECT count(*) FROM things"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "must be an address such as"),
        ("mysql://anna:s3cret@host/name", "must begin with sqlite:/// or postgresql://"),
        ("sqlite+nope:///x.db", "needs a driver"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
    ],
)
def test_an_address_that_names_no_database_is_refused(address, said):
    with pytest.raises(DatabaseUrlError, match=said) as refusal:
        create_engine(address)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_names_of_postgresql_are_taken(scheme):
    engine = create_engine(f"{scheme}://anna:s3cret@127.0.0.1:1/x")
    assert engine.dialect.name == "postgresql" and engine.dialect.driver == "psycopg"
    with pytest.raises(DatabaseError) as refusal, transaction(engine):
        pass
    assert "s3cret" not in str(refusal.value)


def test_sqlite_is_private_and_safe(tmp_path):
    with transaction(create_engine(sqlite_url(tmp_path / "new" / "x.db"), make_folder=True)) as connection:
        pragmas = ("journal_mode", "foreign_keys", "synchronous", "secure_delete", "busy_timeout")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas] == ["wal", 1, 2, 1, 30_000]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()} == {0o600}


def test_a_folder_is_made_only_on_request(tmp_path):
    with pytest.raises(DatabaseError, match="No such file or directory"):
        create_engine(sqlite_url(tmp_path / "mistyped" / "x.db"))
    assert list(tmp_path.iterdir()) == []


def test_the_mode_of_a_file_that_is_there_is_left_alone(tmp_path):
    create_engine(sqlite_url(tmp_path / "x.db"))
    (tmp_path / "x.db").chmod(0o644)
    create_engine(sqlite_url(tmp_path / "x.db"))
    assert (tmp_path / "x.db").stat().st_mode & 0o777 == 0o644


def test_a_transaction_is_all_or_nothing(url):
    engine = migrated(url)
    with pytest.raises(DatabaseError), transaction(engine) as connection:
        connection.execute(text("INSERT INTO things VALUES ('a', 1)"))
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(KeyError), transaction(engine) as connection:
        connection.execute(text("INSERT INTO things VALUES ('a', 1)"))
        raise KeyError
    assert count(engine) == 0


def test_transactions_of_one_lock_run_one_after_the_other(url):
    servers = [migrated(url) for _ in range(4)]

    def add_if_fewer_than_five(number):
        with transaction(servers[number % 4], "things") as connection:
            if connection.scalar(text("SELECT count(*) FROM things")) < 5:
                connection.execute(text("INSERT INTO things VALUES (:id, 1)"), {"id": str(number)})

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(add_if_fewer_than_five, range(40)))
    assert count(servers[0]) == 5


def test_steps_are_taken_once_and_those_of_a_later_version_are_refused(url):
    for _ in range(2):
        engine = migrated(url)
    with transaction(engine) as connection:
        versions = connection.scalars(text("SELECT version FROM things_schema ORDER BY version")).all()
        assert versions == [1, 2]
        with pytest.raises(NewerSchemaError, match=r"must be of version 1 or earlier\. Received version 2"):
            migrate(connection, "things_schema", STEPS[:1])


def test_another_process_that_comes_and_goes_does_not_take_the_log_away(tmp_path):
    # To open and close the file beside SQLite would lift the locks of this process: the other would be the last to
    # leave by its own account, and remove the write-ahead log that this process still writes to.
    file = tmp_path / "votes.db"
    engine = create_engine(sqlite_url(file))
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE votes (number INTEGER)"))
    create_engine(sqlite_url(file))  # for other tables
    look = "c = sqlite3.connect(sys.argv[1]); print(c.execute('SELECT count(*) FROM votes').fetchone()[0]); c.close()"
    command = [sys.executable, "-c", f"import sqlite3, sys; {look}", file]
    for count in range(3):
        seen = subprocess.run(command, capture_output=True, text=True, check=False)
        assert seen.stdout.strip() == str(count), seen.stderr
        assert file.with_name("votes.db-wal").exists()
        with transaction(engine) as connection:
            connection.execute(text("INSERT INTO votes VALUES (1)"))


def test_a_new_file_has_its_first_page_and_an_emptied_one_is_refused(tmp_path):
    path = tmp_path / "x.db"
    create_engine(sqlite_url(path))
    assert path.read_bytes().startswith(b"SQLite format 3") and list(tmp_path.iterdir()) == [path]
    path.write_bytes(b"")
    with pytest.raises(DatabaseError, match="is empty, so what was in it is lost; put a backup in its place"):
        create_engine(sqlite_url(path))
    assert path.read_bytes() == b""


def test_many_processes_that_begin_at_once_make_one_file(tmp_path):
    url = sqlite_url(tmp_path / "x.db")

    def begin(number):
        with transaction(create_engine(url)) as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(8)))
    with transaction(create_engine(url)) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 8
    assert not list(tmp_path.glob("*.part"))
