"""A photograph looked at closely, and shared, on the page's slider."""

import pytest

from tests.browser.test_browser import GRAY, STAGE, upload, wait_until_done

pytestmark = pytest.mark.browser

SHARING = """
window.shared = [];
navigator.canShare = ({ files }) => files.length === 1;
navigator.share = async ({ files }) => { window.shared.push([files[0].name, files[0].type, files[0].size]); };
null;
"""


def enlarged(stage) -> float:
    """How many times the picture is enlarged."""
    return stage.evaluate("(stage) => new DOMMatrix(getComputedStyle(stage.querySelector('.after')).transform).a")


def pinch(page, stage, apart: float) -> None:
    """Two fingers that move from 40 pixels apart to `apart`."""
    box, devtools = stage.bounding_box(), page.context.new_cdp_session(page)
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3

    def touch(kind: str, distance: float) -> None:
        sides = [] if kind == "touchEnd" else [-distance / 2, distance / 2]
        points = [{"x": middle[0] + side, "y": middle[1], "id": i} for i, side in enumerate(sides)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 40)
    for step in range(1, 6):
        touch("touchMove", 40 + (apart - 40) * step / 5)
    touch("touchEnd", 0)


def test_a_face_is_seen_closely_by_fingers_mouse_and_keys_and_the_picture_is_shared(open_page, server):
    page = open_page(server, width=390, height=844, has_touch=True)
    page.evaluate(SHARING)
    slider = upload(page, GRAY)
    wait_until_done(page)
    stage = page.locator(STAGE)
    assert enlarged(stage) == 1

    pinch(page, stage, apart=120)
    assert enlarged(stage) == pytest.approx(3, rel=0.1)
    slider.press("0")
    assert enlarged(stage) == 1

    box = stage.bounding_box()
    place = box["x"] + box["width"] / 4, box["y"] + box["height"] / 4
    page.mouse.move(*place)
    page.mouse.wheel(0, -100)
    assert enlarged(stage) == 1, "the wheel alone scrolls the page"
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("(stage) => stage.classList.contains('enlarged')", arg=stage.element_handle())
    page.mouse.dblclick(*place)
    assert enlarged(stage) == 1
    page.mouse.dblclick(*place)
    assert enlarged(stage) == pytest.approx(2, rel=0.01)

    for key, scale in {"0": 1, "+": 1.5, "-": 1, "1": 512 / box["width"]}.items():
        slider.press(key)
        assert enlarged(stage) == pytest.approx(scale, rel=0.01), key
    slider.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    slider.press("f")
    page.wait_for_function("document.fullscreenElement === null")

    page.get_by_role("button", name="Share").click()
    page.wait_for_function("window.shared.length === 1")
    [[name, kind, size]] = page.evaluate("window.shared")
    assert (name, kind) == ("grandmother_colorized.jpg", "image/jpeg") and size > 1000
