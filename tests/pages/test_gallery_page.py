import time
from urllib.parse import quote, unquote

import pytest
import streamlit as st
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

import colorizer
from colorizer import weights
from colorizer.gallery import historical
from colorizer.gallery.captions import Caption, write_captions
from colorizer.gallery.catalogue import create_gallery, find_gallery, list_galleries, unreadable_galleries
from colorizer.gallery.historical import Item
from pages.parts.background import get_tasks
from pages.parts.gallery import table as gallery_table
from pages.parts.gallery import work as gallery_work
from pages.parts.gallery.intake import TwoCaptionsError, from_uploads
from pages.parts.gallery.work import SAMPLE_GALLERY
from pages.parts.widgets import carousel
from pages.routes.gallery import gallery_routes
from study.pool.photos import ArchiveError, NoPhotosError
from tests.asgi import ask
from tests.files import pack
from tests.galleries import CAPTION, files, jpeg, make_gallery
from tests.page_actions import PASSWORD, labels, open_page, press, said
from tests.web_server import web_server

ZIP = "application/zip"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.setenv("HUESTORY_ORGANIZER_PASSWORD", PASSWORD)
    monkeypatch.setattr("pages.parts.gallery.listing.is_outdated", lambda gallery: False)
    st.cache_resource.clear()


@pytest.fixture
def shown(monkeypatch) -> list[dict]:
    """What the carousel was given, at each run."""
    calls = []
    monkeypatch.setattr(carousel, "_mount_carousel", lambda key, data: calls.append(data))
    return calls


def wait(page: AppTest) -> AppTest:
    """Run the page again when nothing is at work in the background any more."""
    for task in get_tasks()._tasks.values():
        task.join(30)
    page.run()
    assert not page.exception
    return page


# --- the gallery for visitors


def test_published_gallery_is_shown_with_every_caption(tiny, shown):
    gallery = make_gallery()
    page = open_page("gallery", gallery=gallery.id)
    assert page.title[0].value == "Our street" and not page.error
    data = shown[-1]
    assert data["label"] == "Coloured by software; colours are guesses" and data["kiosk"] is False
    first = data["photos"][0]
    assert {name: first[name] for name in ("title", "year", "credit", "licence", "url", "text")} == {
        name: getattr(CAPTION, name) for name in ("title", "year", "credit", "licence", "url", "text")
    }
    assert data["query"] == "" and "preview_key" not in str(data)


def test_pictures_are_not_sent_with_the_page(tiny, shown):
    open_page("gallery", gallery=make_gallery().id)
    assert len(str(shown[-1])) < 5000 and "base64" not in str(shown[-1])


def test_fresh_installation_colours_its_own_gallery_once(tiny, shown):
    page = wait(open_page("gallery"))
    assert page.title[0].value == "America, 1935 to 1943"
    assert shown[-1]["photos"][0]["title"].startswith("[Riders and dancers")
    runs = tiny.runs
    assert runs == len(shown[-1]["photos"]) >= 4
    wait(open_page("gallery"))
    assert tiny.runs == runs


def test_progress_of_the_first_visit_is_shown(slow, shown):
    page = open_page("gallery")
    assert slow.runs == 0 and not shown
    assert page.get("progress")[0].proto.text.startswith("Colouring these photographs, once: 0 of")
    slow.may_go = 100
    wait(page)
    assert shown and not page.get("progress")


def test_missing_model_is_said_in_plain_words(monkeypatch):
    def fail(name):
        raise weights.MissingWeightsError("/srv/x.h5")

    monkeypatch.setattr(colorizer, "load_model", fail)
    page = open_page("gallery")
    assert "trained model is missing" in said(page) and "/srv" not in said(page)


@pytest.mark.parametrize("name", ["none-00000000", "../../etc", "<script>"])
def test_no_such_gallery(tiny, name):
    page = open_page("gallery", gallery=name)
    assert page.title[0].value == "No such gallery"
    page = press(page, "Show the galleries that are open")
    assert page.title[0].value == "America, 1935 to 1943"


def test_draft_is_for_the_organizer_only(tiny, shown):
    gallery = make_gallery(published=False)
    assert open_page("gallery", gallery=gallery.id).title[0].value == "No such gallery"
    assert not shown
    page = open_page("gallery", organizer=True, gallery=gallery.id)
    assert "This is a draft" in said(page)
    assert shown[-1]["query"] == f"?preview={gallery.config.preview_key}"


def test_visitors_choose_among_published_galleries(tiny, shown):
    make_gallery(title="Draft", published=False)
    street, market = make_gallery(title="Street"), make_gallery(title="Market")
    page = open_page("gallery", gallery=street.id)
    box = page.selectbox[0]
    assert set(box.options) == {"Street", "Market", "America, 1935 to 1943"}
    box.set_value(market.id).run()
    assert page.title[0].value == "Market"


def test_kiosk_has_the_carousel_and_nothing_else(tiny, shown):
    page = open_page("gallery", through_router=True, gallery=make_gallery().id, kiosk="1")
    assert shown[-1]["kiosk"] is True
    assert not page.selectbox and not page.button and not page.caption


def test_damaged_captions_are_no_traceback(tiny):
    gallery = make_gallery()
    (gallery.pictures / "captions.csv").write_bytes(b"nonsense\n")
    assert "cannot be shown at the moment" in said(open_page("gallery", gallery=gallery.id))


# --- pictures by HTTP


def get(path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and content."""
    return ask(Starlette(routes=gallery_routes("app")), "GET", path, [], b"")


def address(gallery, kind: str = "after") -> str:
    return f"/app/gallery-pictures/{gallery.id}/{gallery.photographs()[0].key}/{kind}.jpg"


def test_pictures_are_served_to_be_kept_by_the_browser():
    gallery = make_gallery(1)
    status, headers, content = get(address(gallery))
    assert status == 200 and headers["content-type"] == "image/jpeg"
    assert "immutable" in headers["cache-control"] and "private" in headers["cache-control"]
    assert content == gallery.coloured.read(gallery.photographs()[0].key, "after")


@pytest.mark.parametrize("query", ["", "?preview=", "?preview=wrong", "?preview=ä"])
def test_pictures_of_a_draft_are_refused(query):
    status, headers, _ = get(address(make_gallery(1, published=False)) + quote(query, safe="?="))
    assert status == 404 and headers["cache-control"] == "no-store"


def test_pictures_of_a_draft_come_with_its_key_and_are_not_kept():
    gallery = make_gallery(1, published=False)
    status, headers, _ = get(f"{address(gallery)}?preview={gallery.config.preview_key}")
    assert status == 200 and headers["cache-control"] == "no-store"


def test_withdrawn_gallery_gives_out_nothing():
    gallery = make_gallery(1)
    gallery.update(published=False)
    assert get(address(gallery))[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "x/0/after.jpg",
        "{id}/{key}/original.jpg",
        "{id}/..%2F..%2Fpictures/scan_0.jpg",
        "..%2F{id}/{key}/after.jpg",
        "{id}/{key}/after.jpg%2F..%2F..%2F..%2Fgallery.json",
        "{id}/../../gallery.json",
    ],
)
def test_nothing_else_is_served(path):
    gallery = make_gallery(1)
    path = path.format(id=gallery.id, key=gallery.photographs()[0].key)
    assert get(f"/app/gallery-pictures/{unquote(path)}")[0] == 404


# --- the organizer


def organize(**query: str) -> AppTest:
    return open_page("organizer", organizer=True, **query)


def scans(entries: dict[str, bytes]) -> tuple[str, bytes, str]:
    return "scans.zip", pack(entries), ZIP


def upload(page: AppTest, *uploads: tuple[str, bytes, str], title: str = "Our street") -> AppTest:
    next(field for field in page.text_input if field.key == "gallery_new_title_0").set_value(title)
    next(field for field in page.file_uploader if field.key == "gallery_new_files_0").set_value(list(uploads))
    return page.run()


def make(page: AppTest) -> AppTest:
    return wait(press(page, "Make the gallery"))


def photos(count: int = 3) -> list[tuple[str, bytes, str]]:
    return [(name, data, "image/jpeg") for name, data in files(count).items()]


def test_galleries_are_for_the_organizer(tiny):
    make_gallery()
    page = open_page("organizer")
    assert not page.tabs and "Our street" not in said(page)


def test_uploaded_photographs_become_a_draft(tiny):
    page = make(upload(organize(), *photos()))
    (gallery,) = list_galleries()
    assert (gallery.config.title, gallery.config.published) == ("Our street", False)
    assert len(gallery.photographs()) == 3 == tiny.runs
    assert "3 of 3 photographs are coloured" in said(page) and "draft" in said(page)


def test_zip_with_folders_captions_and_other_files(tiny):
    table = write_captions({"scan_1.jpg": Caption("Second first"), "scan_0.jpg": CAPTION})
    entries = {f"box/{name}": data for name, data in files(2).items()} | {
        "box/captions.csv": table,
        "box/notes.txt": b"x",
        "box/.DS_Store": b"x",
        "__MACOSX/box/._scan_0.jpg": b"x",
        "box/torn.jpg": b"\xff\xd8\xff",
    }
    page = make(upload(organize(), scans(entries)))
    (gallery,) = list_galleries()
    assert [photo.title for photo in gallery.photographs()] == ["Second first", CAPTION.title]
    assert "Left out: 1" in labels(page.expander) and "**torn.jpg**: " in said(page)


def test_pictures_a_zip_and_a_table_together(tiny):
    more = {name.replace("scan", "more"): data for name, data in files(2).items()}
    table = write_captions({"more_1.jpg": Caption("One"), "scan_0.jpg": Caption("Two")})
    make(upload(organize(), *photos(1), scans(more), ("museum.csv", table, "text/csv")))
    (gallery,) = list_galleries()
    assert [photo.title for photo in gallery.photographs()] == ["One", "Two", "more_0"]


def test_a_museums_own_spreadsheet(tiny):
    table = "Inv.;Titel;Datei\n1;Müllers Mühle;scan_0\n2;Markt;SCAN_1.JPG\n3;Weg;lost.jpg\n".encode("cp1252")
    page = make(upload(organize(), *photos(2), ("list.txt", table, "text/plain")))
    (gallery,) = list_galleries()
    assert [photo.title for photo in gallery.photographs()] == ["Müllers Mühle", "Markt"]
    assert "captions.csv, line 4" in said(page) and "lost" in said(page) and "column Inv" in said(page)
    page.button(key="gallery_begun_seen").click().run()
    assert "Left out" not in said(page)


def test_folder_on_the_server(tiny, tmp_path):
    (tmp_path / "scans" / "box").mkdir(parents=True)
    for name, data in files(2).items():
        (tmp_path / "scans" / "box" / name).write_bytes(data)
    (tmp_path / "scans" / "captions.csv").write_bytes(write_captions({"box/scan_1.jpg": Caption("One")}))
    page = organize()
    page.radio(key="gallery_new_kind_0").set_value("A folder on this server").run()
    page.text_input(key="gallery_new_path_0").set_value(str(tmp_path / "scans"))
    page.text_input(key="gallery_new_title_0").set_value("Scans")
    make(page)
    assert [photo.title for photo in list_galleries()[0].photographs()] == ["One", "scan_0"]
    assert (tmp_path / "scans" / "box" / "scan_0.jpg").exists()


@pytest.mark.parametrize(
    ("uploads", "title", "words"),
    [
        ([], "Street", "a gallery needs photographs"),
        (photos(1), " ", "A gallery needs a title"),
        ([*photos(1), ("captions.csv", b"name\n", "text/csv")], "Street", "captions.csv, line 1: the first line must"),
    ],
)
def test_what_cannot_be_made_is_said_and_leaves_nothing(tiny, tmp_path, uploads, title, words):
    page = press(upload(organize(), *uploads, title=title), "Make the gallery")
    assert words in said(page)
    assert not list(tmp_path.glob("galleries/*")) and tiny.runs == 0


class Upload:
    def __init__(self, name: str, data: bytes, mime: str):
        self.name, self.getvalue = name, lambda: data


@pytest.mark.parametrize(
    ("uploads", "error", "words"),
    [
        ([("a.csv", b"file\n", ""), ("b.csv", b"file\n", "")], TwoCaptionsError, "Received 2: a.csv, b.csv"),
        ([scans({"../evil.jpg": jpeg()})], ArchiveError, "must stay inside it"),
        ([("scans.zip", b"no zip", ZIP)], ArchiveError, "must be whole and readable"),
        ([scans({"a.txt": b"x"})], NoPhotosError, "must hold some"),
    ],
)
def test_what_cannot_be_taken_in_is_named(uploads, error, words):
    with pytest.raises(error, match=words):
        from_uploads([Upload(*each) for each in uploads])


def test_zip_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr("study.pool.photos.ZIP_MAX_BYTES", 1000)
    with pytest.raises(ArchiveError, match="may unpack to 1000 bytes"):
        from_uploads([Upload(*scans(files(2)))])


def test_damaged_file_in_a_zip_is_named_and_the_others_taken():
    name, data, mime = scans(files(2))
    damaged = data.replace(files(2)["scan_1.jpg"][:2000], bytes(2000))
    intake = from_uploads([Upload(name, damaged, mime)])
    gallery, refused = create_gallery("x", "resnet50_unet", intake.names, intake.read)
    assert list(gallery.captions()) == ["scan_0.jpg"] and "damaged in the archive" in refused["scan_1.jpg"]


def test_files_of_one_name_from_two_archives_are_all_taken():
    intake = from_uploads([Upload(*scans({"a.jpg": b"1"})), Upload(*scans({"a.jpg": b"2"})), Upload("a.jpg", b"3", "")])
    assert {intake.read(name) for name in intake.names} == {b"1", b"2", b"3"}


def test_colouring_can_be_stopped_and_carried_on(slow):
    slow.may_go = 1
    page = press(upload(organize(), *photos()), "Make the gallery")
    (gallery,) = list_galleries()
    while slow.runs < 1:
        time.sleep(0.01)
    page.run()
    press(page, "Stop")
    slow.may_go = 2
    page = wait(page)
    assert "not coloured yet; what is done is kept" in said(page)
    slow.may_go = 100
    page = wait(press(page, "Colour them"))
    assert len(gallery.photographs()) == 3 == slow.runs


def test_publish_gives_links_and_withdraw_takes_them_back(tiny):
    gallery = make_gallery(published=False)
    page = press(organize(), "Publish")
    assert gallery.config.published
    assert f"/gallery?gallery={gallery.id}\n" in said(page) + "\n" and f"?gallery={gallery.id}&kiosk=1" in said(page)
    page = press(page, "Withdraw")
    assert not gallery.config.published and "kiosk=1" not in said(page)


def test_who_comes_from_the_gallery_reads_of_galleries(tiny):
    page = open_page("organizer", organizer=True, tab="galleries")
    assert page.title[0].value == "Put photographs on show" and "Ask people" not in said(page)
    assert open_page("organizer", organizer=True).title[0].value == "Run a study"


def test_delete_asks_first(tiny):
    gallery = make_gallery()
    page = organize()
    assert "for good" in said(page) and gallery.folder.exists()
    press(page, "Delete for good")
    assert not gallery.folder.exists()


def test_built_in_gallery_can_be_hidden_but_not_deleted(tiny):
    gallery_work.sample_gallery().colour(tiny)
    page = organize()
    assert "Delete for good" not in labels(page.button)
    press(page, "Withdraw")
    assert not find_gallery(SAMPLE_GALLERY).config.published


# --- galleries that cannot be read


@pytest.mark.parametrize("left", ["nothing", "an empty gallery.json", "an unfinished one"])
def test_a_damaged_built_in_gallery_is_set_aside_and_made_again(tiny, shown, tmp_path, left):
    folder = tmp_path / "galleries" / SAMPLE_GALLERY
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "a.jpg").write_bytes(jpeg())
    if left == "an empty gallery.json":
        (folder / "gallery.json").touch()
    if left == "nothing":
        folder.rename(tmp_path / "elsewhere")
    page = wait(open_page("gallery"))
    assert not page.error and page.title[0].value == "America, 1935 to 1943" and shown
    asides = [gallery for gallery in unreadable_galleries() if gallery.startswith(f"{SAMPLE_GALLERY}-damaged-")]
    assert len(asides) == (left != "nothing")
    page = organize()
    if asides:
        assert "cannot be used" in said(page)
        page.button(key=f"gallery_delete_{asides[0]}").click().run()
        assert not page.exception and unreadable_galleries() == {}


def test_captions_that_cannot_be_read_hold_no_other_gallery_and_can_be_deleted(tiny, shown):
    good, bad = make_gallery(title="Good one"), make_gallery(title="Bad one")
    (bad.folder / "gallery.json").write_text((bad.folder / "gallery.json").read_text().replace("20", "21", 1))
    (bad.pictures / "captions.csv").write_bytes(b"file,title\nnowhere.jpg,x\n")
    page = open_page("gallery")
    assert page.title[0].value == "Good one" and not page.error
    page = open_page("gallery", gallery=bad.id)
    assert page.error and "Good one" in page.selectbox[0].options
    page = organize()
    assert "nowhere.jpg" in said(page) and "Good one" in said(page)
    page.button(key=f"gallery_delete_{bad.id}").click().run()
    assert not page.exception and not bad.folder.exists() and good.folder.exists()


def test_a_built_in_gallery_of_a_later_version_holds_no_other(tiny, shown):
    good = make_gallery(title="Good one")
    sample = gallery_work.sample_gallery()
    (sample.folder / "gallery.json").write_text('{"format": 99}')
    page = open_page("gallery")
    assert page.title[0].value == "Good one" and not page.error
    assert open_page("gallery", gallery=SAMPLE_GALLERY).error and good.folder.exists()


def edit(page: AppTest, gallery) -> AppTest:
    return page.toggle(key=f"gallery_edit_{gallery.id}").set_value(True).run()


def test_order_is_changed_by_buttons(tiny):
    gallery = make_gallery()
    page = edit(organize(), gallery)
    page.selectbox(key=f"gallery_file_{gallery.id}").set_value("scan_2.jpg").run()
    press(press(page, "Move up"), "Move up")
    assert list(gallery.captions()) == ["scan_2.jpg", "scan_0.jpg", "scan_1.jpg"]
    press(page, "Move up")
    assert next(iter(gallery.captions())) == "scan_2.jpg"
    press(page, "Move down")
    assert list(gallery.captions()) == ["scan_0.jpg", "scan_2.jpg", "scan_1.jpg"]


def test_photograph_is_removed(tiny):
    gallery = make_gallery()
    press(edit(organize(), gallery), "Remove it")
    assert list(gallery.captions()) == ["scan_1.jpg", "scan_2.jpg"]


def test_title_is_changed(tiny):
    gallery = make_gallery()
    page = edit(organize(), gallery)
    page.text_input(key=f"gallery_title_{gallery.id}").set_value("Our town").run()
    assert gallery.config.title == "Our town" and "Our town" in said(page)


def test_photographs_and_captions_are_added(tiny):
    gallery = make_gallery(2)
    page = edit(organize(), gallery)
    table = write_captions({"more.jpg": Caption("New"), "scan_1.jpg": Caption("Old")})
    more = [("more.jpg", jpeg(7), "image/jpeg"), ("captions.csv", table, "text/csv")]
    page.file_uploader(key=f"gallery_more_{gallery.id}_0").set_value(more).run()
    wait(press(page, "Add 2 files"))
    assert [photo.title for photo in gallery.photographs()] == [CAPTION.title, "Old", "New"]


def test_table_of_all_captions_says_the_order_too(tiny):
    gallery = make_gallery(2)
    page = edit(organize(), gallery)
    table = write_captions({"scan_1.jpg": Caption("b"), "scan_0.jpg": Caption("a")})
    page.file_uploader(key=f"gallery_more_{gallery.id}_0").set_value([("x.csv", table, "text/csv")]).run()
    wait(press(page, "Add 1 file"))
    assert [photo.title for photo in gallery.photographs()] == ["b", "a"]


def test_what_was_left_out_of_a_table_stays_until_it_has_been_seen(tiny):
    gallery = make_gallery(2)
    page = edit(organize(), gallery)
    table = write_captions({"scan_1.jpg": Caption("b"), "gone.jpg": Caption("c")})
    page.file_uploader(key=f"gallery_more_{gallery.id}_0").set_value([("x.csv", table, "text/csv")]).run()
    wait(press(page, "Add 1 file"))
    page.run()  # as each second while photographs are being coloured
    assert "no photograph called 'gone.jpg'" in said(page)
    assert "no photograph called" not in said(press(page, "I have seen it"))


class State(dict):
    """In place of the session's state."""

    __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__


@pytest.fixture
def table(monkeypatch):
    """The table of a gallery, typed into."""
    gallery, state = make_gallery(), State()
    monkeypatch.setattr(gallery_table.st, "session_state", state)

    def type_in(**cells_by_row):
        gallery_table._held_rows(gallery)
        state.table = {"edited_rows": {int(row.removeprefix("row")): cells for row, cells in cells_by_row.items()}}
        gallery_table.save_table(gallery, "table")
        return state

    return gallery, type_in


def test_what_is_typed_is_on_the_disk(table):
    gallery, type_in = table
    type_in(row1={"title": " Market square ", "year": "1901"}, row0={"text": None})
    assert gallery.captions()["scan_1.jpg"] == Caption("Market square", "1901")
    assert gallery.captions()["scan_0.jpg"].text == ""


def test_cell_that_cannot_be_taken_is_named_and_the_others_saved(table):
    gallery, type_in = table
    state = type_in(row0={"url": "javascript:alert(1)"}, row1={"title": "Kept"})
    assert "scan_0.jpg" in state["gallery_edit_problem"] and "https://" in state["gallery_edit_problem"]
    assert gallery.captions()["scan_0.jpg"].url == CAPTION.url
    assert gallery.captions()["scan_1.jpg"].title == "Kept"


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ({"row2": {"place": 1}}, "201"),
        ({"row0": {"place": 99}}, "120"),
        ({"row2": {"place": 1}, "row1": {"place": 2}}, "210"),
    ],
)
def test_place_moves_a_photograph(table, places, order):
    gallery, type_in = table
    type_in(**places)
    assert list(gallery.captions()) == [f"scan_{number}.jpg" for number in order]


# --- historical photographs


@pytest.fixture
def web(monkeypatch):
    with web_server() as web:
        items = [Item(f"loc_{n}.jpg", Caption(f"Photograph {n}"), f"{web.address}/{n}.jpg") for n in range(3)]
        monkeypatch.setattr(historical, "list_items", lambda: items)
        monkeypatch.setattr(historical, "PAUSE", 0)
        yield web


def test_historical_photographs_are_announced_fetched_and_made_a_gallery(tiny, web):
    page = organize()
    assert "3 photographs from 127.0.0.1" in said(page) and "Nothing is fetched before" in said(page)
    assert not web.asked
    page = wait(press(page, "Fetch 3 photographs"))
    wait(press(page, "Make a gallery of the 3 that are here"))
    assert [photo.title for photo in list_galleries()[0].photographs()] == [f"Photograph {n}" for n in range(3)]


def test_what_was_not_fetched_is_named_and_can_be_tried_again(tiny, web):
    missing = web.files.pop("/1.jpg")
    page = wait(press(organize(), "Fetch 3 photographs"))
    assert "1 were not fetched" in said(page) and "**loc_1.jpg**: the server does not give it out: 404" in said(page)
    web.files["/1.jpg"] = missing
    page = wait(press(page, "Fetch 1 photographs"))
    assert "not fetched" not in said(page) and "All photographs are there already" in said(page)


def test_a_folder_for_iiif_viewers_needs_its_address(tiny):
    gallery = make_gallery()
    page = organize()
    assert "Download the folder" not in labels(page.download_button)
    field = page.text_input(key=f"gallery_iiif_address_{gallery.id}")
    field.set_value("museum").run()
    assert "begins with https://" in said(page)
    page.text_input(key=f"gallery_iiif_address_{gallery.id}").set_value("https://museum.example/show").run()
    assert "Download the folder" in labels(page.download_button)
