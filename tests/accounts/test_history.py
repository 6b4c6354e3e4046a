import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from accounts import folders, history
from accounts.database import Database
from accounts.folders import NotDeletedError, NotKeptError
from accounts.history import MissingImageError, QuotaError
from accounts.images import PARTS, version
from accounts.service import Accounts
from tests.conftest import ROOT
from tests.people import PASSWORD, files, new_image

HERE = "10.0.0.1"


@pytest.fixture
def anna(accounts) -> str:
    return accounts.users.register("anna", PASSWORD).id


@pytest.fixture
def berta(accounts) -> str:
    return accounts.users.register("berta", PASSWORD).id


def leftovers(accounts_url) -> int:
    with Database(accounts_url).transaction() as connection:
        return connection.scalar(text("SELECT count(*) FROM leftovers"))


def assert_nothing_left(accounts, accounts_url, tmp_path):
    assert files(tmp_path / "history") == []
    assert leftovers(accounts_url) == 0


def test_what_is_kept_is_found_again(accounts, anna):
    new = new_image(boldness="Bold")
    kept = accounts.history.keep(anna, new)
    assert accounts.history.list(anna) == [kept] and accounts.history.find(anna, kept.id) == kept
    assert (kept.title, kept.format, kept.width, kept.height) == ("grandmother.jpg", "jpeg", 512, 384)
    assert kept.model == "resnet50_unet" and kept.settings == {"saturation": 1.0, "boldness": "Bold"}
    assert abs(kept.created_at - time.time()) < 60
    assert {part: accounts.history.read(anna, kept.id, part) for part in PARTS} == new.parts
    assert accounts.history.usage(anna) == kept.size == 500


def test_the_newest_comes_first(accounts, anna, monkeypatch):
    for number, title in enumerate(("old", "new")):
        monkeypatch.setattr(history.time, "time", lambda number=number: 1000 + number)
        accounts.history.keep(anna, new_image(title))
    assert [image.title for image in accounts.history.list(anna)] == ["new", "old"]


def test_the_same_is_kept_once_and_a_change_beside_it(accounts, anna, accounts_url, tmp_path):
    kept = accounts.history.keep(anna, new_image())
    assert accounts.history.keep(anna, new_image()) == kept
    accounts.history.keep(anna, new_image(boldness="Bold"))
    accounts.history.keep(anna, new_image(model="eccv16"))
    assert len(accounts.history.list(anna)) == 3 and leftovers(accounts_url) == 0
    assert len(list((tmp_path / "history").iterdir())) == 3


def test_of_some_versions_those_that_the_person_has_are_found(accounts, anna, berta):
    new, other = new_image(), new_image(boldness="Bold")
    accounts.history.keep(anna, new)
    versions = [version(image.parts["original"], image.model, image.settings) for image in (new, other)]
    assert accounts.history.find_versions(anna, versions) == {versions[0]}
    assert accounts.history.find_versions(berta, versions) == accounts.history.find_versions(anna, []) == set()


def test_the_same_from_two_tabs_is_kept_once(accounts, anna, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: accounts.history.keep(anna, new_image()), range(8)))
    assert len(set(image.id for image in kept)) == 1
    assert len(list((tmp_path / "history").iterdir())) == 1


def test_pictures_lie_under_random_names_for_the_server_s_user_only(accounts, anna, tmp_path):
    kept = accounts.history.keep(anna, new_image("grandmother.jpg"))
    [folder] = (tmp_path / "history").iterdir()
    assert folder.name != kept.id and len(folder.name) == 32 and "grandmother" not in str(files(tmp_path / "history"))
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700


# --- other people


@pytest.mark.parametrize("part", [*PARTS, "../accounts.sqlite3", "", "original\0", "../{folder}/original"])
def test_nobody_reads_another_s_pictures(accounts, anna, berta, part, tmp_path):
    kept = accounts.history.keep(anna, new_image())
    [folder] = (tmp_path / "history").iterdir()
    guesses = (kept.id, folder.name, f"../history/{folder.name}", "' OR '1'='1", "%", "", f"{kept.id}' --")
    for image in guesses:
        with pytest.raises(MissingImageError):
            accounts.history.read(berta, image, part.format(folder=folder.name))
        with pytest.raises(MissingImageError):
            accounts.history.find(berta, image)
    for owner in ("", "%", "' OR '1'='1"):
        assert accounts.history.list(owner) == []
    assert accounts.history.list(berta) == [] and accounts.history.usage(berta) == 0


@pytest.mark.parametrize("part", ["../accounts.sqlite3", "", "original/../result", "/etc/passwd"])
def test_the_owner_reads_parts_and_no_paths(accounts, anna, part):
    kept = accounts.history.keep(anna, new_image())
    with pytest.raises(MissingImageError):
        accounts.history.read(anna, kept.id, part)


def test_nobody_deletes_another_s_pictures(accounts, anna, berta):
    kept = accounts.history.keep(anna, new_image())
    accounts.history.delete(berta, kept.id)
    accounts.history.delete_all(berta)
    assert accounts.history.read(anna, kept.id, "result")


# --- room


def test_quota_is_per_person(accounts, anna, berta, tmp_path):
    accounts.history.keep(anna, new_image("one", size=1900))
    with pytest.raises(QuotaError, match=r"My photos holds up to 0.0 MB.*Delete some"):
        accounts.history.keep(anna, new_image("two", size=200))
    assert len(list((tmp_path / "history").iterdir())) == 1
    accounts.history.keep(anna, new_image("two", size=100))
    accounts.history.keep(berta, new_image("one", size=1900))


def test_quota_holds_against_many_at_once(accounts, anna, tmp_path):
    def keep(number):
        try:
            return accounts.history.keep(anna, new_image(f"photo{number}", size=500))
        except QuotaError:
            return None

    with ThreadPoolExecutor(8) as pool:
        kept = [image for image in pool.map(keep, range(12)) if image]
    assert len(kept) == 4 and accounts.history.usage(anna) == 10_000
    assert len(list((tmp_path / "history").iterdir())) == 4


def test_a_disk_that_is_nearly_full_is_left_to_the_votes(accounts, anna, accounts_url, tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "FREE", 10**18)
    with pytest.raises(NotKeptError, match="nearly full"):
        accounts.history.keep(anna, new_image())
    assert_nothing_left(accounts, accounts_url, tmp_path)


def test_a_disk_that_refuses_leaves_nothing(accounts, anna, accounts_url, tmp_path, monkeypatch):
    calls = []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(NotKeptError, match="not kept"):
        accounts.history.keep(anna, new_image())
    assert accounts.history.list(anna) == []
    assert_nothing_left(accounts, accounts_url, tmp_path)


# --- deleting


def test_deleting_takes_the_files(accounts, anna, accounts_url, tmp_path):
    one, two = accounts.history.keep(anna, new_image("one")), accounts.history.keep(anna, new_image("two"))
    accounts.history.delete(anna, one.id)
    accounts.history.delete(anna, one.id)
    assert accounts.history.list(anna) == [two] and len(list((tmp_path / "history").iterdir())) == 1
    accounts.history.delete_all(anna)
    assert accounts.history.list(anna) == [] and accounts.users.authenticate("anna", PASSWORD)
    assert_nothing_left(accounts, accounts_url, tmp_path)


def test_deleting_the_account_takes_everything(accounts, berta, accounts_url, tmp_path):
    visit = accounts.sessions.find_token(accounts.register("anna", PASSWORD, HERE).token)
    for title in ("one", "two"):
        accounts.history.keep(visit.user.id, new_image(title))
    other = accounts.history.keep(berta, new_image("hers"))
    accounts.delete_account(visit.user, PASSWORD)
    assert accounts.sessions.find(visit.session) is None
    assert [image.title for image in accounts.history.list(berta)] == ["hers"]
    assert accounts.history.read(berta, other.id, "result")
    assert len(list((tmp_path / "history").iterdir())) == 1
    with Database(accounts_url).transaction() as connection:
        for table, count in (("users", 1), ("images", 1), ("sessions", 0), ("leftovers", 0)):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == count
    accounts.register("anna", PASSWORD, HERE)  # the name is free again


def test_nothing_of_a_deleted_person_is_in_any_file(tmp_path):
    accounts = Accounts(Database(f"sqlite:///{tmp_path}/accounts.sqlite3"), tmp_path / "history", quota=10_000)
    visit = accounts.sessions.find_token(accounts.register("annamaria", PASSWORD, HERE).token)
    accounts.history.keep(visit.user.id, new_image("grandmother.jpg"))
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"annamaria" in held and b"grandmother.jpg" in held
    accounts.delete_account(visit.user, PASSWORD)
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"annamaria" not in held and b"grandmother.jpg" not in held


def test_an_account_deleted_while_keeping_leaves_nothing(accounts, anna, accounts_url, tmp_path, monkeypatch):
    write = folders.Folders._write

    def slow_write(self, folder, parts):
        write(self, folder, parts)
        accounts.history.delete_all(anna, with_owner=True)

    monkeypatch.setattr(folders.Folders, "_write", slow_write)
    with pytest.raises(NotKeptError, match="account was deleted"):
        accounts.history.keep(anna, new_image())
    assert_nothing_left(accounts, accounts_url, tmp_path)


def test_files_that_cannot_be_deleted_now_are_deleted_later(accounts, anna, accounts_url, tmp_path, monkeypatch):
    kept = accounts.history.keep(anna, new_image())

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.shutil, "rmtree", refuse)
    with pytest.raises(NotDeletedError, match="tried again"):
        accounts.history.delete(anna, kept.id)
    assert accounts.history.list(anna) == []
    monkeypatch.undo()
    accounts.history.clean_up()
    assert_nothing_left(accounts, accounts_url, tmp_path)


def test_an_image_without_its_files_can_be_deleted(accounts, anna, accounts_url, tmp_path):
    kept = accounts.history.keep(anna, new_image())
    [folder] = (tmp_path / "history").iterdir()
    folders.shutil.rmtree(folder)
    with pytest.raises(MissingImageError, match="Please delete it"):
        accounts.history.read(anna, kept.id, "result")
    accounts.history.delete(anna, kept.id)
    assert_nothing_left(accounts, accounts_url, tmp_path)


# --- a kill at any moment

CHILD = """
import os, signal, sys
from sqlalchemy import Connection
from accounts import folders, history
from accounts.database import Database
from accounts.service import Accounts
from tests.people import new_image

url, root, owner, moment, image = sys.argv[1:]

def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

def dying(module, name):
    setattr(module, name, die)

if moment == "between files and row": dying(history, "_insert")
if moment == "in the midst of the files": dying(os, "fsync")
if moment == "between row and files": dying(folders.shutil, "rmtree")
kept = Accounts(Database(url), root, quota=10_000).history
if moment == "between row and files":
    kept.delete(owner, image)
elif moment == "account":
    dying(folders.shutil, "rmtree")
    kept.delete_all(owner, with_owner=True)
else:
    kept.keep(owner, new_image("new"))
"""


@pytest.mark.parametrize(
    "moment", ["in the midst of the files", "between files and row", "between row and files", "account"]
)
def test_a_kill_leaves_no_dead_end(accounts, anna, accounts_url, tmp_path, moment, monkeypatch):
    old = accounts.history.keep(anna, new_image("old"))
    command = [sys.executable, "-c", CHILD, accounts_url, str(tmp_path / "history"), anna, moment, old.id]
    assert subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}).returncode == -signal.SIGKILL
    again = Accounts(Database(accounts_url), tmp_path / "history", quota=10_000)
    keeping = moment in ("in the midst of the files", "between files and row")
    assert [image.title for image in again.history.list(anna)] == (["old"] if keeping else [])
    assert leftovers(accounts_url) == 1 and len(list((tmp_path / "history").iterdir())) == (2 if keeping else 1)
    again.history.clean_up()
    if keeping:
        assert leftovers(accounts_url) == 1, "another server may be writing it"
        assert again.history.read(anna, old.id, "result")
        assert again.history.keep(anna, new_image("new")).title == "new", "trying again works"
        now = time.time()
        monkeypatch.setattr(folders.time, "time", lambda: now + folders.LEASE + 1)
        again.history.clean_up()
        assert leftovers(accounts_url) == 0 and len(list((tmp_path / "history").iterdir())) == 2
    else:
        assert_nothing_left(again, accounts_url, tmp_path)


def test_another_database_never_makes_pictures_leftovers(accounts, anna, tmp_path):
    kept = accounts.history.keep(anna, new_image())
    Accounts(Database(f"sqlite:///{tmp_path}/other.sqlite3"), tmp_path / "history", quota=10_000).history.clean_up()
    assert accounts.history.read(anna, kept.id, "result")


def test_all_people_together_have_a_limit(accounts_url, tmp_path):
    accounts = Accounts(Database(accounts_url), tmp_path / "history", quota=10_000, total=3000)
    people = [
        accounts.sessions.find_token(accounts.register(name, PASSWORD, HERE).token).user.id for name in ("anna", "bert")
    ]
    first = accounts.history.keep(people[0], new_image("one", size=400))
    used = accounts.history.usage(people[0])
    with pytest.raises(QuotaError, match="HUESTORY_HISTORY_TOTAL_MB"):
        accounts.history.keep(people[1], new_image("two", size=600))
    assert used <= 3000 and len(list((tmp_path / "history").iterdir())) == 1
    accounts.history.delete(people[0], first.id)
    accounts.history.keep(people[1], new_image("two", size=600))


def test_what_a_crash_left_before_the_clock_was_set_back_is_deleted(
    accounts, anna, accounts_url, tmp_path, monkeypatch
):
    (tmp_path / "history" / "left").mkdir(parents=True)
    with Database(accounts_url).transaction() as connection:
        folders._add_leftover(connection, "left", int(time.time()) + 30 * 24 * 3600)
    accounts.history.clean_up()
    assert not (tmp_path / "history" / "left").exists()
