import json
import sqlite3
import threading
import time
import zipfile

import pytest

from storage.backup import BACKUP_FORMAT, MANIFEST, NotABackupError, WouldOverwriteError, back_up, restore
from storage.files import locked, write_file
from storage.versions import NewerDataError


@pytest.fixture
def folder(tmp_path):
    """A data folder with a study, a database with a write-ahead log, and what can be made again."""
    folder = tmp_path / "data"
    for name, text in {
        "studies/cats/votes.csv": "vote\n1\n",
        "studies/cats/a.png": "picture",
        "exports/x": "big",
        "films/a/b.mp4": "film",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "studies/cats/votes.csv.lock").touch()
    with sqlite3.connect(folder / "accounts.sqlite3") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE people (name)")
        connection.execute("INSERT INTO people VALUES ('Ada')")
    yield folder
    connection.close()


def people(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT name FROM people").fetchall()
    finally:
        connection.close()


@pytest.fixture
def archive(folder, tmp_path):
    back_up(folder, tmp_path / "backup.zip", progress=lambda text: None)
    return tmp_path / "backup.zip"


def altered(archive, name, content):
    """The archive with another content of one file."""
    with zipfile.ZipFile(archive) as source:
        files = {one: source.read(one) for one in source.namelist()} | {name: content}
    with zipfile.ZipFile(archive, "w") as target:
        for one, data in files.items():
            target.writestr(one, data)
    return archive


def test_what_is_kept_comes_back_and_what_can_be_made_again_does_not(archive, tmp_path):
    assert restore(archive, tmp_path / "new") == []
    found = {path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert found == {"studies/cats/votes.csv", "studies/cats/a.png", "accounts.sqlite3"}
    assert (tmp_path / "new/studies/cats/votes.csv").read_text() == "vote\n1\n"
    assert people(tmp_path / "new/accounts.sqlite3") == [("Ada",)], "from the write-ahead log, too"


def test_writers_wait_for_the_moment_of_the_backup(folder, tmp_path):
    votes, seen = folder / "studies/cats/votes.csv", []

    def vote():
        with locked(votes):
            seen.append("vote")

    with locked(votes):
        thread = threading.Thread(target=lambda: back_up(folder, tmp_path / "backup.zip", progress=seen.append))
        thread.start()
        thread.join(0.3)
        assert seen == [], "the backup waits for who writes"
    thread.join(20)
    vote()
    assert seen[-1] == "vote" and len(seen) == 3


def test_a_file_begun_while_the_backup_waits_stands_still_too(folder, tmp_path):
    votes, fresh, said = folder / "studies/cats/votes.csv", folder / "studies/dogs/votes.csv", []
    fresh.parent.mkdir()
    with locked(votes):
        thread = threading.Thread(target=lambda: back_up(folder, tmp_path / "backup.zip", progress=said.append))
        thread.start()
        thread.join(0.3)  # the backup has listed what there is, and waits
        with locked(fresh):
            pass
        other = threading.Thread(target=lambda: hold(fresh, said))
        other.start()
        other.join(0.2)
    thread.join(20)
    other.join(20)
    assert said[0] == "written", "the backup waits for who writes the new file"
    assert (restore(tmp_path / "backup.zip", tmp_path / "new"), fresh.read_text()) == ([], "vote\n2\n")
    assert (tmp_path / "new/studies/dogs/votes.csv").read_text() == "vote\n2\n"


def hold(path, said):
    with locked(path):
        time.sleep(0.6)
        path.write_text("vote\n2\n")
        said.append("written")


def test_a_database_elsewhere_goes_along_and_needs_its_setting(folder, tmp_path):
    database = tmp_path / "votes.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE people (name)")
        connection.execute("INSERT INTO people VALUES ('Bo')")
    connection.close()
    back_up(folder, tmp_path / "both.zip", database, progress=lambda text: None)
    with pytest.raises(NotABackupError, match="HUESTORY_DATABASE_URL"):
        restore(tmp_path / "both.zip", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    restore(tmp_path / "both.zip", tmp_path / "new", tmp_path / "new.db")
    assert people(tmp_path / "new.db") == [("Bo",)]


def test_nothing_is_written_over_without_force_and_moved_aside_with_it(archive, folder):
    (folder / "studies/cats/votes.csv").write_text("vote\n1\n2\n")
    with pytest.raises(WouldOverwriteError, match="--force"):
        restore(archive, folder)
    assert (folder / "studies/cats/votes.csv").read_text() == "vote\n1\n2\n"
    [aside] = restore(archive, folder, force=True)
    assert (folder / "studies/cats/votes.csv").read_text() == "vote\n1\n"
    assert (aside / "studies/cats/votes.csv").read_text() == "vote\n1\n2\n"


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("data/studies/cats/votes.csv", b"vote\n9\n", "checksum"),
        ("data/more.csv", b"", "files of its manifest"),
        (MANIFEST, b"[]", "damaged"),
        (MANIFEST, json.dumps({"format": 1, "files": {"../evil": ""}}).encode(), "files of"),
    ],
)
def test_a_damaged_or_foreign_archive_changes_nothing(archive, tmp_path, name, content, rule):
    with pytest.raises(NotABackupError, match=rule):
        restore(altered(archive, name, content), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_no_zip_and_what_is_of_a_later_version_is_named(archive, tmp_path):
    write_file(tmp_path / "no.zip", b"no")
    with pytest.raises(NotABackupError, match=r"ZIP.*no\.zip"):
        restore(tmp_path / "no.zip", tmp_path / "new")
    later = json.dumps({"format": BACKUP_FORMAT + 1, "files": {}}).encode()
    with pytest.raises(NewerDataError, match=f"format {BACKUP_FORMAT + 1}"):
        restore(altered(archive, MANIFEST, later), tmp_path / "new")
