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


TIME_LIMIT = (WIDGETS / "time_limit.js").read_text(encoding="utf-8")


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


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_arrow_keys_move_the_handle_the_way_they_point(slider, empty_page, direction):
    slider(
        f"""() => {{
            document.documentElement.dir = "{direction}";
            new Slider(document.querySelector(".comparison")).name("Before", "After", 400, 300);
        }}"""
    )
    empty_page.locator("input").press("ArrowRight")
    assert empty_page.locator("input").input_value() == "52"


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
    return load(carousel.read("element.js"), TIME_LIMIT, widget("trial"))


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


def test_time_limit_ends_a_request_also_where_the_browser_has_none(load):
    aborted = "() => new Promise((done) => timeLimit(20).addEventListener('abort', () => done(true)))"
    assert load(TIME_LIMIT)(aborted)
    assert load("delete AbortSignal.timeout", TIME_LIMIT)(aborted)


def test_name_of_an_answer_is_what_stands_on_the_button(trial):
    made = trial("Session.prototype.button('Real', 'R', true).outerHTML")
    assert "aria-label" not in made and '<kbd aria-hidden="true">R</kbd>' in made
    assert 'aria-keyshortcuts="R"' in made


def test_tries_come_more_seldom_but_never_stop(trial):
    waits = trial("Array.from({ length: 6 }, function () { return (this.ms = longerWait(this.ms)); }, { ms: 500 })")
    assert waits == [1000, 2000, 4000, 8000, 8000, 8000]


# --- the account's forms


def test_values_of_a_form_are_text_and_ticks(load):
    run = load(carousel.read("element.js"), TIME_LIMIT, widget("account_form"))
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
    run = load(carousel.read("element.js"), TIME_LIMIT, widget("account_form"))
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


# --- hints


@pytest.fixture
def hints(load):
    html = (WIDGETS / "hint_canvas" / "hint_canvas.html").read_text(encoding="utf-8")
    return load(carousel.read("element.js"), widget("hint_canvas"), html=html)


SIZE = "{ width: 1000, height: 500 }"


@pytest.mark.parametrize(
    ("x", "y", "place"), [(10, 20, [0, 0]), (110, 70, [500, 250]), (210, 120, [999, 499]), (0, 999, [0, 499])]
)
def test_touched_place_is_in_pixels_of_the_photograph(hints, x, y, place):
    box = "{ left: 10, top: 20, width: 200, height: 100 }"
    assert hints(f"Object.values(toPhotograph({{ x: {x}, y: {y} }}, {box}, {SIZE}))") == place


@pytest.mark.parametrize(("x", "y", "index"), [(100, 100, 0), (118, 100, 1), (109, 100, 0), (100, 121, -1)])
def test_a_finger_means_the_nearest_hint_if_one_is_near(hints, x, y, index):
    there = "[{ x: 100, y: 100 }, { x: 120, y: 100 }]"
    assert hints(f"nearest({there}, {{ x: {x}, y: {y} }}, 20)") == index


@pytest.mark.parametrize(
    ("key", "fine", "place"),
    [
        ("ArrowRight", False, [30, 5]),
        ("ArrowRight", True, [14, 5]),
        ("ArrowLeft", False, [0, 5]),
        ("ArrowUp", False, [10, 0]),
        ("ArrowDown", True, [10, 9]),
    ],
)
def test_arrow_keys_move_the_cross_and_never_out_of_the_photograph(hints, key, fine, place):
    assert hints(f"Object.values(moved({{ x: 10, y: 5 }}, '{key}', {str(fine).lower()}, {SIZE}))") == place


def test_a_place_is_told_in_words(hints):
    assert hints(f"whereabouts({{ x: 400, y: 100 }}, {SIZE})") == "40 % from the left, 20 % from the top"


def test_a_colour_of_the_palette_is_found_again(hints):
    found = hints(
        """() => {
            const palette = {
                ab: [[40, 0], [0, 20], [-60, 0], [0, -80]],
                colors: Array.from({ length: 4 }, (_, hue) => [0, 1, 2].map((step) => `#${hue}${step}`)),
                names: Array.from({ length: 4 }, () => ["a", "b", "c"]),
            };
            const { a, b, hex, name } = colorAt(palette, 3, 1);
            const places = [[a, b], [500, 1], [0, 0]].map((ab) => nearestColor(palette, ...ab));
            return [a, b, hex, name, ...places];
        }"""
    )
    assert found[:4] == pytest.approx([0, -40, "#31", "b"])
    assert found[4:] == [{"hue": 3, "strength": 1}, {"hue": 0, "strength": 2}, {"hue": 0, "strength": 0}]


def test_black_has_a_palette_too(hints):
    palette = "{ ab: [[0, 0]], colors: [['#000', '#000']], names: [['black', 'black']] }"
    assert hints(f"nearestColor({palette}, 10, 10)") == {"hue": 0, "strength": 0}


TOLD = """
    window.told = [];
    window.data = { picture: "", text: "A photograph", width: 1000, height: 500, hints: [], offer: null,
                    can_undo: false, can_redo: false, done: 0, refusal: "" };
    window.say = (more) => mount({ data: { ...data, ...more }, parentElement: document.body,
                                   setStateValue: (name, value) => told.push(value.map((each) => ({ ...each }))) });
    say({});
    window.widget = document.querySelector(".hints").canvas;
"""


def test_what_is_not_confirmed_is_sent_again_with_what_comes_next(hints):
    sent = hints(
        f"""() => {{ {TOLD}
            widget.choose({{ x: 10, y: 20 }});
            widget.choose({{ x: 900, y: 20 }});
            say({{ done: 1 }});
            widget.choose({{ x: 10, y: 400 }});
            return told.map((queue) => queue.map(({{ n, kind, x }}) => [n, kind, x]));
        }}"""
    )
    first, second, third = [1, "touch", 10], [2, "touch", 900], [3, "touch", 10]
    assert sent == [[first], [first, second], [second, third]]


def test_a_second_colour_for_the_same_place_replaces_the_first_even_before_it_is_confirmed(hints):
    sent = hints(
        f"""() => {{ {TOLD}
            widget.choose({{ x: 10, y: 20 }});
            for (const a of [5, 6]) widget.setHint({{ a, b: 0, hex: "#ff0000", name: "red" }});
            return told.at(-1).map(({{ kind, index, a }}) => [kind, index ?? null, a ?? null]);
        }}"""
    )
    assert sent == [["touch", None, None], ["set", 0, 5], ["set", 0, 6]]


def test_a_refused_hint_is_told_and_not_kept_in_the_list(hints):
    found = hints(
        f"""() => {{ {TOLD}
            widget.choose({{ x: 10, y: 20 }});
            widget.setHint({{ a: 5, b: 0, hex: "#ff0000", name: "red" }});
            const before = widget.hints.length;
            say({{ done: 2, refusal: "Too many." }});
            return [before, widget.hints.length, document.querySelector(".refusal").textContent];
        }}"""
    )
    assert found == [1, 0, "Too many."]
