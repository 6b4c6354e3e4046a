import numpy as np
import pytest
import skimage.data

from colorizer import images
from colorizer.color import lab
from tests.browser.conftest import assert_accessible, open_research_page, settle
from tests.files import encode

expect = pytest.importorskip("playwright.sync_api", reason="install Playwright: `pip install playwright`").expect

pytestmark = pytest.mark.browser

CAMERA = skimage.data.camera()
STAGE = ".st-key-colorize_stage .comparison"
PAGES = ("", "colorize", "compare", "film", "gallery", "models", "survey", "results", "organizer", "photos")


def file(name: str, data: bytes) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


GRAY = file("grandmother.jpg", encode(CAMERA, "JPEG"))
BAD = file("letter.jpg", b"Dear grandmother, here is no picture.")


def upload(page, *files: dict):
    """Give files to the page and wait for a result to slide."""
    page.locator("[data-stale=true]").first.wait_for(state="detached")  # what a cleared page still shows for a moment
    page.locator("input[type=file]").first.set_input_files(list(files))
    slider = page.get_by_role("slider", name="Before on the left")
    slider.wait_for(state="attached")
    return slider


def wait_until_done(page) -> None:
    page.get_by_test_id("stProgress").wait_for(state="detached")


def overflow(page) -> int:
    """How many pixels the page can be scrolled sideways."""
    return page.evaluate(
        """() => Math.max(...["html", "[data-testid=stMain]"].map((name) => {
            const box = document.querySelector(name);
            return box.scrollWidth - box.clientWidth;
        }))"""
    )


def test_photograph_goes_in_grey_and_comes_out_in_colour(open_page, server):
    page = open_page(server)
    upload(page, GRAY)
    wait_until_done(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this photograph").click()
    assert download.value.suggested_filename == "grandmother_colorized.jpg"
    photo = images.read(download.value.path())
    given = images.read(GRAY["buffer"]).pixels
    assert photo.pixels.shape == (*given.shape, 3)
    change = np.abs(lab.rgb_to_lightness(photo.pixels) - lab.rgb_to_lightness(given))
    assert change.mean() < 0.5  # JPEG, once more
    assert lab.chroma(lab.rgb_to_lab(photo.pixels)[..., 1:]).mean() > 1


def test_slider_follows_mouse_and_keyboard(open_page, server):
    page = open_page(server)
    slider = upload(page, GRAY)
    wait_until_done(page)
    stage = page.locator(STAGE)  # the one of the first screen has given way
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()

    def drag(share: float) -> None:
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 3, steps=5)
        page.mouse.up()

    drag(0.2)
    assert slider.input_value() == "20"
    divider = stage.locator(".divider").bounding_box()
    assert divider["x"] + 1 == pytest.approx(box["x"] + 0.2 * box["width"], abs=2)
    slider.press("ArrowRight")
    assert slider.input_value() == "22"
    assert slider.get_attribute("aria-valuetext") == "Before 22 per cent, After 78 per cent"
    assert stage.locator(".handle").evaluate("(handle) => getComputedStyle(handle).outlineStyle") == "solid"
    slider.press("End")
    assert slider.input_value() == "100"
    slider.press("Home")
    assert slider.input_value() == "0"


def test_pictures_say_what_they_are_and_fill_the_stage(open_page, server):
    page = open_page(server)
    upload(page, GRAY)
    for kind, words in (("before", "in grey"), ("after", "coloured by Huestory")):
        picture = page.locator(f"{STAGE} img.{kind}")
        assert picture.get_attribute("alt") == f"grandmother.jpg {words}"
        assert picture.evaluate("(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [
            512,
            512,
        ]


def test_bad_file_is_named_while_the_other_goes_on(open_page, server):
    page = open_page(server)
    upload(page, BAD, GRAY)
    wait_until_done(page)
    alert = page.get_by_role("alert")
    assert "letter.jpg: A photograph must be" in alert.inner_text()
    assert page.get_by_role("button", name="Download this photograph").is_enabled()


def test_long_list_can_be_stopped_carried_on_and_cleared(open_page, server):
    page = open_page(server)
    large = encode(CAMERA.repeat(3, axis=0).repeat(3, axis=1), "JPEG")  # small ones were done before the click
    upload(page, *(file(f"{number}.jpg", large) for number in range(20)))
    page.get_by_role("button", name="Stop").click()
    carry_on = page.get_by_role("button", name="Carry on")
    carry_on.wait_for()
    page.get_by_text("not coloured yet").wait_for()
    carry_on.click()
    page.get_by_role("button", name="Prepare all 20 as a ZIP").wait_for(timeout=180_000)
    page.get_by_role("button", name="Clear the page").click()
    page.get_by_role("button", name="Pumpkins", exact=True).wait_for()
    assert page.get_by_role("slider", name="Before on the left").count() == 0


def test_settings_outlast_a_visit_to_another_page_and_go_with_their_photograph(open_page, server):
    page = open_page(server)
    strength = page.get_by_role("slider", name="Strength of the colours")
    upload(page, GRAY)
    wait_until_done(page)
    strength.press("ArrowRight")
    open_research_page(page, "How good is it?")
    page.get_by_text("Measured", exact=True).wait_for()
    page.get_by_role("link", name="Colour", exact=True).click()
    page.get_by_role("slider", name="Before on the left").wait_for(state="attached")
    assert strength.get_attribute("aria-valuetext") == "105%"
    page.get_by_role("button", name="Clear the page").click()
    page.get_by_text("No photograph at hand?").wait_for()
    page.wait_for_load_state("networkidle")
    upload(page, GRAY)
    assert strength.get_attribute("aria-valuetext") == "100%"
    strength.press("ArrowRight")
    settle(page)
    connections = []
    page.route_web_socket("**/_stcore/stream", lambda here: connections.append((here, here.connect_to_server())))
    page.reload()
    page.get_by_role("slider", name="Before on the left").wait_for(state="attached")
    assert strength.get_attribute("aria-valuetext") == "105%", "the same visit goes on"
    settle(page)
    for end in connections[0]:
        end.close(code=4000)  # the connection drops
    for _ in range(60):
        page.wait_for_timeout(500)
        if len(connections) == 2:
            break
    assert len(connections) == 2
    strength.press("ArrowRight")
    settle(page)
    assert strength.get_attribute("aria-valuetext") == "110%"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this photograph").click()
    assert download.value.suggested_filename == "grandmother_colorized.jpg"


SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) window.shifts += shift.hadRecentInput ? 0 : shift.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_a_tall_picture_and_its_download_stand_on_one_screen_and_nothing_jumps(open_page, server, width, height):
    page = open_page(server, width=width, height=height)
    settle(page)
    page.evaluate(SHIFTS)
    page.wait_for_timeout(500)  # those of before are told, too
    assert page.evaluate("[window.shifts, window.shifts = 0][0]") <= 0.1
    tall = file("aunt.jpg", encode(np.pad(CAMERA, ((0, 256), (0, 0)), mode="reflect"), "JPEG"))
    upload(page, tall)
    wait_until_done(page)
    settle(page)
    assert page.evaluate("window.shifts") <= 0.1
    assert_accessible(page)
    in_one_screen(page, height)
    upload(page, GRAY, *(file(f"{name}.jpg", BAD["buffer"]) for name in "abcd"))
    button = page.get_by_role("button", name="I have read it")
    expect(button).to_be_in_viewport(ratio=1)
    button.click(timeout=2000)
    wait_until_done(page)
    in_one_screen(page, height)


def in_one_screen(page, height: int) -> None:
    settle(page)
    for part in (page.locator(STAGE), page.get_by_role("button", name="Download this photograph")):
        box = part.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [320, 390])
def test_slider_on_a_phone(open_page, server, width):
    page = open_page(server, width=width, height=800, has_touch=True, is_mobile=True)
    slider = upload(page, GRAY)
    wait_until_done(page)
    stage = page.locator(STAGE)
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    page.touchscreen.tap(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 4)
    assert slider.input_value() == "30"
    assert overflow(page) <= 0
    for style in ("Side by side", "Slider"):
        page.get_by_text(style, exact=True).click()
        page.wait_for_timeout(500)
        assert overflow(page) <= 0


def test_online_slider_without_its_script_still_shows_both_pictures(open_page, server):
    page = open_page(server, width=390, height=800, blocked="cdn.knightlab.com")
    said: list[str] = []
    upload(page, GRAY)
    wait_until_done(page)
    page.on("console", lambda message: said.append(message.text))
    page.get_by_text("Online slider", exact=True).click()
    for words in ("in grey", "coloured by Huestory"):
        page.get_by_role("img", name=f"grandmother.jpg {words}").wait_for()
    page.wait_for_load_state("networkidle")
    expect(page.locator("iframe")).to_be_hidden()  # rather than hundreds of pixels of nothing
    assert overflow(page) <= 0
    assert not [text for text in said if "Content Security Policy" in text], "where there is a network, it is loaded"


def test_what_streamlit_draws_is_seen_in_forced_colours_and_at_every_stop_of_the_keyboard(open_page, server):
    page = open_page(server, forced_colors="active")
    page.locator("[data-testid=stTopNavLink]").first.focus()
    page.keyboard.press("Tab")
    outline = "(element) => getComputedStyle(element).outlineStyle"
    assert page.locator("[data-testid=stTopNavLink]").nth(1).evaluate(outline) == "solid"
    upload(page, GRAY)
    wait_until_done(page)
    drawn = """(element) => {
        const { backgroundColor, borderTopWidth } = getComputedStyle(element);
        return parseFloat(borderTopWidth) > 0 || backgroundColor !== getComputedStyle(document.body).backgroundColor;
    }"""
    slider = page.locator("[data-testid=stSlider]").first
    toggle = page.locator("[data-testid=stCheckbox] label").filter(has_text="Correct a colour")
    for part in (
        slider.locator("[role=group] > div > div").first,
        slider.locator("[data-rac]:has(> div > input)"),
        toggle.locator("div:has(> div:empty)").first,
        page.locator("[data-testid=stRadioOption][data-selected=true] div:empty").first,
    ):
        assert part.evaluate(drawn)
    toggle.locator("input").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert toggle.evaluate(outline) == "solid"


@pytest.mark.parametrize("name", PAGES)
def test_page_opened_by_its_address_fits_a_phone_and_has_the_whole_app_around_it(open_page, server, name):
    page = open_page(f"{server}/{name}", width=390, height=800, has_touch=True, is_mobile=True)
    settle(page)
    assert overflow(page) <= 0
    assert_accessible(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    menu = page.get_by_test_id("stSidebar")
    menu.get_by_role("link", name="How good is it?").wait_for()
    go_to_the_start(page, menu)


def test_first_visitor_of_a_server_may_open_an_inner_page(fresh_server, open_page):
    """Streamlit's own way with a folder named pages/, without our navigation, must not come first."""
    page = open_page(f"{fresh_server}/survey")
    assert page.get_by_role("button", name="Research").is_visible()
    go_to_the_start(page, page)


def go_to_the_start(page, menu) -> None:
    menu.get_by_role("link", name="Colour", exact=True).click()
    page.get_by_text("No photograph at hand?").wait_for()
    page.wait_for_function("document.title === 'Colour - Huestory'")  # comes after the page itself


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 429, "body": "Many photographs are being uploaded at the moment."}, "Many photographs are being"),
        ({"status": 502, "body": ""}, "It could not be sent. Look at your connection"),
        (None, "It could not be sent. Look at your connection"),
    ],
)
def test_a_refused_upload_is_told_in_words(chromium, server, answer, words):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{server}/compare")
    page.get_by_role("heading", name="Compare models").wait_for()
    settle(page)
    page.route("**/_stcore/upload_file/**", lambda route: route.fulfill(**answer) if answer else route.abort())
    page.locator("input[type=file]").set_input_files(
        [{"name": "grandmother.jpg", "mimeType": "image/jpeg", "buffer": b"x"}]
    )
    told = page.get_by_test_id("stFileChip").get_by_role("alert")
    told.filter(has_text=words).wait_for()
    assert told.bounding_box()["width"] > 100, "it is seen, too"
    context.close()
