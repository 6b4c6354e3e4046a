import base64
import hashlib
import json
import os
import re
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest

from colorizer import images
from colorizer.gallery import collection, export, pictures
from colorizer.gallery.captions import Caption, CaptionColumnsError, write_captions
from colorizer.gallery.catalogue import (
    create_gallery,
    find_gallery,
    galleries_folder,
    list_galleries,
    unreadable_galleries,
)
from colorizer.gallery.collection import (
    ColouringStoppedError,
    GalleryBusyError,
    GalleryFullError,
    MissingGalleryError,
    MissingPictureError,
    NewerGalleryError,
    UnreadablePictureError,
)
from colorizer.gallery.export import EmptyGalleryError, export_page
from colorizer.imaging.metadata import DIGITAL_SOURCE_TYPE
from storage.files import locked
from tests.galleries import CAPTION, files, jpeg, make_gallery
from tests.tiny import TinyColorizer


@pytest.fixture(autouse=True)
def data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    return tmp_path


# --- making and finding


def test_gallery_keeps_photographs_captions_and_order():
    gallery = make_gallery()
    again = find_gallery(gallery.id)
    assert again.config.title == "Our street" and re.fullmatch(r"our-street-[0-9a-f]{8}", again.id)
    assert list(again.captions()) == ["scan_0.jpg", "scan_1.jpg", "scan_2.jpg"]
    assert again.captions()["scan_0.jpg"] == CAPTION
    assert [photo.title for photo in again.photographs()] == [CAPTION.title, "scan_1", "scan_2"]


def test_a_folder_of_pictures_without_captions_is_a_gallery():
    gallery, _ = create_gallery("x", "resnet50_unet", ["b.jpg", "a.jpg"], lambda name: jpeg())
    (gallery.pictures / "captions.csv").unlink()
    assert gallery.captions() == {"a.jpg": Caption(), "b.jpg": Caption()}


def test_gallery_of_an_earlier_version_goes_on_and_fields_that_are_not_known_are_kept():
    gallery = make_gallery()
    path = gallery.folder / "gallery.json"
    first = {"title": "Our street", "created_at": "2026-11-21T10:00:00+00:00", "model": "resnet50_unet"}
    path.write_text(json.dumps({**first, "wall": "green"}))
    find_gallery(gallery.id).update(published=True)
    values = json.loads(path.read_text())
    assert (values["title"], values["published"], values["wall"], values["format"]) == ("Our street", True, "green", 1)


def test_gallery_of_a_later_version_is_refused_by_name_and_stays_as_it_is():
    gallery = make_gallery()
    path = gallery.folder / "gallery.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    written = path.read_bytes()
    with pytest.raises(NewerGalleryError, match="format 99"):
        find_gallery(gallery.id)
    assert list_galleries() == [] and "later Huestory" in unreadable_galleries()[gallery.id]
    assert path.read_bytes() == written


@pytest.mark.parametrize("id", ["../evil", "a/b", "", ".", "A", "x" * 65, "é", "a\n"])
def test_no_path_is_made_of_what_cannot_be_an_id(id):
    with pytest.raises(MissingGalleryError):
        find_gallery(id)


@pytest.mark.parametrize(
    "name", ["../../evil.jpg", "/etc/evil.jpg", "C:\\scans\\evil.jpg", ".evil.jpg", "a\0/evil.jpg"]
)
def test_names_of_pictures_lead_nowhere(name, data_folder):
    gallery, _ = create_gallery("x", "resnet50_unet", [name], lambda name: jpeg())
    assert list(gallery.captions()) == ["evil.jpg"]
    assert [path.name for path in data_folder.rglob("*evil*")] == ["evil.jpg"]


def test_pictures_of_one_name_are_all_kept_with_their_own_captions():
    table = write_captions({"b/a.jpg": Caption("b"), "a/a.jpg": Caption("a")})
    gallery, _ = create_gallery("x", "resnet50_unet", ["a/a.jpg", "b/a.jpg"], lambda name: name.encode(), table)
    assert {file: caption.title for file, caption in gallery.captions().items()} == {"a_2.jpg": "b", "a.jpg": "a"}
    assert (gallery.pictures / "a_2.jpg").read_bytes() == b"b/a.jpg"


def test_rows_for_photographs_that_are_not_there_are_named_and_the_rest_taken():
    table = b"file,title,shelf\nb.jpg,B,1\na.jpg,A,2\n"
    gallery, refused = create_gallery("x", "resnet50_unet", ["a.jpg"], lambda name: jpeg(), table)
    assert gallery.captions() == {"a.jpg": Caption("A")}
    assert list(refused) == ["captions.csv, column shelf", "captions.csv, line 2"]
    assert "no photograph called 'b.jpg'" in refused["captions.csv, line 2"]


def test_captions_that_cannot_be_used_leave_nothing_behind():
    with pytest.raises(CaptionColumnsError):
        create_gallery("x", "resnet50_unet", ["a.jpg"], lambda name: jpeg(), b"number\n1\n")
    assert not list(galleries_folder().glob("*"))


def test_disk_that_is_full_leaves_nothing_behind(monkeypatch):
    def fail(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(collection, "write_file", fail)
    with pytest.raises(OSError, match="No space"):
        create_gallery("x", "resnet50_unet", ["a.jpg"], lambda name: jpeg())
    assert not list(galleries_folder().glob("*"))


def test_pictures_that_cannot_be_read_are_named_and_the_others_taken():
    def read(name):
        if name == "b.jpg":
            raise UnreadablePictureError("it is damaged in the archive")
        return jpeg()

    gallery, refused = create_gallery("x", "resnet50_unet", ["a.jpg", "b.jpg"], read)
    assert list(gallery.captions()) == ["a.jpg"] and refused == {"b.jpg": "it is damaged in the archive"}


def test_a_gallery_has_room_for_so_many(monkeypatch):
    monkeypatch.setattr(collection, "MAX_PICTURES", 2)
    gallery = make_gallery(2)
    with pytest.raises(GalleryFullError, match="up to 2 photographs"):
        gallery.add("c.jpg", jpeg())
    with pytest.raises(GalleryFullError):
        make_gallery(3)


def test_damaged_gallery_does_not_hide_the_others():
    bad, good = make_gallery(1), make_gallery(1)
    (bad.folder / "gallery.json").write_text("{")
    assert [gallery.id for gallery in list_galleries()] == [good.id]


# --- colouring


def test_pictures_are_before_and_after_at_one_size_with_the_mark_on_the_coloured_one():
    gallery = make_gallery(1)
    (photo,) = gallery.photographs()
    before, after = (images.read(gallery.coloured.read(photo.key, kind)) for kind in ("before", "after"))
    assert not before.is_color and after.is_color
    assert before.pixels.shape[:2] == after.pixels.shape[:2] == (photo.height, photo.width) == (96, 128)
    for kind, marked in (("before", False), ("after", True), ("thumb", True)):
        data = gallery.coloured.read(photo.key, kind)
        assert (DIGITAL_SOURCE_TYPE.encode() in data) is marked, kind
        assert (b"resnet50_unet" in data) is marked, kind


def test_large_photographs_are_brought_to_the_size_of_a_screen(monkeypatch):
    monkeypatch.setattr(pictures, "VIEW_SIDE", 64)
    (photo,) = make_gallery(1).photographs()
    assert (photo.width, photo.height) == (64, 48)


def test_nothing_is_coloured_twice():
    gallery, model = make_gallery(coloured=False), TinyColorizer()
    gallery.colour(model)
    gallery.colour(model)
    assert model.runs == 3
    gallery.add("more.jpg", jpeg(9))
    gallery.add("twin.jpg", jpeg(9))
    gallery.colour(model)
    assert model.runs == 4 and len(gallery.photographs()) == 5


def test_other_weights_colour_anew_and_the_old_pictures_go():
    gallery, model = make_gallery(), TinyColorizer()
    old = {photo.key for photo in gallery.photographs()}
    model.weights_sha256 = "1" * 64
    gallery.colour(model)
    assert model.runs == 3 and not old & {photo.key for photo in gallery.photographs()}
    assert len(list(gallery.coloured.folder.glob("*/after.jpg"))) == 3


def test_bad_pictures_are_refused_by_name_and_the_others_done():
    pictures = files(2) | {"torn.jpg": b"\xff\xd8\xff", "letter.png": b"Dear grandmother"}
    gallery, _ = create_gallery("x", "resnet50_unet", list(pictures), pictures.__getitem__)
    gallery.colour(TinyColorizer())
    assert len(gallery.photographs()) == 2 and not gallery.waiting()
    assert set(gallery.refused()) == {"torn.jpg", "letter.png"}
    assert "must be JPEG" in gallery.refused()["letter.png"]


def test_colouring_can_be_stopped_and_goes_on_where_it_was():
    gallery, model, seen = make_gallery(coloured=False), TinyColorizer(), []
    with pytest.raises(ColouringStoppedError, match="after 2 of 3"):
        gallery.colour(model, lambda done, total, file: seen.append((done, total, file)), lambda: len(seen) == 2)
    assert seen == [(0, 3, "scan_0.jpg"), (1, 3, "scan_1.jpg")]
    assert gallery.waiting() == ["scan_2.jpg"]
    gallery.colour(model)
    assert model.runs == 3 and not gallery.waiting()


def test_crash_between_two_files_leaves_no_half_photograph(monkeypatch):
    gallery, write = make_gallery(1, coloured=False), images.write_file

    def crash(path, data):
        if path.name == "after.jpg":
            raise KeyboardInterrupt
        write(path, data)

    monkeypatch.setattr(pictures, "write_file", crash)
    with pytest.raises(KeyboardInterrupt):
        gallery.colour(TinyColorizer())
    monkeypatch.undo()
    assert not gallery.photographs()
    gallery.colour(TinyColorizer())
    assert len(gallery.photographs()) == 1 and not list(gallery.coloured.folder.glob(".*"))


def test_lost_list_of_what_is_coloured_is_made_again_without_the_network():
    gallery, model = make_gallery(), TinyColorizer()
    (gallery.coloured.folder / "coloured.json").write_text("{")
    assert not gallery.photographs()
    gallery.colour(model)
    assert model.runs == 0 and len(gallery.photographs()) == 3


@pytest.mark.parametrize(("key", "kind"), [("../" * 5, "after"), ("0" * 32, "after"), ("x", "thumb"), (None, "../a")])
def test_no_picture_outside_the_gallery(key, kind):
    gallery = make_gallery(1)
    with pytest.raises(MissingPictureError):
        gallery.coloured.read(key or gallery.photographs()[0].key, kind)


# --- changing


def test_order_and_captions_are_kept():
    gallery = make_gallery()
    rows = gallery.captions()
    gallery.arrange(
        {"scan_2.jpg": Caption("Last first"), **{file: rows[file] for file in ("scan_0.jpg", "scan_1.jpg")}}
    )
    titles = [photo.title for photo in find_gallery(gallery.id).photographs()]
    assert titles == ["Last first", CAPTION.title, "scan_1"]


def test_saving_that_fails_keeps_the_old_captions(monkeypatch):
    gallery = make_gallery()
    before = gallery.captions()

    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        gallery.arrange({file: Caption("new") for file in before})
    monkeypatch.undo()
    assert gallery.captions() == before
    assert not list(gallery.pictures.glob(".*"))


def test_removed_photograph_is_gone_from_the_disk():
    gallery = make_gallery()
    key = gallery.photographs()[0].key
    gallery.remove("scan_0.jpg")
    assert [photo.file for photo in gallery.photographs()] == ["scan_1.jpg", "scan_2.jpg"]
    assert not (gallery.coloured.folder / key).exists() and not (gallery.pictures / "scan_0.jpg").exists()
    with pytest.raises(MissingPictureError, match="none called 'scan_0"):
        gallery.remove("scan_0.jpg")


def test_deleted_gallery_is_gone_from_the_disk(data_folder):
    gallery = make_gallery()
    gallery.delete()
    assert not gallery.folder.exists() and not list_galleries()


def test_configuration_keeps_what_is_not_changed():
    gallery = make_gallery(published=False)
    key = gallery.config.preview_key
    gallery.update(published=True)
    assert gallery.config.published and gallery.config.preview_key == key and len(key) >= 32
    assert json.loads((gallery.folder / "gallery.json").read_text())["title"] == "Our street"


def test_gallery_that_somebody_else_is_changing_says_so(monkeypatch):
    gallery = make_gallery(1)
    monkeypatch.setattr(collection, "locked", partial(locked, timeout=0.05))
    with locked(gallery.folder / "gallery"), pytest.raises(GalleryBusyError, match="one process at a time"):
        gallery.update(published=False)
    assert gallery.config.published


# --- export


class Page(HTMLParser):
    """What a page would load, run or follow, and its words."""

    def __init__(self, html: str):
        super().__init__()
        self.loads, self.links, self.tags, self.text, self.policy = [], [], [], "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.loads += [attrs[name] for name in ("src", "data", "poster", "background") if name in attrs]
        self.links += [attrs["href"]] if "href" in attrs else []
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]

    def handle_data(self, data):
        self.text += data


def test_page_has_everything_inside_and_asks_nobody():
    html = export_page(make_gallery()).decode()
    page = Page(html)
    assert len(page.loads) == 6 and all(source.startswith("data:image/jpeg;base64,") for source in page.loads)
    assert page.links == [CAPTION.url]
    assert not {"link", "iframe", "object", "base", "form"} & set(page.tags)
    assert "url(" not in html and "@import" not in html


def test_page_shows_words_of_strangers_as_words():
    page = Page(export_page(make_gallery(1, title="<script>alert(0)</script>")).decode())
    assert page.tags.count("script") == 1 and "b" not in page.tags
    assert "<script>alert(0)</script>" in page.text and CAPTION.credit in page.text and CAPTION.title in page.text


def test_page_allows_its_own_script_and_style_and_nothing_else():
    html = export_page(make_gallery(1)).decode()
    policy = Page(html).policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_page_says_that_colours_are_guesses_and_its_pictures_bear_the_mark():
    page = Page(export_page(make_gallery(2)).decode())
    assert page.text.count(images.CAPTION) >= 3, "at the top, and with each photograph"
    pictures = [base64.b64decode(source.partition(",")[2]) for source in page.loads]
    assert [DIGITAL_SOURCE_TYPE.encode() in data for data in pictures] == [False, True, False, True]


def test_smaller_pictures_keep_mark_and_shape():
    gallery = make_gallery(1)
    pictures = [base64.b64decode(s.partition(",")[2]) for s in Page(export_page(gallery, 64).decode()).loads]
    assert [images.read(data).pixels.shape[:2] for data in pictures] == [(48, 64), (48, 64)]
    assert DIGITAL_SOURCE_TYPE.encode() in pictures[1]
    assert export.estimate_bytes(gallery, 64) < export.estimate_bytes(gallery)


def test_same_gallery_same_page():
    gallery = make_gallery()
    assert export_page(gallery) == export_page(gallery)


def test_braces_in_captions_are_no_places_of_the_template():
    gallery = make_gallery(1)
    gallery.arrange({"scan_0.jpg": Caption("{script} {nothing}")})
    assert "{script} {nothing}" in Page(export_page(gallery).decode()).text


def test_empty_gallery_has_no_page():
    with pytest.raises(EmptyGalleryError, match="at least one"):
        export_page(make_gallery(coloured=False))


def test_original_in_colour_stays_as_it_was(rng):
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[..., 0] = np.arange(64) * 3
    gallery, _ = create_gallery("x", "resnet50_unet", ["sepia.png"], lambda name: images.write(rgb, "png"))
    gallery.colour(TinyColorizer())
    (photo,) = gallery.photographs()
    assert images.read(gallery.coloured.read(photo.key, "before")).is_color


def test_a_photograph_that_breaks_the_network_does_not_keep_the_others_waiting(monkeypatch, caplog):
    gallery, model = make_gallery(coloured=False), TinyColorizer()
    predict = model.predict

    def fail_once(image):
        if model.runs == 1:
            model.runs += 1
            raise RuntimeError("secret detail")
        return predict(image)

    monkeypatch.setattr(model, "predict", fail_once)
    gallery.colour(model)
    assert len(gallery.photographs()) == 2
    assert "Something went wrong" in gallery.refused()["scan_1.jpg"] and "secret" not in gallery.refused()["scan_1.jpg"]
    assert "secret detail" in caplog.text


def test_words_from_right_to_left_run_so_in_the_export():
    gallery = make_gallery()
    gallery.arrange({file: Caption("שוק בלודז׳", "1936") for file in gallery.captions()})
    gallery.colour(TinyColorizer())
    page = export_page(gallery).decode()
    assert '<h2 dir="auto">שוק בלודז׳</h2>' in page and '<h1 dir="auto">' in page
    for name in ("text", "credit", "origin"):
        assert f'<p class="{name}" dir="auto">' in page
