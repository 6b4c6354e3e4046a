"""The data folder under attack: a full disk, a read-only one, damaged files, two servers that begin at once."""

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette

from accounts import database, service
from colorizer.gallery.catalogue import create_gallery, find_gallery, galleries_folder, list_galleries
from pages.routes.account import account_routes
from storage.engine import DatabaseError
from storage.files import NotSavedError
from study.folder import Study
from tests.asgi import ask
from tests.conftest import ROOT
from tests.galleries import jpeg
from tests.page_actions import PASSWORD, open_page, said
from tests.studies import make_study, take_part
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401
from tests.tiny import TinyColorizer

FULL = "No space left on device"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.setenv("HUESTORY_ORGANIZER_PASSWORD", PASSWORD)
    (tmp_path / "data").mkdir()
    forget_opened()
    yield
    forget_opened()


def forget_opened() -> None:
    """Let the next use open everything again, like a new server."""
    st.cache_resource.clear()
    service._open.cache_clear()
    database.open_database.cache_clear()
    gc.collect()  # closes the connections, which would write what is in the write-ahead log later


@pytest.fixture
def small_disk(tmp_path):
    """The data folder on a real file system of 1 MiB."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path / "data"], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root: run this test as root")
    yield tmp_path / "data"
    subprocess.run(["umount", "-l", tmp_path / "data"], check=True)


def fill(disk: Path) -> Path:
    """Fill a disk to the last byte with a file, and return it."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    return filler


# --- a full disk


def test_on_a_full_disk_no_gallery_is_made_and_nothing_is_left_of_it(small_disk):
    with pytest.raises(OSError, match=FULL):
        create_gallery("x", "resnet50_unet", [f"{n}.jpg" for n in range(400)], lambda name: jpeg(int(name[:-4])))
    assert list_galleries() == [] and not list(galleries_folder().iterdir())
    filler = fill(small_disk)
    with pytest.raises(OSError, match=FULL):
        create_gallery("x", "resnet50_unet", ["a.jpg"], lambda name: jpeg())
    filler.unlink()
    gallery, _ = create_gallery("x", "resnet50_unet", ["a.jpg"], lambda name: jpeg())
    assert list(gallery.captions()) == ["a.jpg"]


def test_a_disk_that_fills_up_while_a_gallery_is_coloured_keeps_what_is_done(small_disk):
    gallery, _ = create_gallery("x", "resnet50_unet", [f"{n}.jpg" for n in range(4)], lambda name: jpeg(int(name[0])))
    filler = small_disk

    def progress(done, total, file):
        nonlocal filler
        if done == 2:
            filler = fill(small_disk)

    with pytest.raises(OSError, match=FULL):
        gallery.colour(TinyColorizer(), progress)
    assert len(gallery.photographs()) == 2 and len(gallery.waiting()) == 2
    filler.unlink()
    model = TinyColorizer()
    gallery.colour(model)
    assert len(find_gallery(gallery.id).photographs()) == 4 and model.runs == 2
    assert not [path for path in gallery.coloured.folder.iterdir() if path.name.startswith(".")]


def test_a_study_whose_build_filled_the_disk_goes_on_with_room(small_disk):
    filler = fill(small_disk)
    filler.write_bytes(b"x" * (900 * 1024))
    with pytest.raises(NotSavedError, match=FULL):
        make_study(small_disk / "studies" / "cats")
    filler.unlink()
    study = make_study(small_disk / "studies" / "cats")
    assert len(study.pool.photos) == 12
    assert not (small_disk / "studies" / "cats" / ".building").exists()


# --- a read-only disk


@pytest.fixture
def read_only(tmp_path):
    """A data folder with a study on a disk that can only be read from now on."""
    make_study(tmp_path / "data" / "studies" / "cats")
    data = str(tmp_path / "data")
    if subprocess.run(["mount", "--bind", data, data], capture_output=True).returncode:
        pytest.skip("a read-only disk can only be mounted by root: run this test as root")
    subprocess.run(["mount", "-o", "remount,ro,bind", data], check=True)
    forget_opened()
    yield tmp_path / "data"
    subprocess.run(["umount", "-l", data], check=True)


def test_on_a_read_only_disk_nothing_is_acknowledged_and_every_page_says_so_in_words(read_only, monkeypatch):
    study = Study(read_only / "studies" / "cats")
    with pytest.raises(NotSavedError, match="Read-only file system"):
        study.enrol("p1", "phone")
    assert study.store.allocations() == []
    with pytest.raises(DatabaseError, match=r"Read-only file system|unable to open"):
        service.open_accounts()
    pages = {page: open_page(page, organizer=True) for page in ("gallery", "photos", "organizer", "results")}
    assert all("Traceback" not in said(page) for page in pages.values())
    assert "cannot be shown at the moment" in said(pages["gallery"])
    assert "Cats & *dogs*" in said(open_page("survey", study="cats")), "what can be read is there"


# --- damaged files


@pytest.mark.parametrize("damage", ["noise", "cut", "empty"])
def test_damaged_accounts_are_told_and_left_as_they_are(tmp_path, damage):
    service.open_accounts().register("anna", PASSWORD, "10.0.0.1")
    forget_opened()
    file = tmp_path / "data" / "accounts.sqlite3"
    for path in file.parent.glob("accounts.sqlite3-*"):
        path.unlink()
    damaged = {"noise": b"noise" * 4000, "cut": file.read_bytes()[:5000], "empty": b""}[damage]
    file.write_bytes(damaged)
    with pytest.raises(DatabaseError, match="Mend that, then try again"):
        service.open_accounts().sign_in("anna", PASSWORD, "10.0.0.1")
    assert file.read_bytes() == damaged
    assert "Traceback" not in said(open_page("photos"))
    body = json.dumps({"name": "anna", "password": PASSWORD}).encode()
    app = Starlette(routes=account_routes())
    status, _, reply = ask(app, "POST", "/account/sign-in", [(b"content-type", b"application/json")], body, "http")
    assert (status, list(json.loads(reply))) == (503, ["error"])


@pytest.mark.parametrize("damage", ["another header", "noise in the middle", "a torn end"])
def test_a_damaged_votes_file_loses_nothing_of_the_rest(tmp_path, damage):
    study = make_study(tmp_path / "data" / "studies" / "cats")
    take_part(study, 2)
    file = study.folder / "votes.csv"
    lines = file.read_bytes().splitlines(keepends=True)
    count = len(lines) - 1
    lines = {
        "another header": [b"name,number\n", *lines[1:]],
        "noise in the middle": [*lines[:3], b"\xff\xfe,noise\n", *lines[3:]],
        "a torn end": [*lines, lines[-1][:20]],
    }[damage]
    file.write_bytes(b"".join(lines))
    st.cache_resource.clear()
    page = open_page("results", organizer=True, study="cats")
    if damage == "another header":
        assert page.error and file.read_bytes() == b"".join(lines)
    else:
        assert len(Study(study.folder).store.read()) == count and not page.error


def test_a_database_of_votes_that_is_noise_is_told_to_participants_in_words(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/votes.db"
    make_study(tmp_path / "data" / "studies" / "cats")
    (tmp_path / "votes.db").write_bytes(b"noise" * 4000)
    monkeypatch.setenv("HUESTORY_DATABASE_URL", url)
    page = open_page("survey", study="cats", session={"survey_codes": {"cats": "ABCD-EFGH-JKMN-PQRS"}})
    assert "cannot be used at the moment" in said(page)
    assert (tmp_path / "votes.db").read_bytes() == b"noise" * 4000


# --- kill -9


STUDY_BUILD = """
import os, sys
from pathlib import Path
from tests.studies import make_study
def die(done, total, name):
    if done == 5:
        os.kill(os.getpid(), 9)
make_study(Path(sys.argv[1]), progress=die)
"""


def test_a_study_whose_build_was_killed_is_not_there_and_goes_on(tmp_path):
    folder = tmp_path / "data" / "studies" / "cats"
    run = subprocess.run([sys.executable, "-c", STUDY_BUILD, folder], env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert run.returncode == -signal.SIGKILL
    assert "No such study" in said(open_page("survey", study="cats"))
    assert len(list(folder.glob(".building/d*.json"))) == 5
    assert len(make_study(folder).pool.photos) == 12


UPLOAD = """
import os
from pages.parts.organizer import order
class Upload:
    name = "a.png"
    reads = 0
    def getbuffer(self):
        self.reads += 1
        if self.reads > 3:
            os.kill(os.getpid(), 9)
        return b"x" * 1000
order.save_uploads(order.new_folder("Cats"), "photographs", [Upload(), Upload(), Upload()])
for _ in range(9):
    Upload.getbuffer(upload := Upload())
    order.save_uploads(order.new_folder("Cats"), "photographs", [upload, upload, upload])
"""


def test_an_upload_that_was_killed_is_shown_to_the_organizer_and_no_study(tmp_path):
    run = subprocess.run([sys.executable, "-c", UPLOAD], env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path)
    assert run.returncode == -signal.SIGKILL
    for path in (tmp_path / "data" / "studies").rglob("*"):
        os.utime(path, (1, 1))
    page = open_page("organizer", organizer=True)
    assert said(page).count("is not finished. What is done is kept.") == 2 and "There is no study" not in said(page)


# --- two servers that begin at once


BEGIN = """
import sys, time
from pathlib import Path
from accounts.service import open_accounts
from pages.parts.gallery.work import sample_gallery
from storage.files import BusyError
from study.folder import Study
from study.finding import studies_folder
from tests.studies import make_study
name, flag = sys.argv[1], Path(sys.argv[2])
print("ready", flush=True)
while not flag.exists():
    time.sleep(0.001)
open_accounts().register(name, "a long sentence of our own", name)
gallery = sample_gallery()
assert len(gallery.captions()) == 8, gallery.captions()
try:
    study = make_study(studies_folder() / "cats", photos=8)
except BusyError:
    while not (studies_folder() / "cats" / "study.json").exists():
        time.sleep(0.01)
    study = Study(studies_folder() / "cats")
study.enrol(name, "phone")
print("done", flush=True)
"""


def test_servers_that_begin_at_once_on_an_empty_folder_agree(tmp_path):
    flag = tmp_path / "go"
    command = [sys.executable, "-c", BEGIN]
    options = {"env": os.environ | {"PYTHONPATH": str(ROOT)}, "stdout": subprocess.PIPE, "text": True}
    servers = [subprocess.Popen([*command, f"anna{n}", flag], **options) for n in range(3)]
    for server in servers:
        assert server.stdout.readline() == "ready\n"
    flag.touch()
    assert [server.communicate(timeout=120)[0] for server in servers] == ["done\n"] * 3
    study = Study(tmp_path / "data" / "studies" / "cats")
    assert {each.participant_id for each in study.store.allocations()} == {"anna0", "anna1", "anna2"}
    assert [gallery.config.title for gallery in list_galleries()] == ["America, 1935 to 1943"]
    for number in range(3):
        assert service.open_accounts().sign_in(f"anna{number}", PASSWORD, "10.0.0.1")
    left = [path.name for path in (tmp_path / "data").rglob("*") if path.name.endswith(".part")]
    assert not left
