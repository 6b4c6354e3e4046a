import pytest
import skimage.data
import streamlit as st
from streamlit.testing.v1 import AppTest

import colorizer
from accounts import folders, service
from accounts.history import History
from colorizer import images
from pages.parts import visitor
from pages.parts.account import panel as account_panel
from pages.parts.colorize import keeping
from storage.engine import DatabaseError
from tests.files import encode
from tests.page_actions import labels, open_page, press, said, sound, upload
from tests.people import PASSWORD, files, new_image
from tests.tiny import TinyColorizer

CAMERA = skimage.data.camera()[::2, ::2]


GRAY = ("grandmother.jpg", encode(CAMERA), "image/jpeg")
OTHER = ("uncle.jpg", encode(CAMERA[::-1]), "image/jpeg")


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.delenv("HUESTORY_HISTORY_MB", raising=False)
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture(autouse=True)
def tiny(monkeypatch) -> TinyColorizer:
    model = TinyColorizer()
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: model)
    return model


@pytest.fixture
def anna(monkeypatch):
    """Signed in by her browser's cookie."""
    opened = service.open_accounts().register("anna", PASSWORD, "here")
    monkeypatch.setattr(visitor, "_token", lambda: opened.token)
    return service.open_accounts().sessions.find_token(opened.token)


def history() -> History:
    return service.open_accounts().history


def titles(owner: str) -> list[str]:
    return sorted(image.title for image in history().list(owner))


# --- the page


def test_a_stranger_is_offered_both_ways_in_and_nothing_is_opened_for_it(data):
    page = open_page("photos")
    assert labels(page.tabs) == ["Sign in", "Create an account"]
    assert "works without an account" in said(page) and "Account" not in [header.value for header in page.header]
    assert not (data / "accounts.sqlite3").exists()


def test_a_person_finds_what_was_kept(anna):
    history().keep(anna.user.id, new_image("grandmother.jpg", boldness="Bold"))
    page = open_page("photos")
    assert "grandmother\\.jpg" in labels(page.button)
    assert "strength 100%, bold" in said(page) and "Signed in as **anna**" in said(page)


def test_an_empty_history_says_how_to_fill_it(anna):
    assert "nothing here yet" in said(open_page("photos"))


def coloured(page_owner: str, **settings) -> str:
    """Keep a photograph of real pictures; returns its id."""
    new = new_image("grandmother.jpg", boldness="Bold", caption=True, **settings)
    parts = {"original": GRAY[1], "before": encode(CAMERA), "after": encode(CAMERA), "thumbnail": encode(CAMERA)}
    kept = type(new)(new.title, new.format, 256, 256, new.model, new.settings, {**new.parts, **parts})
    return history().keep(page_owner, kept).id


def test_one_photograph_is_shown_with_its_files(anna):
    coloured(anna.user.id)
    page = press(open_page("photos"), r"grandmother\.jpg")
    assert page.query_params["photo"] == history().list(anna.user.id)[0].id
    assert labels(page.download_button) == ["**Download this photograph**", "Download the original"]
    assert "strength 100%, bold" in said(page) and "256 × 256" in said(page)
    assert "The colours are guesses" in said(page)
    page = press(page, "All my photos")
    assert not page.download_button and "grandmother\\.jpg" in labels(page.button)


@pytest.mark.parametrize("photo", ["theirs", "folder", "../history", "", "x\0y"])
def test_another_s_photograph_is_not_shown_by_its_address(anna, photo, data):
    berta = service.open_accounts().users.register("berta", PASSWORD)
    theirs = coloured(berta.id)
    [folder] = (data / "history").iterdir()
    page = open_page("photos", photo={"theirs": theirs, "folder": folder.name}.get(photo, photo))
    assert "no such image among yours" in said(page)
    assert not page.download_button and "grandmother" not in said(page)


def test_a_photograph_is_coloured_again_with_its_settings_on_the_colour_page(anna, tiny):
    image = coloured(anna.user.id, weights=tiny.weights_sha256, version=0)
    page = press(open_page("photos", through_router=True, photo=image), "Colour it again")
    assert page.title[0].value == "Colour an old photograph"
    assert page.radio(key="colorize_boldness").value == "Bold" and page.toggle(key="colorize_caption").value
    assert [photograph.name for photograph in page.session_state["colorize_photographs"].values()] == [
        "grandmother.jpg"
    ]
    assert titles(anna.user.id) == ["grandmother.jpg"], "the same colours are not kept twice"
    page.switch_page("pages/colorize.py").run()  # AppTest itself does not follow `st.switch_page`
    page.radio(key="colorize_boldness").set_value("Cautious").run()
    press(page, "Keep this version in My photos")
    assert len(history().list(anna.user.id)) == 2


def test_one_photograph_is_deleted(anna, data):
    image = coloured(anna.user.id)
    page = press(open_page("photos", photo=image), "Delete this photograph")
    assert "is deleted" in said(page) and "nothing here yet" in said(page)
    assert files(data / "history") == []


def test_all_photographs_are_deleted_and_the_account_stays(anna, data):
    coloured(anna.user.id)
    coloured(anna.user.id, language="en")
    page = press(open_page("photos"), "Delete all my photos")
    assert "All your photos are deleted" in said(page) and "Signed in as" in said(page)
    assert files(data / "history") == []


def test_a_photograph_without_its_files_is_said_and_can_be_deleted(anna, data):
    image = coloured(anna.user.id)
    [folder] = (data / "history").iterdir()
    folders.shutil.rmtree(folder)
    assert "files of this image are gone" in said(open_page("photos"))
    page = open_page("photos", photo=image)
    assert "files of this image are gone" in said(page)
    press(page, "Delete this photograph")
    assert history().list(anna.user.id) == []


def test_many_photographs_are_shown_in_pages(anna):
    for number in range(25):
        history().keep(anna.user.id, new_image(f"photo{number}.jpg", boldness="Bold"))
    page = open_page("photos")
    assert sum(label.startswith("photo") for label in labels(page.button)) == 24
    page.selectbox[0].set_value(24).run()
    assert sum(label.startswith("photo") for label in labels(page.button)) == 1


def test_a_sign_in_that_was_ended_elsewhere_is_over_at_the_next_step(anna):
    page = open_page("photos")
    service.open_accounts().sessions.close_all(anna.user)
    assert labels(page.run().tabs) == ["Sign in", "Create an account"]


def test_a_ticket_signs_this_very_page_in(monkeypatch):
    opened = service.open_accounts().register("anna", PASSWORD, "here")
    monkeypatch.setattr(account_panel, "account_form", lambda action, *rest, **more: opened.ticket)
    page = open_page("photos")
    assert "Signed in as **anna**" in said(page)
    assert page.session_state["account_session"] not in (opened.token, opened.ticket)


def test_nothing_of_one_person_is_left_in_the_page_for_the_next():
    def sign_in():
        import streamlit as st

        from pages.parts.visitor import begin

        st.session_state["account_session"] = "of anna, who was signed out elsewhere"
        st.session_state["colorize_photographs"] = {"hers": 1}
        begin(st.query_params["ticket"])

    script = AppTest.from_function(sign_in)
    script.query_params["ticket"] = service.open_accounts().register("berta", PASSWORD, "here").ticket
    sound(script.run())
    assert "colorize_photographs" not in script.session_state and "account_session" in script.session_state


@pytest.mark.parametrize("name", ["photos", "colorize"])
def test_a_database_that_is_away_is_said_and_colouring_goes_on(monkeypatch, name):
    def fail():
        raise DatabaseError("connection refused at 10.1.1.1")

    for module in (visitor, keeping, account_panel):
        monkeypatch.setattr(module, "open_accounts", fail)
    monkeypatch.setattr(visitor, "_token", lambda: "a token")
    page = open_page(name)
    assert "cannot be reached at the moment" in said(page) and "10.1.1.1" not in said(page)
    if name == "colorize":
        assert "Nothing is kept" in said(page)
        assert upload(page, GRAY).download_button


def test_a_server_without_accounts_says_so(monkeypatch):
    monkeypatch.setenv("HUESTORY_HISTORY_MB", "0")
    page = open_page("photos")
    assert "keeps no photographs" in said(page) and not page.tabs
    assert "Nothing is kept" in said(open_page("colorize"))


# --- the operator's identity provider


@pytest.fixture
def provider(monkeypatch) -> dict:
    user = {"is_logged_in": False}
    for module in (visitor, account_panel):
        monkeypatch.setattr(module, "has_provider", lambda: True)
    monkeypatch.setattr(st, "user", user)
    monkeypatch.setattr(
        st, "login", lambda: user.update(is_logged_in=True, iss="https://id.example", sub="7", name="A")
    )
    monkeypatch.setattr(st, "logout", lambda: user.update(is_logged_in=False))
    return user


def test_with_a_provider_nobody_needs_a_password_of_ours(provider, data):
    page = open_page("photos")
    assert not page.tabs and labels(page.button) == ["Sign in"]
    page = press(page, "Sign in")
    assert "Signed in as **A**" in said(page)
    upload(open_page("colorize"), GRAY)
    owner = service.open_accounts().users.identify("https://id.example", "7", "A").id
    assert titles(owner) == ["grandmother.jpg"]
    page = open_page("photos")
    page.checkbox(key="photos_sure").set_value(True).run()
    page = press(page, "Delete everything of mine")
    assert provider == {"is_logged_in": False, "iss": "https://id.example", "sub": "7", "name": "A"}
    assert files(data / "history") == [] and history().list(owner) == []


# --- keeping, on the colour page


def test_for_a_stranger_nothing_changes_but_one_line(data):
    page = upload(open_page("colorize", through_router=True), GRAY)
    assert "Nothing is kept" in said(page)
    assert len(page.get("page_link")) == 1 and page.get("page_link")[0].proto.label == "Sign in to keep what you colour"
    assert "Keep what I colour in My photos" not in labels(page.toggle)
    assert files(data) == []


def test_what_a_person_colours_is_kept_once(anna, tiny):
    page = upload(open_page("colorize"), GRAY, OTHER)
    assert "Kept in My photos as it is now" in said(page) and "Nothing is kept" not in said(page)
    assert titles(anna.user.id) == ["grandmother.jpg", "uncle.jpg"] and tiny.runs == 2
    [image] = [image for image in history().list(anna.user.id) if image.title == "grandmother.jpg"]
    assert (image.model, image.width, image.height, image.format) == ("resnet50_unet", 256, 256, "jpeg")
    assert image.settings["saturation"] == 1.0 and image.settings["boldness"] == "Balanced"
    assert history().read(anna.user.id, image.id, "original") == GRAY[1]
    result = images.read(history().read(anna.user.id, image.id, "result"))
    assert result.pixels.shape == (256, 256, 3) and result.is_color
    upload(open_page("colorize"), GRAY)
    assert len(history().list(anna.user.id)) == 2, "another visit, the same photograph"


def test_a_changed_version_is_kept_when_the_person_says_so(anna):
    page = upload(open_page("colorize"), GRAY)
    sound(page.slider(key="colorize_saturation").set_value(1.6).run())
    assert len(history().list(anna.user.id)) == 1 and "Kept in My photos" not in said(page)
    page = press(page, "Keep this version in My photos")
    assert "Kept in My photos as it is now" in said(page)
    assert sorted(image.settings["saturation"] for image in history().list(anna.user.id)) == [1.0, 1.6]


def test_a_person_can_choose_not_to_keep(anna):
    page = open_page("colorize")
    page.toggle(key="colorize_keep").set_value(False).run()
    page = upload(page, GRAY)
    assert history().list(anna.user.id) == [] and "From now on nothing is kept" in said(page)
    sound(page.toggle(key="colorize_keep").set_value(True).run())
    assert titles(anna.user.id) == ["grandmother.jpg"]


def test_what_was_coloured_before_signing_in_is_kept_afterwards(monkeypatch):
    page = upload(open_page("colorize"), GRAY)
    opened = service.open_accounts().register("anna", PASSWORD, "here")
    monkeypatch.setattr(visitor, "_token", lambda: opened.token)
    sound(page.run())
    assert titles(service.open_accounts().sessions.find_token(opened.token).user.id) == ["grandmother.jpg"]


@pytest.mark.parametrize("trouble", ["quota", "disk", "database"])
def test_what_cannot_be_kept_stays_on_the_page_and_can_be_tried_again(anna, monkeypatch, trouble):
    with monkeypatch.context() as patch:
        if trouble == "quota":
            patch.setattr(history(), "quota", 10)
        elif trouble == "disk":
            patch.setattr(folders, "FREE", 10**18)
        else:

            def fail(*arguments):
                raise DatabaseError("gone")

            patch.setattr(History, "keep", fail)
        page = upload(open_page("colorize"), GRAY)
        words = {"quota": "Delete some there", "disk": "nearly full", "database": "cannot be reached"}[trouble]
        assert len(page.warning) == 1 and "Not kept in My photos" in page.warning[0].value
        assert words in page.warning[0].value.replace("\\", "")
        assert page.download_button and history().list(anna.user.id) == []
    page = press(page, "Keep this version in My photos")
    assert not page.warning and titles(anna.user.id) == ["grandmother.jpg"]


def test_what_was_deleted_in_my_photos_is_not_kept_again_by_itself(anna):
    page = upload(open_page("colorize"), GRAY)
    history().delete_all(anna.user.id)
    page = sound(page.run())
    assert history().list(anna.user.id) == [] and "Kept in My photos" not in said(page)
    press(page, "Keep this version in My photos")
    assert titles(anna.user.id) == ["grandmother.jpg"]


def test_without_colour_there_is_nothing_to_keep(anna):
    page = upload(open_page("colorize"), GRAY)
    page.slider(key="colorize_saturation").set_value(0.0).run()
    assert "Without colour there is nothing to keep" in said(page) and not page.warning
    assert len(history().list(anna.user.id)) == 1


# --- what the page says about keeping, in every state


def test_a_photograph_in_my_photos_is_never_said_to_be_gone(anna):
    page = upload(open_page("colorize"), GRAY)
    page.toggle(key="colorize_keep").set_value(False).run()
    assert "From now on nothing is kept" in said(page) and "Nothing is kept" not in said(page)
    assert "This photograph is already in My photos and will stay there until you delete it." in said(page)
    page.slider(key="colorize_saturation").set_value(1.6).run()
    assert "This photograph is already in My photos" in said(page), "in other colours"
    history().delete_all(anna.user.id)
    assert "What My photos already holds stays there" in said(sound(page.run()))


def test_of_several_photographs_the_page_counts_those_that_are_in_my_photos(anna):
    page = upload(open_page("colorize"), GRAY, OTHER)
    history().delete(anna.user.id, history().list(anna.user.id)[0].id)
    page.toggle(key="colorize_keep").set_value(False).run()
    assert "1 of these 2 photographs is already in My photos" in said(page)


def test_a_visitor_who_was_signed_out_is_told_that_what_was_kept_stays(anna, monkeypatch):
    page = upload(open_page("colorize"), GRAY)
    monkeypatch.setattr(visitor, "_token", lambda: "")
    page = sound(page.run())
    assert "From now on nothing is kept" in said(page) and "stays in My photos until you delete it" in said(page)


def test_a_photograph_coloured_again_from_my_photos_is_said_to_be_there(anna, tiny):
    image = coloured(anna.user.id, weights=tiny.weights_sha256, version=0)
    page = press(open_page("photos", through_router=True, photo=image), "Colour it again")
    page.switch_page("pages/colorize.py").run()
    page.toggle(key="colorize_keep").set_value(False).run()
    assert "This photograph is already in My photos" in said(page)
