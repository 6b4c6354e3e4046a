"""A visitor on a phone corrects a colour, by touch and by keyboard, and takes the hints along as a file."""

import json

import pytest
import skimage.data

from colorizer.cli.main import main
from tests.browser.conftest import open_expander, settle
from tests.browser.test_browser import encode, file, overflow, upload, wait_until_done

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
PHOTO = file("grandmother.png", encode(skimage.data.camera(), "PNG"))


def confirmed(page) -> None:
    page.locator('.hints[aria-busy="false"]').wait_for()
    settle(page)


def download(page, name: str) -> bytes:
    with page.expect_download() as found:
        page.get_by_role("button", name=name).click()
    return found.value.path().read_bytes()


def in_sight(page) -> bool:
    """Whether the whole picture and all colours to choose from are on the screen, none behind the other."""
    return page.locator(".hints").evaluate(
        """(root) => {
            const box = (name) => root.querySelector(name).getBoundingClientRect();
            const [stage, frame, colors] = [box(".stage"), box(".frame"), box(".swatches")];
            return stage.top >= 56 && colors.top >= frame.bottom && colors.bottom <= innerHeight;
        }"""
    )


def picture(page) -> str:
    """The picture that the canvas was given, as a data URL: without the marks that are drawn on it."""
    return page.locator("canvas.stage").evaluate("(canvas) => canvas.closest('.hints').canvas.picture")


def wait_for_picture(page, expected):
    """Wait until the canvas shows a picture: what was done is told before it is drawn."""
    for _ in range(50):
        if picture(page) == expected:
            return
        page.wait_for_timeout(100)
    assert picture(page) == expected


def test_a_colour_is_corrected_by_touch_and_by_keyboard(open_page, server, tmp_path):
    page = open_page(server, **PHONE)
    upload(page, PHOTO)
    wait_until_done(page)
    page.get_by_text("Correct a colour", exact=True).click()
    stage = page.locator("canvas.stage")
    stage.scroll_into_view_if_needed()
    confirmed(page)
    plain = picture(page)

    box = stage.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    swatches = page.get_by_role("group", name="Likely colours for this place").get_by_role("button")
    confirmed(page)
    assert in_sight(page)
    swatches.nth(1).tap()
    confirmed(page)
    pressed = swatches.evaluate_all("(all) => all.map((one) => one.getAttribute('aria-pressed') === 'true')")
    assert pressed.index(True) == 1 and sum(pressed) == 1 and in_sight(page)
    once = picture(page)
    assert once != plain and overflow(page) <= 0

    page.get_by_role("button", name="Undo", exact=True).tap()
    page.get_by_role("status").get_by_text("Undone.").wait_for()
    wait_for_picture(page, plain)
    page.get_by_role("button", name="Redo", exact=True).tap()
    page.get_by_role("status").get_by_text("Done again.").wait_for()
    wait_for_picture(page, once)

    for key in ("ArrowUp",) * 3 + ("ArrowRight",) * 2 + ("Enter",):
        stage.press(key)
    page.locator(".swatches :focus").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("this object").wait_for()
    confirmed(page)
    page.locator(".list summary").press("Enter")
    page.get_by_role("spinbutton", name="Hint 2, from the left").fill("300")
    page.get_by_role("spinbutton", name="Hint 2, from the left").press("Enter")
    page.get_by_role("status").get_by_text("Moved").wait_for()
    page.get_by_role("combobox", name="Hint 2, reach").select_option("Everything alike")
    page.get_by_role("status").get_by_text("everything alike").wait_for()
    confirmed(page)
    assert overflow(page) <= 0

    open_expander(page, "Hints as a file")
    hints = download(page, "Download the hints")
    assert [(hint["x"], hint["reach"]) for hint in json.loads(hints)["hints"]][1] == (300, "alike")
    page.get_by_role("button", name="Remove all").tap()
    page.get_by_role("status").get_by_text("All removed").wait_for()
    field = page.get_by_test_id("stExpander").filter(has_text="Hints as a file").locator("input[type=file]")
    field.set_input_files([file("other.json", hints.replace(b'"width": 512', b'"width": 513'))])
    page.get_by_text("Your hints are as they were").wait_for()
    field.set_input_files([file("grandmother.png.edits.json", hints)])
    page.get_by_text("2 hints taken").wait_for()
    assert download(page, "Download the hints") == hints

    (tmp_path / PHOTO["name"]).write_bytes(PHOTO["buffer"])
    (tmp_path / f"{PHOTO['name']}.edits.json").write_bytes(hints)
    assert main(["colorize", str(tmp_path / PHOTO["name"]), "--output", str(tmp_path / "out")]) == 0
    assert download(page, "Download this photograph") == (tmp_path / "out" / "grandmother_colorized.png").read_bytes()
