"""The scripts of the widgets, function by function, in an empty page: no server is needed."""

import pytest

from colorizer.gallery import carousel
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

WIDGETS = ROOT / "pages" / "parts" / "widgets"


@pytest.fixture(scope="module")
def empty_page(chromium):
    page = chromium.new_page()
    yield page
    page.close()


@pytest.fixture
def load(empty_page):
    """Puts scripts into an empty page, each as it is given to the browser; returns what evaluates an expression."""

    def load(*scripts: str, html: str = ""):
        empty_page.goto("about:blank")
        empty_page.set_content(html)
        for script in scripts:
            empty_page.add_script_tag(content=script.replace("export default function", "window.mount = function"))
        return empty_page.evaluate

    return load


def widget(name: str) -> str:
    return (WIDGETS / name / f"{name}.js").read_text(encoding="utf-8")


# --- element()


def test_element_has_properties_and_children(load):
    run = load(carousel.read("element.js"))
    made = run("element('p', { id: 'x', className: 'a b' }, element('b', {}, 'bold'), ' words').outerHTML")
    assert made == '<p id="x" class="a b"><b>bold</b> words</p>'


def test_text_of_an_element_is_never_html(load):
    run = load(carousel.read("element.js"))
    assert run("element('p', {}, '<img src=x>').outerHTML") == "<p>&lt;img src=x&gt;</p>"


# --- the slider


@pytest.fixture
def slider(load):
    return load(carousel.read("slider.js"), html=carousel.read("slider.html"))


@pytest.mark.parametrize(("x", "position"), [(100, 0), (300, 50), (500, 100), (60, -10)])
def test_pointer_position_is_in_per_cent_of_the_picture(slider, x, position):
    assert slider(f"pointerPosition({x}, {{ left: 100, width: 400 }})") == position


@pytest.mark.parametrize(("pixels", "step"), [(-200, 1), (-48, 1), (-47, 0), (0, 0), (47, 0), (48, -1), (200, -1)])
def test_a_swipe_to_the_left_asks_for_the_next_photograph(slider, pixels, step):
    assert slider(f"swipeStep({pixels})") == step


@pytest.mark.parametrize(
    ("position", "drawn", "covered"), [(0, "0%", [1, 0]), (50, "50%", [0, 0]), (130, "100%", [0, 1])]
)
def test_slider_stays_on_the_picture_and_covers_the_label_it_is_near(slider, position, drawn, covered):
    found = slider(
        f"""() => {{
            const stage = document.querySelector(".comparison");
            const slider = new Slider(stage);
            slider.name("Before", "After", 400, 300);
            slider.position = {position};
            const labels = [...stage.querySelectorAll(".label")];
            return [stage.style.getPropertyValue("--position"),
                    labels.map((label) => Number(label.classList.contains("covered")))];
        }}"""
    )
    assert found == [drawn, covered]


def test_slider_says_to_screen_readers_what_it_shows(slider):
    said = slider(
        """() => {
            const stage = document.querySelector(".comparison");
            const slider = new Slider(stage);
            slider.name("Before", "After", 400, 300);
            slider.position = 30;
            const range = stage.querySelector("input");
            return [range.getAttribute("aria-label"), range.getAttribute("aria-valuetext")];
        }"""
    )
    assert said == ["Before on the left, After on the right", "Before 30 per cent, After 70 per cent"]


# --- the carousel


@pytest.fixture
def show(load):
    return load(carousel.script())


@pytest.mark.parametrize(("index", "length", "place"), [(0, 3, 0), (3, 3, 0), (-1, 3, 2), (0, 1, 0), (-1, 1, 0)])
def test_the_show_has_no_end(show, index, length, place):
    assert show(f"wrap({index}, {length})") == place


def test_colours_come_in_after_a_while_and_evenly(show):
    positions = show("[0, 1500, 3000, 4500, 9000].map(glidePosition)")
    assert positions == [100, 100, 50, 0, 0]
    glide = show("Array.from({ length: 50 }, (_, i) => glidePosition(100 * i))")
    assert glide == sorted(glide, reverse=True)


def test_addresses_of_pictures_belong_to_the_page_and_its_gallery(load):
    run = load(widget("carousel"))
    photo = run(
        """withAddresses({ id: "a b", prefix: "gallery-pictures", query: "?preview=x",
                           photos: [{ key: "f00", title: "T" }] })[0]"""
    )
    assert set(photo) == {"title", "before", "after", "thumb"}
    assert photo["thumb"].endswith("gallery-pictures/a%20b/f00/thumb.jpg?preview=x")


# --- the trials


@pytest.fixture
def trial(load):
    return load(carousel.read("element.js"), widget("trial"))


@pytest.mark.parametrize(
    ("layout", "key", "choice"),
    [
        ("single", "r", True),
        ("single", "R", True),
        ("single", "f", False),
        ("single", "ArrowLeft", None),
        ("pairs", "ArrowLeft", True),
        ("pairs", "ArrowUp", True),
        ("pairs", "ArrowRight", False),
        ("pairs", "ArrowDown", False),
        ("pairs", "r", None),
        ("grid", "r", None),
    ],
)
def test_keys_answer(trial, layout, key, choice):
    assert trial(f"keyChoice('{layout}', '{key}')") is choice


def test_tries_come_more_seldom_but_never_stop(trial):
    waits = trial("Array.from({ length: 6 }, function () { return (this.ms = longerWait(this.ms)); }, { ms: 500 })")
    assert waits == [1000, 2000, 4000, 8000, 8000, 8000]


# --- the account's forms


def test_values_of_a_form_are_text_and_ticks(load):
    run = load(carousel.read("element.js"), widget("account_form"))
    values = run(
        """() => {
            const form = build({ action: "delete", submit: "Delete", fields: [
                { name: "password", label: "Password", type: "password", hint: "Long" },
                { name: "sure", label: "Sure", type: "checkbox" },
            ] });
            form.querySelector("[name=password]").value = "a b";
            form.querySelector("[name=sure]").checked = true;
            return values(form);
        }"""
    )
    assert values == {"password": "a b", "sure": True}


def test_what_is_typed_can_be_shown(load):
    run = load(carousel.read("element.js"), widget("account_form"))
    types = run(
        """() => {
            const form = build({ action: "x", submit: "Go", fields: [{ name: "p", label: "P", type: "password" }] });
            document.body.append(form); // outside of a page a tick tells nobody
            const input = form.querySelector("[name=p]");
            const types = [input.type];
            for (let i = 0; i < 2; i++) { form.querySelector("[type=checkbox]").click(); types.push(input.type); }
            return types;
        }"""
    )
    assert types == ["password", "text", "password"]
