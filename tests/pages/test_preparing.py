"""Before colouring, on the page: turn, straighten, crop, a negative."""

import json

import numpy as np
import pytest
import skimage.data
import streamlit as st
from PIL import Image

import colorizer
from accounts import service
from colorizer.imaging.preparation import Preparation
from colorizer.inference import album
from colorizer.inference.hints.hint import Hint
from pages.parts import visitor
from pages.parts.hints.actions import Desk, follow
from tests.files import encode
from tests.page_actions import open_page, press, said, sound, upload
from tests.people import PASSWORD
from tests.tiny import TinyColorizer

CAMERA = skimage.data.camera()[:384:2, ::2]  # 256 x 192
GRAY = ("grandmother.png", encode(CAMERA, "PNG"), "image/png")
OTHER = ("uncle.png", encode(CAMERA[::-1], "PNG"), "image/png")


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path) -> TinyColorizer:
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    st.cache_resource.clear()
    model = TinyColorizer()
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: model)
    return model


def opened(*files):
    return upload(open_page("colorize"), *(files or (GRAY,)))


def photographs(page):
    return list(page.session_state.colorize_photographs.values())


def field(page, elements, label):
    return next(one for one in getattr(page, elements) if one.label == label)


def set_to(page, elements, label, value):
    field(page, elements, label).set_value(value)
    return sound(page.run())


def test_what_is_chosen_is_done_before_colouring_and_can_be_taken_back(tiny):
    page = opened()
    press(page, "Turn right")
    assert photographs(page)[0].preparation == Preparation(90) and "192 × 256 pixels" in said(page)
    set_to(page, "number_input", "Cut left, %", 25.0)  # of the turned photograph: the lower edge of the upright one
    assert photographs(page)[0].preparation == Preparation(90, crop=(0, 0, 1, 0.75)) and "144 × 256" in said(page)
    set_to(page, "toggle", "This is a negative", True)
    photograph = photographs(page)[0]
    assert (photograph.gray == 255 - np.rot90(CAMERA[:144], -1)).all()
    assert tiny.runs == 4 and not photograph.awaits(tiny.name)
    press(page, "Turn left")
    assert photographs(page)[0].preparation == Preparation(0, crop=(0, 0, 1, 0.75), negative=True)
    assert [field(page, "number_input", f"Cut {side}, %").value for side in ("left", "bottom")] == [0, 25]
    set_to(page, "slider", "Straighten", 2.5)
    assert photographs(page)[0].preparation.straighten == 2.5
    for _ in range(4):
        press(page, "Take back")
    assert photographs(page)[0].preparation == Preparation(90)
    press(page, "As it was scanned")
    assert photographs(page)[0].preparation == Preparation() and "256 × 192" in said(page)
    press(page, "Take back")
    assert photographs(page)[0].preparation == Preparation(90)
    press(page, "Reset")
    assert photographs(page)[0].preparation == Preparation()
    assert photographs(page)[0].data == GRAY[1]


def test_a_crop_that_leaves_nothing_is_explained_and_not_made():
    page = opened()
    set_to(page, "number_input", "Cut left, %", 60.0)
    set_to(page, "number_input", "Cut right, %", 60.0)
    assert "It stays as it was. A crop must keep a part" in said(page)
    assert [field(page, "number_input", f"Cut {side}, %").value for side in ("left", "right")] == [60, 0]
    assert photographs(page)[0].preparation.crop == (0.6, 0, 1, 1)
    press(page, "Take back")
    assert photographs(page)[0].preparation == Preparation()


def test_the_border_of_a_scan_is_found():
    scan = Image.new("L", (360, 290), 235)
    scan.paste(Image.fromarray(CAMERA), (52, 49))
    noise = np.random.default_rng(0).normal(0, 2, (290, 360))
    askew = np.asarray(scan.rotate(-3, Image.Resampling.BICUBIC, fillcolor=235)) + noise
    page = opened(("scan.png", encode(np.clip(askew, 0, 255).astype(np.uint8), "PNG"), "image/png"))
    press(page, "Find the border")
    height, width = photographs(page)[0].prepared_size
    assert photographs(page)[0].preparation.straighten == pytest.approx(-3, abs=0.2)
    assert 246 <= width <= 256 and 184 <= height <= 192
    page = opened()
    press(page, "Find the border")
    assert "No border was found" in said(page)
    assert photographs(page)[0].preparation == Preparation()


def test_how_one_scan_lies_is_not_given_to_the_others_but_that_it_is_a_negative_is():
    page = opened(GRAY, OTHER)
    press(page, "Turn right")
    set_to(page, "toggle", "This is a negative", True)
    press(page, "Use for all")
    assert [p.preparation for p in photographs(page)] == [Preparation(90, negative=True), Preparation(negative=True)]


def test_it_is_kept_in_my_photos_and_comes_back_from_there(monkeypatch):
    anna = service.open_accounts().register("anna", PASSWORD, "here")
    monkeypatch.setattr(visitor, "_token", lambda: anna.token)
    visit = service.open_accounts().sessions.find_token(anna.token)
    page = opened()
    press(page, "Turn right")
    set_to(page, "number_input", "Cut left, %", 25.0)
    press(page, "Keep this version in My photos")
    history = service.open_accounts().history
    (image,) = [image for image in history.list(visit.user.id) if image.settings.get("turn")]
    assert (image.width, image.height) == (144, 256)
    assert history.read(visit.user.id, image.id, "original") == GRAY[1]
    assert image.settings["cut_left"] == 25
    page = open_page("photos", through_router=True, photo=image.id)
    assert "turned, cropped" in said(page)
    page = press(page, "Colour it again")
    page.switch_page("pages/colorize.py").run()
    assert [p.preparation for p in photographs(page)] == [Preparation(90, crop=(0, 0, 1, 0.75))]
    assert "Kept in My photos as it is now." in said(page)


def test_hints_on_the_turned_picture_are_for_the_upright_photograph(tiny):
    photograph = album.Photograph("a.png", GRAY[1])
    album.develop(photograph, tiny)
    photograph = album.prepare_anew(photograph, Preparation(90, crop=(0, 0, 1, 0.75)))
    album.develop(photograph, tiny)
    photograph.edits.change([Hint(5, 180, (1, 1))])  # cropped away
    desk = Desk()

    def act(**action):
        follow(desk, photograph, [{"n": desk.done + 1, **action}], lambda x, y: (7.0, 8.0))

    red = {"a": 16.0, "b": 12.0, "reach": "object", "radius": None}
    act(kind="set", index=0, x=13, y=40, **red)
    assert photograph.edits.hints[1:] == (Hint(40, 130, (16, 12)),) and desk.place == (40, 130)
    act(kind="set", index=0, x=14, y=40, **red)
    assert photograph.edits.hints[1:] == (Hint(40, 129, (16, 12)),)
    act(kind="touch", x=200, y=40)
    assert "inside the photograph, x from 0 to 143" in desk.refusal
    act(kind="remove", index=0)
    assert photograph.edits.hints == (Hint(5, 180, (1, 1)),)
    assert json.loads(album.write_sidecar(photograph))["preparation"]["crop"] == [0, 0, 256, 144]
