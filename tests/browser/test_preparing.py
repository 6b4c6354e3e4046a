"""A visitor straightens and crops a scan by keyboard, gives a hint on it, and takes it along; a reload keeps it."""

import json

import pytest
import skimage.data

from colorizer import images
from colorizer.cli.main import main
from tests.browser.conftest import assert_accessible, open_expander, settle
from tests.browser.test_browser import encode, file, overflow, upload, wait_until_done

pytestmark = pytest.mark.browser

PHOTO = file("scan.png", encode(skimage.data.camera()[:384], "PNG"))


def download(page, name: str) -> bytes:
    settle(page)
    with page.expect_download() as found:
        page.get_by_role("button", name=name).click()
    return found.value.path().read_bytes()


def test_a_scan_is_straightened_and_cropped_by_keyboard_and_a_reload_keeps_it(open_page, server, tmp_path):
    page = open_page(server)
    upload(page, PHOTO)
    wait_until_done(page)
    open_expander(page, "Straighten and crop")
    page.get_by_role("button", name="Turn right").press("Enter")
    page.get_by_text("Full size: 384 × 512 pixels.").wait_for()
    left = page.get_by_role("spinbutton", name="Cut left, %")
    left.fill("25")
    left.press("Enter")
    page.get_by_text("Full size: 288 × 512 pixels.").wait_for()
    straighten = page.get_by_role("slider", name="Straighten")
    straighten.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    settle(page)
    assert straighten.evaluate("(one) => one === document.activeElement")  # no control loses the keyboard
    page.get_by_text("This is a negative").click()
    settle(page)
    assert not page.locator(".st-key-colorize_status").is_visible()  # no empty box is left
    assert overflow(page) <= 0
    assert_accessible(page)

    page.get_by_text("Correct a colour", exact=True).click()
    stage = page.locator("canvas.stage")
    stage.wait_for()
    settle(page)
    box = stage.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25)
    page.get_by_role("group", name="Likely colours for this place").get_by_role("button").nth(1).click()
    page.locator('.hints[aria-busy="false"]').wait_for()
    open_expander(page, "Hints as a file")
    sidecar = download(page, "Download the hints")
    content = json.loads(sidecar)
    assert content["preparation"] == {"turn": 90, "straighten": 0.3, "crop": [0, 0, 512, 288], "negative": True}
    # Halfway across and a quarter down what is seen is, before the turn, a quarter across and halfway down it.
    assert [content["hints"][0][axis] for axis in "xy"] == pytest.approx([128, 144], abs=4)

    (tmp_path / PHOTO["name"]).write_bytes(PHOTO["buffer"])
    (tmp_path / "scan.png.edits.json").write_bytes(sidecar)
    assert main(["colorize", str(tmp_path / PHOTO["name"]), "--output", str(tmp_path / "out")]) == 0
    data = download(page, "Download this photograph")
    assert data == (tmp_path / "out" / "scan_colorized.png").read_bytes()
    photo = images.read(data)

    page.reload()
    page.get_by_text("Here are your photographs again").wait_for()
    page.get_by_text(f"Full size: {photo.width} × {photo.height} pixels.").wait_for()
    open_expander(page, "Straighten and crop")
    assert page.get_by_role("spinbutton", name="Cut left, %").input_value() == "25.0"
    assert page.get_by_role("slider", name="Straighten").input_value() == "0.3"
    assert page.get_by_label("This is a negative").first.is_checked()
