"""An account from the first photograph to the last trace, on a phone."""

import http.client
from urllib.parse import urlsplit

import pytest
import skimage.data

from tests.browser.conftest import open_expander
from tests.browser.test_browser import encode, file, overflow
from tests.people import PASSWORD, files

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


@pytest.fixture
def photos(mark) -> list[dict]:
    """Three photographs whose names nobody else's have."""
    pictures = (skimage.data.camera(), skimage.data.coffee(), skimage.data.chelsea())
    return [file(f"{mark}-{n}.jpg", encode(pixels, "JPEG")) for n, pixels in enumerate(pictures)]


def register(page, name: str) -> None:
    page.get_by_role("tab", name="Create an account").click()
    form = page.locator("#account-register")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password", exact=True).fill(PASSWORD)
    form.get_by_label("Password", exact=True).press("Enter")
    page.get_by_text(f"Signed in as {name}").wait_for()


def color(page, *photos: dict) -> None:
    page.locator("input[type=file]").set_input_files(list(photos))
    page.get_by_text("Kept in My photos as it is now").wait_for()


def open_menu_page(page, name: str) -> None:
    """By the menu, as on a phone."""
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()


def test_a_visitor_on_a_phone_comes_back_and_leaves_without_a_trace(open_page, server, data, photos, mark):
    before = files(data / "history")
    page = open_page(f"{server}/photos", **PHONE)
    register(page, f"Anna {mark}")
    assert overflow(page) <= 0
    [cookie] = [each for each in page.context.cookies() if each["name"] == "huestory_session"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    page.get_by_test_id("stMain").get_by_role("link", name="Colour a photograph").click()
    color(page, *photos)
    assert overflow(page) <= 0
    kept = page.context.storage_state()
    page.context.close()
    assert sum("original" in name for name in set(files(data / "history")) - set(before)) == 3

    page = open_page(f"{server}/photos", **PHONE, storage_state=kept)
    for photo in photos:
        page.get_by_role("button", name=photo["name"], exact=True).wait_for()
    assert overflow(page) <= 0
    page.get_by_role("button", name=photos[2]["name"], exact=True).click()
    page.get_by_role("slider", name="Before on the left").wait_for(state="attached")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the original").click()
    assert download.value.path().read_bytes() == photos[2]["buffer"]
    page.reload()
    page.get_by_role("slider", name="Before on the left").wait_for(state="attached")
    page.get_by_role("button", name="All my photos").click()

    open_expander(page, "Delete the account")
    form = page.locator("#account-delete")
    form.get_by_label("Password", exact=True).fill(PASSWORD)
    form.get_by_label("I want all of it deleted").check()
    form.get_by_role("button").click()
    page.get_by_role("tab", name="Create an account").wait_for()
    assert files(data / "history") == before
    held = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert mark.encode() not in held, "neither the name nor a photograph's"
    assert not [each for each in page.context.cookies() if each["name"] == "huestory_session"]


def get(address: str, path: str, cookie: str = "") -> bytes:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.putrequest("GET", path, skip_accept_encoding=True)  # as it stands, dots and all
    connection.putheader("Cookie", cookie)
    connection.endheaders()
    return connection.getresponse().read()


def test_two_people_share_a_server_and_nothing_else(open_page, server, data, photos, mark):
    before = set((data / "history").glob("*"))
    page = open_page(server, **PHONE)
    page.locator("input[type=file]").set_input_files([photos[0]])
    page.get_by_role("button", name="Download this photograph").wait_for()
    page.get_by_role("link", name="Sign in to keep what you colour").click()
    register(page, f"Clara {mark}")
    open_menu_page(page, "Colour")
    page.get_by_text("Kept in My photos as it is now").wait_for()
    [folder] = set((data / "history").glob("*")) - before

    stranger = open_page(f"{server}/photos", **PHONE)
    register(stranger, f"Berta {mark}")
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in stranger.context.cookies())
    stranger.get_by_text("There is nothing here yet").wait_for()
    assert stranger.get_by_text(photos[0]["name"]).count() == 0
    inside = f"history/{folder.name}/original"
    ways = [
        "/",
        "/static/",
        "/app/static/",
        "/media/",
        "/account/",
        "/photos/",
        "/static/../../",
        "/app/static/..%2f..%2f",
    ]
    ways += ["/app/static/..%2f..%2f", "/component/huestory/../../", "/../../../../", f"/{data}/"]
    for path in [f"{way}{inside}" for way in ways] + [f"/photos?photo={folder.name}", f"/account/{inside}"]:
        assert photos[0]["buffer"][:200] not in get(server, path, cookie), path

    change_password(stranger, "another walrus bicycle")
    stranger.locator("#account-sign-out").get_by_role("button").click()
    form = stranger.locator("#account-sign-in")
    form.get_by_label("Name").fill(f" berta {mark}")
    form.get_by_label("Password", exact=True).fill("another walrus bicycle")
    form.get_by_role("button").click()
    stranger.get_by_text(f"Signed in as Berta {mark}").wait_for()


def change_password(page, new: str) -> None:
    open_expander(page, "Change the password")
    form = page.locator("#account-change-password")
    form.get_by_label("Password until now").fill(PASSWORD)
    form.get_by_label("Show what I type").check()
    form.get_by_label("New password").fill(new)
    assert form.get_by_label("New password").get_attribute("type") == "text"
    form.get_by_role("button").click()
    form.get_by_text("The password is changed").wait_for()
