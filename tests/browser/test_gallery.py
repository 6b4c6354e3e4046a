"""The carousel as visitors and museums use it: keys, fingers, kiosk, and the exported page alone with its browser."""

import pytest

from colorizer.gallery.captions import Caption
from colorizer.gallery.export import export_page
from tests.browser.test_browser import overflow
from tests.galleries import CAPTION, make_gallery

expect = pytest.importorskip("playwright.sync_api", reason="install Playwright: `pip install playwright`").expect

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 800, "has_touch": True, "is_mobile": True}
FONT_SIZE = "(part) => parseFloat(getComputedStyle(part).fontSize)"
BROKEN = "(images) => images.filter((image) => !image.complete || !image.naturalWidth).length"


@pytest.fixture(scope="module")
def gallery(shared_data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUESTORY_DATA", str(shared_data))
        return make_gallery(5)


@pytest.fixture(scope="module")
def museum(server, gallery):
    """The address of a published gallery of five."""
    return f"{server}/gallery?gallery={gallery.id}"


@pytest.fixture(scope="module")
def exported(gallery, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("export") / "page.html"
    path.write_bytes(export_page(gallery))
    return path.as_uri()


@pytest.fixture
def open_export(chromium, exported):
    """The page from the disk, with no network at all."""
    contexts, asked = [], []

    def open_export(width: int = 1280, height: int = 900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(message.text))
        page.on("pageerror", lambda error: asked.append(str(error)))
        page.goto(exported)
        return page

    yield open_export
    for context in contexts:
        context.close()
    assert [url for url in asked if url != exported and not url.startswith("data:image/")] == []


def shows(page, number: int, total: int = 5) -> None:
    expect(page.locator(".count")).to_have_text(f"{number} of {total}")
    expect(page.locator("h2")).to_have_text(CAPTION.title if number == 1 else f"scan_{number - 1}")
    assert page.locator(".comparison img").evaluate_all(BROKEN) == 0


def slider(page):
    return page.get_by_role("slider", name="Original on the left")


def walk_through(page) -> None:
    """Keys, buttons and filmstrip; the arrow keys belong to the slider while it has the focus."""
    shows(page, 1)
    page.keyboard.press("ArrowRight")
    shows(page, 2)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    shows(page, 5)
    page.get_by_role("button", name="Next").click()
    shows(page, 1)
    page.get_by_role("button", name="3: scan_2").click()
    shows(page, 3)
    page.keyboard.press("ArrowRight")
    shows(page, 4)
    focused = "(list) => list.getRootNode().activeElement.getAttribute('aria-label')"
    assert page.get_by_role("list", name="All photographs").evaluate(focused) == "4: scan_3"
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    assert slider(page).input_value() == "52"
    shows(page, 4)


def test_gallery_is_walked_by_keys_buttons_and_filmstrip(open_page, museum):
    page = open_page(museum)
    walk_through(page)


def test_caption_shows_credit_licence_and_source_as_words(open_page, museum):
    page = open_page(museum)
    shows(page, 1)
    assert page.locator(".origin").inner_text() == f"{CAPTION.year} · {CAPTION.photographer}"
    assert page.locator(".text").inner_text() == CAPTION.text
    assert page.locator(".credit").inner_text().startswith(f"{CAPTION.credit}. {CAPTION.licence}.")
    link = page.get_by_role("link", name="Source: museum.example.org")
    assert link.get_attribute("href") == CAPTION.url and "noopener" in link.get_attribute("rel")
    assert page.locator(".guess").inner_text() == "Coloured by software; colours are guesses"


def test_only_what_is_near_is_fetched_and_once(open_page, museum):
    page = open_page(museum)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    shows(page, 1)
    page.reload()
    shows(page, 1)
    page.wait_for_load_state("networkidle")
    large = [url for url in asked if url.endswith(("before.jpg", "after.jpg"))]
    assert len(set(large)) == 4, "this one and the next"
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(200)
    shows(page, 1)
    assert page.locator("img[src*='after.jpg']").count() == 1, "those that were seen are let go"


def test_swipe_changes_the_photograph_and_the_handle_slides(open_page, museum):
    page = open_page(museum, **PHONE)
    shows(page, 1)
    box = page.locator(".comparison").bounding_box()
    touch = page.context.new_cdp_session(page)

    def drag(start: float, end: float) -> None:
        y = box["y"] + box["height"] / 3
        points = [{"x": box["x"] + box["width"] * share, "y": y} for share in (start, (start + end) / 2, end)]
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    drag(0.95, 0.7)
    shows(page, 2)
    drag(0.05, 0.3)
    shows(page, 1)
    drag(0.5, 0.2)
    shows(page, 1)
    assert int(slider(page).input_value()) in (20, 22)
    assert overflow(page) <= 0


def test_kiosk_covers_everything_and_plays_by_itself(open_page, museum):
    page = open_page(f"{museum}&kiosk=1")
    shows(page, 1)
    box = page.locator(".carousel").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 900)
    at_the_top = "() => document.elementFromPoint(200, 20).shadowRoot?.querySelector('.kiosk') != null"
    assert page.evaluate(at_the_top), "where the app's own bar would be"
    expect(page.get_by_role("link")).to_have_text(["Skip to main content"])  # Streamlit's, out of sight
    expect(page.locator(".filmstrip")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_text(["Previous", "Next", "Pause"])
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert "Source: museum.example.org" in page.locator(".credit").inner_text()
    expect(page.locator(".count")).to_have_text("2 of 5", timeout=20_000)  # after ten seconds
    shows(page, 2)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_long_texts_scroll_and_push_nothing_off_the_screen(open_page, server, data):
    gallery = make_gallery(2)
    captions = gallery.captions()
    first = next(iter(captions))
    gallery.arrange(captions | {first: Caption(title="A title of many words " * 11, text="A long text. " * 150)})
    page = open_page(f"{server}/gallery?gallery={gallery.id}")
    for kiosk, (width, height) in (("", (1280, 900)), ("&kiosk=1", (1280, 900)), ("&kiosk=1", (1920, 1080))):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{server}/gallery?gallery={gallery.id}{kiosk}")
        expect(page.locator(".view.loading")).to_have_count(0)
        expect(page.locator("h2")).to_contain_text("A title of many words")  # the first is shown
        for part in (".guess", ".bar") if kiosk else (".guess", ".bar", ".filmstrip"):
            box = page.locator(part).bounding_box()
            assert box["y"] >= 0 and box["y"] + box["height"] <= height, part
        assert page.locator(".words").evaluate("(words) => words.scrollHeight > words.clientHeight && !words.tabIndex")
    sizes = {part: float(page.locator(part).evaluate(FONT_SIZE)) for part in ("h2", ".text", ".credit", ".guess")}
    assert sizes["h2"] >= 44 and sizes[".text"] >= 32, "capitals of 20 minutes of arc at two metres, on 32 inches"
    assert sizes[".credit"] >= 24 and sizes[".guess"] >= 24


def test_way_back_leads_to_the_photograph_that_was_shown(open_page, museum):
    page = open_page(museum)
    shows(page, 1)
    page.keyboard.press("ArrowRight")
    shows(page, 2)
    page.get_by_role("link", name="My photos").click()
    page.get_by_role("heading", name="My photos", exact=True).wait_for()
    page.go_back()
    page.locator(".count").wait_for()
    shows(page, 2)


def test_kiosk_goes_on_while_the_server_is_away(open_page, museum):
    page = open_page(f"{museum}&kiosk=1")
    shows(page, 1)
    names = "performance.getEntriesByType('resource').map((e) => e.name)"
    page.wait_for_function(f"() => new Set({names}.filter((name) => /(after|before).jpg/.test(name))).size === 4")
    page.route("**/gallery-pictures/**", lambda route: route.abort())
    page.keyboard.press("ArrowRight")
    shows(page, 2)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    shows(page, 2)  # rather than nothing
    page.unroute_all()
    page.keyboard.press("ArrowRight")
    shows(page, 4)


def test_reduced_motion_is_respected(open_page, museum):
    page = open_page(f"{museum}&kiosk=1", reduced_motion="reduce")
    shows(page, 1)
    note = page.locator(".note")
    expect(note).to_have_text("This device asks for less motion, so the show does not start by itself: press Play.")
    page.get_by_role("button", name="Play").click()
    expect(note).to_be_empty()
    page.wait_for_timeout(2500)
    assert slider(page).input_value() == "50"


def test_gallery_on_a_phone(open_page, museum):
    page = open_page(museum, **PHONE)
    shows(page, 1)
    assert overflow(page) <= 0
    box = page.locator(".comparison").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    for name in ("Previous", "Next", "Play"):
        button = page.get_by_role("button", name=name).bounding_box()
        assert button["height"] >= 44 and button["width"] >= 40


# --- the exported page


def test_exported_page_is_walked_without_a_network(open_export):
    page = open_export()
    walk_through(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Our street"


def test_exported_page_plays_when_asked(open_export):
    page = open_export()
    page.clock.install()
    page.reload()
    shows(page, 1)
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(11_000)
    shows(page, 2)
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(30_000)
    shows(page, 2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_exported_page_on_a_phone(open_export, scheme):
    page = open_export(**PHONE, color_scheme=scheme)
    shows(page, 1)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(250, 247, 242)", "dark": "rgb(27, 25, 23)"}[scheme]


def test_exported_page_without_scripts_lists_everything(open_export):
    page = open_export(java_script_enabled=False)
    assert page.locator("figure img").count() == 10
    assert page.get_by_role("heading", name=CAPTION.title).is_visible()
    assert page.get_by_text("Coloured by software; colours are guesses").count() >= 6
