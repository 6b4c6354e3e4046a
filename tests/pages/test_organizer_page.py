import os
import time
import zipfile

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts import addresses, sign_in
from pages.parts.organizer import order, preview
from pages.parts.organizer.building import find_build
from pages.parts.organizer.order import ORDER, Order
from pages.parts.organizer.sources import BUILT_IN
from pages.parts.uploads import FOLDER
from study.consent import default_consent
from study.finding import list_studies, studies_folder
from study.folder import Study
from study.protocol import preset
from study.recruiting.panel import Panel
from study.recruiting.quotas import Quota
from tests.files import pack
from tests.page_actions import PASSWORD, labels, open_page, press, said, sound, upload
from tests.studies import make_study, take_part
from tests.study_photos import SMALL, files, no_waiting_for_the_disk, photograph, png  # noqa: F401

ZIP = "application/zip"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.setenv("HUESTORY_ORGANIZER_PASSWORD", PASSWORD)
    st.cache_data.clear()
    st.cache_resource.clear()


def organize(**options) -> AppTest:
    return open_page("organizer", organizer=True, **options)


def photos(count: int = 10) -> list[tuple[str, bytes, str]]:
    return [(name.rpartition("/")[2], data, "image/png") for name, data in files(count).items()]


def name_it(page: AppTest, title: str = "Cats & dogs") -> AppTest:
    return next(field for field in page.text_input if field.label == "Title").set_value(title).run()


def build(page: AppTest) -> AppTest:
    press(page, "Build the study")
    return wait(page)


def wait(page: AppTest) -> AppTest:
    for folder in order.list_unfinished():
        find_build(folder).join(30)
    page.run()
    assert not page.exception
    return page


def studies() -> list[Study]:
    return list_studies(studies_folder())


# --- the way in


def test_without_a_password_the_page_says_how_to_set_one(monkeypatch):
    monkeypatch.delenv("HUESTORY_ORGANIZER_PASSWORD")
    page = open_page("organizer")
    assert page.title[0].value == "Run a study"
    assert "HUESTORY_ORGANIZER_PASSWORD" in said(page) and "no default password" in said(page)
    assert not page.text_input and not page.tabs


def test_the_password_opens_the_page_for_the_session(tiny):
    page = open_page("organizer")
    page.text_input[0].set_value(PASSWORD)
    press(page, "Sign in")
    assert labels(page.tabs) == ["Your studies", "New study", "How many?", "Galleries"]
    page.run()
    assert page.tabs
    press(page, "Sign out")
    assert not page.tabs and labels(page.text_input) == ["Password"]


@pytest.mark.parametrize("given", ["", "wrong", PASSWORD.upper(), f"{PASSWORD} ", "pässwörd"])
def test_a_wrong_password_opens_nothing(given):
    page = open_page("organizer")
    page.text_input[0].set_value(given)
    press(page, "Sign in")
    assert "not the password" in said(page) and not page.tabs


def test_guesses_are_slowed_down_for_all_sessions_of_a_visitor(monkeypatch):
    monkeypatch.setattr(sign_in, "_visitor", lambda: "10.1.2.3")
    for _ in range(sign_in.GUESSES):
        page = open_page("organizer")
        page.text_input[0].set_value("wrong")
        press(page, "Sign in")
    page = open_page("organizer")
    page.text_input[0].set_value(PASSWORD)
    press(page, "Sign in")
    assert "Too many attempts" in said(page) and not page.tabs


def test_a_changed_password_ends_old_sessions(monkeypatch, tiny):
    page = organize()
    assert page.tabs
    monkeypatch.setenv("HUESTORY_ORGANIZER_PASSWORD", "another")
    page.run()
    assert not page.tabs


# --- building


def test_uploaded_photographs_become_a_draft(tiny):
    page = upload(name_it(organize()), *photos(31))
    build(page)
    (study,) = studies()
    assert (study.config.study, study.config.title, study.config.state) == ("cats-dogs", "Cats & dogs", "draft")
    assert len(study.pool.photos) == 31 and study.pool.models == ("resnet50_unet",)
    assert study.pool.conditions[0]["source"] == f"model resnet50_unet, weights sha256 {'0' * 64}"
    assert study.config.protocol == preset("balanced")
    assert tiny.runs == 31
    assert not (study.folder / ORDER).exists(), "uploads are not kept"
    assert not page.error and "31 photographs" in said(page)
    assert next(field for field in page.text_input if field.key == "organizer_new_title_1").value == ""


def test_refused_photographs_are_named_with_reasons(tiny):
    gray = png(np.repeat(photograph(77).mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1))
    extra = [("grey_*.png", gray, "image/png"), ("torn.jpg", b"\xff\xd8\xff", "image/jpeg")]
    page = build(upload(name_it(organize()), *photos(), *extra))
    assert "Left out: 2" in labels(page.expander)
    assert "**grey_*.png**: it is a grey photograph" in said(page)
    assert "**torn.jpg**: " in said(page)


def test_zip_and_pictures_coloured_elsewhere(tiny):
    originals = files(10)
    theirs = {name.replace(".png", "_colorized.png"): data for name, data in originals.items()}
    page = upload(name_it(organize()), ("photos.zip", pack(originals), ZIP))
    next(number for number in page.number_input if "sets" in number.key).set_value(1).run()
    next(field for field in page.text_input if field.label == "Name of set 1").set_value("deoldify").run()
    upload(page, ("theirs.zip", pack(theirs), ZIP), key="set_1")
    build(page)
    assert studies()[0].pool.models == ("resnet50_unet", "deoldify")


def test_folder_on_the_server(tiny, tmp_path):
    for name, data in files(10).items():
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(data)
    page = name_it(organize())
    page.radio(key="organizer_new_photos_kind_0").set_value(FOLDER).run()
    page.text_input(key="organizer_new_photos_path_0").set_value(str(tmp_path / "photos")).run()
    build(page)
    assert len(studies()[0].pool.photos) == 10
    assert (tmp_path / "photos" / "holiday" / "IMG_000.png").exists()


def test_built_in_samples_make_a_demonstration(tiny):
    page = name_it(organize())
    page.radio(key="organizer_new_photos_kind_0").set_value(BUILT_IN).run()
    build(page)
    assert studies()[0].config.demonstration
    assert "This is a demonstration" in said(page)


def test_preset_custom_numbers_and_time_limit(tiny):
    page = upload(name_it(organize()), *photos(12))
    page.radio(key="organizer_new_preset_0").set_value("custom").run()
    page.selectbox(key="organizer_new_layout_0").set_value("grid").run()
    for name, value in {"real": 2, "recolored": 4, "catch": 1, "practice": 3, "missed": 0, "fastest": 900}.items():
        page.number_input(key=f"organizer_new_{name}_0").set_value(value).run()
    page.toggle(key="organizer_new_limited_0").set_value(True).run()
    page.text_input(key="organizer_new_exposures_0").set_value("half a second").run()
    assert "whole milliseconds" in page.error[0].value.replace("\\", "")
    page.text_input(key="organizer_new_exposures_0").set_value("1500").run()
    build(page)
    p = studies()[0].config.protocol
    assert (p.name, p.layout, p.real, p.recolored, p.catch, p.practice) == ("custom", "grid", 2, 4, 1, 3)
    assert (p.exposures_ms, p.exclusions.max_missed_catch, p.exclusions.min_median_ms) == ((1500,), 0, 900)


def test_numbers_outside_what_people_can_be_asked_are_said(tiny):
    page = organize()
    page.radio(key="organizer_new_preset_0").set_value("custom").run()
    page.selectbox(key="organizer_new_layout_0").set_value("grid").run()
    page.number_input(key="organizer_new_real_0").set_value(40).run()
    assert "from 1 to 24" in said(page)
    assert "Build the study" not in labels(page.button)


@pytest.mark.parametrize(("edited", "kept"), [(None, "10 pictures"), ("Our own text.", "Our own text.")])
def test_consent_text(tiny, edited, kept):
    page = upload(name_it(organize()), *photos(10))
    field = next(area for area in page.text_area if area.label == "Consent text")
    assert field.value == default_consent(preset("balanced"))
    if edited:
        field.set_value(edited).run()
    build(page)
    assert kept in studies()[0].config.consent


@pytest.mark.parametrize(
    ("uploads", "title", "words"),
    [
        ([], "Cats", "A study needs photographs"),
        (photos(2), "", "A study needs a title"),
        ([*photos(2), ("a.zip", b"", ZIP)], "Cats", "either photographs or one ZIP"),
        ([("a.zip", b"no zip", ZIP)], "Cats", "must be whole and readable"),
        ([("a.zip", pack({"../a.png": b"x"}), ZIP)], "Cats", "must stay inside it"),
        ([("a.zip", pack({"a.txt": b"x"}), ZIP)], "Cats", "must hold some"),
    ],
)
def test_what_cannot_be_built_is_said_and_leaves_nothing(tiny, tmp_path, uploads, title, words):
    page = name_it(organize(), title)
    if uploads:
        upload(page, *uploads)
    press(page, "Build the study")
    assert words in said(page)
    assert not list(tmp_path.glob("studies/*"))


@pytest.mark.parametrize("name", ["../evil", "=1+1", "real", "resnet50_unet"])
def test_name_of_a_set_that_cannot_be_used(tiny, tmp_path, name):
    page = upload(name_it(organize()), *photos(4))
    page.number_input(key="organizer_new_sets_0").set_value(1).run()
    page.text_input(key="organizer_new_set_1_0").set_value(name).run()
    upload(page, *photos(4), key="set_1")
    press(page, "Build the study")
    assert page.error and not list(tmp_path.glob("studies/*"))


def test_too_few_photographs_fail_in_words_and_can_be_discarded(tiny):
    page = build(upload(name_it(organize()), *photos(1)))
    assert "at least 2 colour photographs" in said(page)
    press(page, "Discard")
    assert not order.list_unfinished() and "There is no study yet" in said(page)


def test_build_can_be_stopped_resumed_and_shows_how_far_it_is(slow):
    slow.may_go = 3
    page = press(upload(name_it(organize()), *photos(10)), "Build the study")
    (folder,) = order.list_unfinished()
    work = find_build(folder)
    while work.done < 3:
        time.sleep(0.01)
    page.run()
    assert "Stop" in labels(page.button) and "There is no study yet" not in said(page)
    assert not studies()
    press(page, "Stop")
    slow.may_go = 4
    wait(page)
    assert "not finished" in said(page)
    assert (folder / ORDER / "photographs.zip").exists()
    slow.may_go = 10_000
    wait(press(page, "Resume"))
    assert len(studies()[0].pool.photos) == 10
    assert slow.runs == 10, "no photograph twice"
    assert not order.list_unfinished()


def test_build_that_a_restart_cut_off_can_be_resumed(tiny):
    folder = order.new_folder("Cats")
    real = order.save_uploads(folder, "photographs", [Upload(name, data) for name, data, _ in photos(10)])
    order.write_order(folder, Order(real, ("resnet50_unet",), SMALL, "Cats", "", 128))
    page = organize()
    assert "**Cats** is not finished" in said(page)
    wait(press(page, "Resume"))
    assert studies()[0].config.title == "Cats"


def test_the_unexpected_is_said_in_plain_words_and_logged(tiny, monkeypatch, caplog):
    def fail(gray):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(tiny, "colorize", fail)
    page = build(upload(name_it(organize()), *photos(4)))
    assert "Something went wrong on our side" in said(page) and "secret detail" not in said(page)
    assert "secret detail" in caplog.text


def test_two_studies_of_one_title_have_two_addresses():
    assert [order.new_folder("A/b c").name for _ in range(3)] == ["a-b-c", "a-b-c-2", "a-b-c-3"]
    assert order.new_folder("../..").parent == studies_folder()


def test_uploads_of_one_name_are_all_kept(tmp_path):
    folder = order.new_folder("x")
    path = order.save_uploads(folder, "photographs", [Upload("a.png", b"1"), Upload("A.png", b"2")])
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["a.png", "A_2.png"]


class Upload:
    def __init__(self, name: str, data: bytes):
        self.name, self._data = name, data

    def getbuffer(self) -> memoryview:
        return memoryview(self._data)


# --- studies


@pytest.fixture
def study():
    return make_study(studies_folder() / "cats", state="draft")


def test_open_and_close(study, tiny):
    page = organize()
    assert not page.code
    press(page, "Open")
    assert study.config.state == "open"
    assert page.code[0].value.endswith("/survey?study=cats")
    press(page, "Close")
    assert study.config.state == "closed" and not page.code
    press(page, "Open again")
    assert study.config.state == "open"


def test_delete_asks_first(study, tiny):
    study.update(state="open")
    take_part(study, participants=3)
    page = organize()
    assert "the answers of 3 participants" in said(page)
    press(page, "Delete for good")
    assert not study.folder.exists() and "There is no study yet" in said(page)


def test_preview_shows_every_version_and_counts_nothing(study, tiny):
    page = organize()
    assert len(page.image) == 3 * min(preview.ON_A_PAGE, len(study.pool.photos_for("test")))
    assert study.attendance().started == 0


def test_results_can_be_made_public(study, tiny):
    page = organize()
    page.toggle(key="organizer_results_public_cats").set_value(True).run()
    assert study.config.results_public is True
    page.toggle(key="organizer_results_public_cats").set_value(False).run()
    assert study.config.results_public is False


def test_title_and_consent_can_be_changed_and_after_opening_the_consent_as_a_new_version(study, tiny):
    page = organize()
    texts = [area for area in page.text_area if area.value == study.config.consent]
    texts[0].set_value("Other text.")
    next(f for f in page.text_input if f.value == study.config.title).set_value("Other title")
    press(page, "Save")
    assert (study.config.title, study.config.consent) == ("Other title", "Other text.")
    press(page, "Open")
    assert study.config.consent_version == 1 and "those who come later see version 2" in said(page)


def test_damaged_study_does_not_hide_the_others(study, tiny):
    make_study(studies_folder() / "dogs", title="Dogs")
    (study.folder / "pool.json").write_text("{")
    page = organize()
    assert "Cats & *dogs*" in page.error[0].value.replace("\\", "")
    assert "Dogs" in [each.value for each in page.header]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("https://study.example.org/organizer", "https://study.example.org/survey?study=cats"),
        ("http://192.168.1.7:8501/organizer", "http://192.168.1.7:8501/survey?study=cats"),
        ("http://localhost:8501/organizer", "http://10.1.2.3:8501/survey?study=cats"),
        ("http://127.0.0.1/app/organizer/", "http://10.1.2.3/app/survey?study=cats"),
    ],
)
def test_share_address_is_one_that_a_phone_can_open(monkeypatch, page, expected):
    monkeypatch.setattr(addresses, "network_address", lambda: "10.1.2.3")
    assert addresses.share_address(page, "cats") == expected


def test_languages_of_a_draft_are_chosen_and_their_texts_written(tiny):
    study = make_study(studies_folder() / "cats", state="draft")
    page = organize()
    choice = next(each for each in page.multiselect if each.label == "Also in")
    choice.set_value(["de", "es"])
    key = "organizer_languages_cats"
    page = sound(next(button for button in page.button if button.form_id == key).click().run())
    assert study.config.languages == ("en", "de", "es")
    assert study.config.consent_in("de").startswith("**Worum es geht.**")
    next(each for each in page.text_input if each.label == "Title in German").set_value("Katzen")
    sound(next(button for button in page.button if button.form_id == key).click().run())
    assert study.config.title_in("de") == "Katzen" and study.config.title == "Cats & *dogs*"
    study.update(state="open")
    page = organize()
    assert "German, translated by a machine" in said(page)
    next(each for each in page.text_area if each.label == "Consent text in Spanish").set_value("Acepte.")
    form = "organizer_words_cats"
    sound(next(button for button in page.button if button.form_id == form).click().run())
    assert study.config.consent_in("es") == "Acepte." and study.config.consent_version == 2


def test_questions_of_a_draft_are_chosen_and_fixed_when_it_opens(tiny):
    study = make_study(studies_folder() / "cats", state="draft")
    page = organize()
    next(each for each in page.multiselect if each.label == "Questions").set_value(["age_group", "comment"])
    form = "organizer_questions_cats"
    sound(next(button for button in page.button if button.form_id == form).click().run())
    assert [question.id for question in study.config.questions] == ["age_group", "comment"]
    study.update(state="open")
    page = organize()
    assert "How old are you?" in said(page) and "Questions" not in [each.label for each in page.multiselect]


# --- how many?


def test_planner_recommends_and_says_why(tiny):
    page = organize()
    assert "photographs and" in said(page) and "Why more pictures beat more people" in said(page)
    before = said(page)
    page.number_input(key="organizer_plan_width").set_value(2.0).run()
    assert not page.exception and said(page) != before
    page.number_input(key="organizer_plan_width").set_value(1.0).run()
    assert not page.exception


def field(page, label):
    fields = [*page.text_input, *page.number_input, *page.toggle]
    return next(each for each in fields if each.label == label)


def save_panel(page: AppTest) -> AppTest:
    return next(b for b in page.button if b.label == "Save" and "organizer_panel" in b.form_id).click().run()


def test_panel_and_quotas_are_set_and_the_link_for_the_panel_is_shown():
    study = make_study(studies_folder() / "cats", target_participants=40)
    page = organize()
    field(page, "Parameter with the participant's id").set_value("PROLIFIC_PID")
    field(page, "Completion address or code").set_value("http://panel.example")
    field(page, "Most on phones").set_value(20)
    field(page, "Close by itself").set_value(True)
    page = save_panel(page)
    assert "must be an address that begins with https://" in said(page) and study.config.panel == Panel()
    field(page, "Completion address or code").set_value("C1AB")
    page = save_panel(page)
    config = study.config
    assert (config.panel, config.quotas) == (Panel("PROLIFIC_PID", "C1AB"), (Quota("device", "phone", 20),))
    assert config.closes_itself and "PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID=" in said(page)


def test_consent_of_an_open_study_becomes_a_new_version_and_the_trail_says_who_changed_it():
    study = make_study(studies_folder() / "cats", consent="First.")
    page = organize()
    consent = next(area for area in page.text_area if area.label == "Consent text" and area.value == "First.")
    assert "those who come later see version 2" in said(page)
    consent.set_value("Second.")
    page = next(b for b in page.button if b.label == "Save" and "organizer_edit" in b.form_id).click().run()
    assert (study.config.consent, study.config.consent_version) == ("Second.", 2)
    event = study.trail.read()[-1]
    assert (event.who, event.action, event.details["consent"]) == ("organizer", "edited", ["First.", "Second."])
    table = next(table.value for table in page.table if "Who" in table.value)
    assert list(table["What"]) == ["edited", "opened", "built"]


def test_trail_of_a_deleted_study_is_shown():
    make_study(studies_folder() / "cats")
    page = press(organize(), "Delete for good")
    table = next(table.value for table in page.table if "Who" in table.value)
    assert list(table["What"]) == ["deleted", "opened", "built"] and table["Who"][0] == "organizer"


def test_an_order_that_a_killed_server_left_without_its_file_is_shown_and_can_be_discarded(tiny):
    folder = order.new_folder("Cats")
    order.save_uploads(folder, "photographs", [Upload("a.png", b"1")])
    assert not order.list_unfinished(), "its uploads may still be coming in"
    for path in (folder / ORDER, *(folder / ORDER).iterdir()):
        os.utime(path, (1, 1))
    page = organize()
    assert "**cats** is not finished" in said(page) and "Resume" not in labels(page.button)
    press(page, "Discard")
    assert not folder.exists()


@pytest.mark.parametrize(
    "data", [b"PK\x05\x06" + b"\xff" * 18, pack({"é.png": b"x"}).replace("é".encode(), b"\xff\xfe")]
)
def test_a_damaged_archive_is_said_in_words_and_leaves_no_order(tiny, tmp_path, data):
    page = press(upload(name_it(organize()), ("photos.zip", data, ZIP)), "Build the study")
    assert "whole and readable" in said(page) and not list(tmp_path.glob("studies/*"))


def test_an_unexpected_error_leaves_no_order(tiny, tmp_path, monkeypatch):
    def fail(order):
        raise AssertionError("unexpected")

    monkeypatch.setattr("pages.parts.organizer.new_study.check_order", fail)
    page = upload(name_it(organize()), *photos(4))
    next(button for button in page.button if button.label == "Build the study").click().run()
    assert page.exception and not list(tmp_path.glob("studies/*"))


def test_photographs_whose_names_are_not_utf_8_are_built_and_named(tiny, tmp_path):
    (tmp_path / "scans").mkdir()
    for number, (_, data, _) in enumerate(photos(5)):
        (tmp_path / "scans" / os.fsdecode(b"Stra\xdfe %d.png" % number)).write_bytes(data)
    (tmp_path / "scans" / os.fsdecode(b"kaputt \xdf.png")).write_bytes(b"no picture")
    page = name_it(organize())
    page.radio(key="organizer_new_photos_kind_0").set_value(FOLDER).run()
    page.text_input(key="organizer_new_photos_path_0").set_value(str(tmp_path / "scans")).run()
    page = build(page)
    assert "Left out: 1" in labels(page.expander) and "kaputt ß.png" in said(page)
    study = studies()[0]
    assert {photo["name"] for photo in study.pool.photos} == {f"Straße {number}.png" for number in range(5)}
    study.update(state="open")
    take_part(study, 1)
    page = open_page("results", organizer=True, study=study.config.study)
    assert "Straße" in said(page)
