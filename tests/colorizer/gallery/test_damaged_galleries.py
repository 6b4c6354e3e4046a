"""Galleries that were left half made, damaged, or made by two servers at once."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from colorizer.gallery import captions
from colorizer.gallery.captions import Caption, CaptionsEncodingError, read_captions, write_captions
from colorizer.gallery.catalogue import (
    create_gallery,
    delete_gallery,
    find_gallery,
    galleries_folder,
    list_galleries,
    unreadable_galleries,
)
from colorizer.gallery.collection import GalleryBusyError, MissingGalleryError
from storage import files as storage_files
from tests.conftest import ROOT
from tests.galleries import jpeg, make_gallery
from tests.tiny import TinyColorizer


@pytest.fixture(autouse=True)
def data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    return tmp_path


def make(*names, **options):
    return create_gallery("x", "resnet50_unet", names, lambda name: jpeg(), **options)[0]


def test_names_that_differ_by_spaces_at_their_ends_are_two_photographs():
    gallery = make(" a.jpg", "a.jpg", "b .jpg", "b.jpg", "=SUM(1).jpg", "'=SUM(1).jpg")
    gallery.arrange({file: Caption(title=f"<{file}>") for file in gallery.captions()})
    found = find_gallery(gallery.id).captions()
    assert len(found) == 6 and all(caption.title == f"<{file}>" for file, caption in found.items())


def test_a_gallery_of_an_earlier_version_with_a_space_before_a_name_is_read_and_mended():
    gallery = make("a.jpg", "b.jpg")
    (gallery.pictures / "b.jpg").rename(gallery.pictures / " a.jpg")
    (gallery.pictures / "captions.csv").write_bytes(write_captions({" a.jpg": Caption("First"), "a.jpg": Caption("2")}))
    assert {file: caption.title for file, caption in gallery.captions().items()} == {" a.jpg": "First", "a.jpg": "2"}
    gallery.remove(" a.jpg")
    assert list(gallery.captions()) == ["a.jpg"]


@pytest.mark.parametrize(
    "formula", ['=HYPERLINK("http://x.org")', "@SUM(A1)", "+1+1", "-1", "'-1", "''@x", "'tis", "\uff1d1+1", "a\n=1"]
)
def test_no_text_is_a_formula_in_the_table_and_each_comes_back(formula):
    data = write_captions({"=a.jpg": Caption(formula, text=formula)})
    cells = [cell.strip('"') for cell in data.decode("utf-8-sig").splitlines()[1].split(",")]
    assert not any(cell.startswith(tuple("=+-@\uff1d")) for cell in cells)
    assert read_captions(data) == {"=a.jpg": Caption(formula, text=formula)}


def test_captions_that_could_not_be_read_again_are_not_saved(monkeypatch):
    gallery = make("a.jpg", "b.jpg")
    monkeypatch.setattr(captions, "MAX_BYTES", 400)
    before = gallery.captions()
    with pytest.raises(CaptionsEncodingError, match="shorten some texts"):
        gallery.arrange({"a.jpg": Caption(text="x" * 500), "b.jpg": Caption()})
    assert gallery.captions() == before


def test_captions_that_have_outgrown_the_limit_are_read_and_can_be_shortened(monkeypatch):
    gallery = make("a.jpg", "b.jpg")
    gallery.arrange({"a.jpg": Caption(text="x" * 500), "b.jpg": Caption(text="y" * 500)})
    monkeypatch.setattr(captions, "MAX_BYTES", 400)
    assert gallery.captions()["a.jpg"].text == "x" * 500
    gallery.arrange({"a.jpg": Caption(text="x" * 490), "b.jpg": Caption(text="y" * 500)})
    assert gallery.captions()["a.jpg"].text == "x" * 490


KILLED = """
import os, sys
from colorizer.gallery.catalogue import create_gallery
from tests.galleries import jpeg
def read(name):
    if name == "b.jpg":
        os.kill(os.getpid(), 9)
    return jpeg()
create_gallery("x", "resnet50_unet", ["a.jpg", "b.jpg"], read, id="street")
"""


def test_a_gallery_whose_making_was_killed_leaves_its_name_free_and_its_files_are_deleted(data_folder, monkeypatch):
    run = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert run.returncode == -signal.SIGKILL
    (left,) = galleries_folder().iterdir()
    assert list(left.rglob("a.jpg")) and list_galleries() == [] and unreadable_galleries() == {}
    monkeypatch.setattr(storage_files, "_YOUNG", -1)
    assert make("a.jpg", id="street").id == "street"
    assert [path.name for path in galleries_folder().iterdir()] == ["street"]


def test_a_gallery_that_is_being_made_is_not_taken_for_a_killed_one(monkeypatch):
    monkeypatch.setattr(storage_files, "_YOUNG", -1)

    def read(name):
        make("a.jpg", id="other")
        return jpeg()

    gallery, _ = create_gallery("x", "resnet50_unet", ["a.jpg"], read, id="street")
    assert list(gallery.captions()) == ["a.jpg"] and len(list_galleries()) == 2


def test_photographs_without_a_gallery_as_earlier_versions_left_them_are_named_and_can_be_deleted():
    gallery = make("a.jpg")
    (gallery.folder / "gallery.json").unlink()
    assert list_galleries() == [] and list(unreadable_galleries()) == [gallery.id]
    delete_gallery(gallery.id)
    assert not gallery.folder.exists() and unreadable_galleries() == {}


@pytest.mark.parametrize("id", ["..", "../galleries", "nothing", ""])
def test_only_a_gallery_is_deleted(id):
    make("a.jpg")
    with pytest.raises(MissingGalleryError):
        delete_gallery(id)
    assert len(list_galleries()) == 1


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "3", "{}", '{"title": null, "created_at": "", "model": ""}', '{"title": ["a"]}', "{", "\xff"],
)
def test_a_damaged_gallery_is_named_and_the_others_are_there(text):
    good, bad = make("a.jpg"), make("a.jpg")
    (bad.folder / "gallery.json").write_text(text, encoding="latin-1")
    assert [gallery.id for gallery in list_galleries()] == [good.id]
    assert list(unreadable_galleries()) == [bad.id]


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"photographs": []}', '{"photographs": {"scan_0.jpg": {"key": 1}}, "refused": {"a": 1}}'],
)
def test_a_damaged_list_of_coloured_pictures_is_made_again(text):
    gallery = make_gallery(2)
    (gallery.folder / "coloured" / "coloured.json").write_text(text)
    assert gallery.photographs() == [] and gallery.refused() == {} and len(gallery.waiting()) == 2
    gallery.colour(TinyColorizer())
    assert len(gallery.photographs()) == 2


def test_a_gallery_deleted_by_a_killed_server_is_gone(monkeypatch):
    gallery = make_gallery(2)

    def die(folder):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(storage_files.shutil, "rmtree", die)
        gallery.delete()
    assert list_galleries() == [] and unreadable_galleries() == {}
    monkeypatch.setattr(storage_files, "_YOUNG", -1)
    make("a.jpg")
    assert len(list(galleries_folder().iterdir())) == 1


# --- two servers


class Waiting(TinyColorizer):
    """A model that waits in the middle of the first photograph."""

    def __init__(self):
        super().__init__()
        self.begun, self.may_go = threading.Event(), threading.Event()

    def predict(self, pixels):
        self.begun.set()
        assert self.may_go.wait(20)
        return super().predict(pixels)


def test_two_servers_that_colour_one_gallery_do_it_once_and_lose_nothing(monkeypatch):
    monkeypatch.setattr("colorizer.gallery.collection.LOCK_SECONDS", 0.05)
    gallery = make_gallery(3, coloured=False)
    first, second = Waiting(), Waiting()
    failures = []

    def colour(model):
        try:
            find_gallery(gallery.id).colour(model)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=colour, args=(model,)) for model in (first, second)]
    threads[0].start()
    assert first.begun.wait(20)
    threads[1].start()
    with pytest.raises(GalleryBusyError, match="another server"):
        gallery.remove("scan_1.jpg")
    time.sleep(0.2)
    first.may_go.set()
    second.may_go.set()
    for thread in threads:
        thread.join(30)
    assert not failures and not second.begun.is_set()
    assert len(gallery.photographs()) == 3
    assert not [path for path in gallery.coloured.folder.iterdir() if path.name.startswith(".")]


def test_pictures_that_another_server_has_made_meanwhile_are_taken():
    gallery = make_gallery(1)
    (photo,) = gallery.photographs()
    kept = gallery.coloured.folder / photo.key
    files = {kind: (kept / f"{kind}.jpg").read_bytes() for kind in ("before", "after", "thumb")}
    gallery.coloured._keep(photo.key, files)
    shutil.rmtree(kept)
    (gallery.coloured.folder / f".{photo.key}.part").mkdir()  # another server at work
    gallery.coloured._keep(photo.key, files)
    assert (kept / "after.jpg").exists() and (gallery.coloured.folder / f".{photo.key}.part").exists()
