import json

import numpy as np
import pytest
import skimage.data
import streamlit as st

import colorizer
from accounts import service
from colorizer.color import lab
from colorizer.color.names import color_name
from colorizer.inference import album
from colorizer.inference.album import Look, Photograph
from colorizer.inference.hints.hint import MAX_HINTS, Hint
from pages.parts import visitor
from pages.parts.hints import correction
from pages.parts.hints.actions import Desk, follow
from pages.parts.widgets.hint_canvas import hint_canvas
from tests.files import encode
from tests.page_actions import labels, open_page, press, said, upload
from tests.people import PASSWORD
from tests.tiny import TinyColorizer

CAMERA = skimage.data.camera()[::2, ::2]
GRAY = ("grandmother.jpg", encode(CAMERA), "image/jpeg")
OTHER = ("uncle.jpg", encode(CAMERA[::-1]), "image/jpeg")
RED = {"x": 40, "y": 60, "a": 16.0, "b": 12.0, "reach": "object", "radius": None}


# --- what a visitor does


def act(photograph: Photograph, *actions: dict, desk: Desk | None = None, color_of=lambda x, y: (7.0, 8.0)) -> Desk:
    """Apply actions, numbered in order after those that are done."""
    desk = desk or Desk()
    follow(desk, photograph, [{"n": desk.done + n, **each} for n, each in enumerate(actions, 1)], color_of)
    return desk


@pytest.fixture
def photograph() -> Photograph:
    return Photograph("camera.png", b"", height=100, width=200)


def put(index: int, **other) -> dict:
    return {"kind": "set", "index": index, **RED, **other}


def test_hints_are_set_recoloured_moved_and_removed(photograph):
    act(photograph, put(0), put(1, x=7, radius=5, reach="spot"), put(0, a=1.0, b=2.0), put(1, x=9))
    assert photograph.edits.hints == (Hint(40, 60, (1, 2)), Hint(9, 60, (16, 12)))
    act(photograph, {"kind": "remove", "index": 0})
    assert photograph.edits.hints == (Hint(9, 60, (16, 12)),)
    act(photograph, {"kind": "clear"}, {"kind": "undo"}, {"kind": "undo"}, {"kind": "redo"})
    assert photograph.edits.hints == (Hint(9, 60, (16, 12)),)


def test_a_colour_is_taken_from_another_place(photograph):
    seen = []
    desk = act(
        photograph,
        {"kind": "pick", "index": 0, **RED, "from_x": 3, "from_y": 4},
        color_of=lambda x, y: seen.append((x, y)) or (7.0, 8.0),
    )
    assert seen == [(3, 4)] and photograph.edits.hints == (Hint(40, 60, (7, 8)),)
    assert desk.place == (40, 60)


def test_an_action_that_comes_again_is_not_done_again(photograph):
    desk = act(photograph, put(0))
    follow(desk, photograph, [{"n": 1, **put(0, a=0.0)}, {"n": 2, "kind": "undo"}], None)
    assert photograph.edits.hints == () and desk.done == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (put(0, x=200), "inside the photograph"),
        (put(0, a=999.0), "must be from"),
        (put(0, reach="far"), "reach must be one of"),
        ({"kind": "touch", "x": -1, "y": 5}, "inside the photograph"),
        ({"kind": "pick", "index": 0, **RED, "from_x": 3, "from_y": 100}, "inside the photograph"),
    ],
)
def test_what_cannot_be_is_explained_and_what_follows_is_done(photograph, wrong, words):
    desk = act(photograph, put(0), wrong)
    assert words in desk.refusal and photograph.edits.hints == (Hint(40, 60, (16, 12)),)
    act(photograph, put(1, x=1), desk=desk)
    assert desk.refusal == "" and len(photograph.edits.hints) == 2


def test_one_hint_too_many_is_explained_and_none_is_lost(photograph):
    photograph.edits.change([Hint(1, 1, (0, 0))] * MAX_HINTS)
    desk = act(photograph, put(MAX_HINTS))
    assert f"up to {MAX_HINTS} hints" in desk.refusal and len(photograph.edits.hints) == MAX_HINTS


# --- the page


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path) -> TinyColorizer:
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    st.cache_resource.clear()
    model = TinyColorizer()
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: model)
    return model


@pytest.fixture
def told(monkeypatch) -> list[dict]:
    """What the page tells the browser each time that it shows the picture."""
    calls = []

    def record(picture, text, size, content, on_actions, key):
        calls.append({"picture": picture, "text": text, "size": size, **content})
        hint_canvas(picture, text, size, content, on_actions, key)

    monkeypatch.setattr(correction, "hint_canvas", record)
    return calls


def correcting(*files):
    page = upload(open_page("colorize"), *files)
    return page.toggle(key="colorize_correct").set_value(True).run()


def photographs(page) -> list[Photograph]:
    return list(page.session_state["colorize_photographs"].values())


def test_a_visitor_who_corrects_nothing_gets_none_of_it(told):
    page = upload(open_page("colorize"), GRAY)
    assert not told and "Hints as a file" not in labels(page.expander)


def test_the_colours_of_the_place_touched_are_offered(told):
    page = correcting(GRAY)
    key, photograph = next(iter(page.session_state["colorize_photographs"].items()))
    assert told[-1]["offer"] is None and told[-1]["size"] == (256, 256)
    page.session_state["colorize_desks"][key].place = (40, 60)
    page.run()
    offer = told[-1]["offer"]
    lightness = album.lightness_at(photograph, 40, 60)
    assert 2 <= len(offer["swatches"]) <= 8
    gray, keep = offer["swatches"][-2:]
    assert (gray["name"], gray["a"], gray["b"]) == ("no colour (grey)", 0, 0)
    assert keep["name"] == "as it is" and color_name(lightness, (keep["a"], keep["b"])) == offer["now"]
    for color in offer["swatches"]:
        rgb = bytes.fromhex(color["hex"][1:])
        assert lab.rgb_to_lab(np.frombuffer(rgb, np.uint8))[0] == pytest.approx(lightness, abs=1)
    json.dumps(told[-1])


def test_hints_are_shown_in_the_picture_and_in_the_list(told):
    page = correcting(GRAY)
    before = told[-1]["picture"]
    photographs(page)[0].edits.change([Hint(40, 60, (16, 12))])
    page.run()
    [hint] = told[-1]["hints"]
    assert (hint["x"], hint["y"], hint["reach"], hint["name"]) == (40, 60, "object", "light rose")
    assert told[-1]["picture"] != before and told[-1]["can_undo"]
    assert "except for one that you gave" in said(page)


def test_a_touch_renders_nothing(told, tiny, monkeypatch):
    page = correcting(GRAY)
    key = next(iter(page.session_state["colorize_desks"]))
    monkeypatch.setattr(tiny, "render", None)
    page.session_state["colorize_desks"][key].place = (40, 60)
    assert not page.run().exception and told[-1]["offer"]


def test_hints_stay_with_their_photograph_when_other_things_change(told):
    page = correcting(GRAY, OTHER)
    first, second = photographs(page)
    first.edits.change([Hint(40, 60, (16, 12))])
    keys = list(page.session_state["colorize_photographs"])
    page.button(key=f"colorize_show_{keys[1]}").click().run()
    assert told[-1]["hints"] == [] and second.edits.hints == ()
    page.slider(key="colorize_saturation").set_value(1.5).run()
    page.button(key=f"colorize_show_{keys[0]}").click().run()
    assert len(told[-1]["hints"]) == 1


@pytest.mark.parametrize("look", [Look(saturation=1.5), Look(saturation=0.6, warmth=0.5)])
def test_a_colour_taken_from_the_picture_is_as_strong_there_as_it_looks(tiny, look):
    photograph = Photograph("camera.jpg", GRAY[1])  # the place lies in the grass, far from the edge of the gamut
    album.develop(photograph, tiny)
    rgb = album.render(photograph.gray, photograph, tiny, look)
    ab = correction._taker(photograph, tiny, correction.View((), rgb, ""), look)(200, 230)
    photograph.edits.change([Hint(200, 230, ab)])
    again = album.render(photograph.gray, photograph, tiny, look)
    assert album.color_at(photograph, again, 200, 230) == pytest.approx(
        album.color_at(photograph, rgb, 200, 230), abs=2
    )


def test_a_colour_can_be_taken_by_who_was_away(tiny):
    photograph, look = Photograph("camera.jpg", GRAY[1]), Look(warmth=0.5)
    album.develop(photograph, tiny)
    view = correction.View((), album.render(photograph.gray, photograph, tiny, look), "")
    ab = correction._taker(photograph, tiny, view, look)(200, 230)
    view.neutral = None
    album.forget(photograph)
    assert correction._taker(photograph, tiny, view, look)(200, 230) == ab


def test_without_colour_the_visitor_is_told_why_no_hint_shows():
    page = correcting(GRAY)
    page.slider(key="colorize_saturation").set_value(0.0).run()
    assert "no hint is seen" in said(page)


# --- the file


def take(page, data: bytes):
    return upload(page, ("hints.json", data, "application/json"), key="colorize_edits_")


def test_hints_are_taken_from_their_file(told):
    page = correcting(GRAY)
    photograph = photographs(page)[0]
    photograph.edits.change([Hint(40, 60, (16, 12)), Hint(1, 2, (0, 0), radius=9)])
    sidecar = album.write_sidecar(photograph)
    photograph.edits.change([])
    page = take(page, sidecar)
    assert "2 hints taken" in said(page) and len(told[-1]["hints"]) == 2
    photograph.edits.undo()
    assert photograph.edits.hints == ()
    assert "2 hints taken" not in said(page.run()), "said once"


def test_a_file_that_cannot_be_used_is_explained_and_nothing_is_lost(told):
    page = correcting(GRAY, OTHER)
    first, second = photographs(page)
    first.edits.change([Hint(40, 60, (16, 12))])
    second.edits.change([Hint(1, 1, (0, 0))])
    content = json.loads(album.write_sidecar(first))
    content["hints"] *= MAX_HINTS + 1
    for data, words in (
        (album.write_sidecar(second), "another content"),
        (b"{}", "JSON object"),
        (json.dumps(content).encode(), "up to 500 hints"),
    ):
        page = take(page, data)
        assert words in said(page) and "Your hints are as they were" in said(page)
        assert first.edits.hints == (Hint(40, 60, (16, 12)),)


# --- My photos


@pytest.fixture
def anna(monkeypatch):
    opened = service.open_accounts().register("anna", PASSWORD, "here")
    monkeypatch.setattr(visitor, "_token", lambda: opened.token)
    return service.open_accounts().sessions.find_token(opened.token)


def test_hints_are_kept_with_the_photograph_and_come_back_with_it(anna):
    page = upload(open_page("colorize"), GRAY)
    assert "edits" not in service.open_accounts().history.list(anna.user.id)[0].settings
    photographs(page)[0].edits.change([Hint(40, 60, (16, 12))])
    press(page.run(), "Keep this version in My photos")
    kept = next(image for image in service.open_accounts().history.list(anna.user.id) if "edits" in image.settings)
    page = open_page("photos", through_router=True, photo=kept.id)
    assert "1 hint" in said(page) and "Download the hints" in labels(page.download_button)
    page = press(page, "Colour it again")
    [photograph] = photographs(page)
    assert photograph.edits.hints == (Hint(40, 60, (16, 12)),)
    page.switch_page("pages/colorize.py").run()
    assert "Kept in My photos as it is now." in said(page)


def test_a_picture_that_lends_its_palette_is_kept_with_the_photograph_and_comes_back_with_it(anna):
    color = encode(np.tile(np.uint8([[30, 90, 40], [190, 60, 120]]), (32, 16, 1)))
    page = upload(open_page("colorize"), GRAY)
    page = upload(page, ("holiday.jpg", color, "image/jpeg"), key="colorize_like_")
    press(page.run(), "Keep this version in My photos")
    history = service.open_accounts().history
    kept = {"like_name" in image.settings: image for image in history.list(anna.user.id)}
    assert history.read(anna.user.id, kept[True].id, "reference") == color
    page = open_page("photos", through_router=True, photo=kept[True].id)
    press(page, "Colour it again")
    assert (page.session_state["colorize_lender"].name, page.session_state["colorize_lender"].data) == (
        "holiday.jpg",
        color,
    )
    page.switch_page("pages/colorize.py").run()
    assert "Kept in My photos as it is now." in said(page)
    page = open_page("photos", through_router=True, photo=kept[False].id)
    press(page, "Colour it again")
    assert page.session_state["colorize_lender"] is None
