import io
import re
import tomllib
import zipfile
from contextlib import ExitStack

import numpy as np
import pytest
import skimage.data
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

import colorizer
from colorizer import images, weights
from colorizer.color.formulas import srgb_to_linear
from colorizer.imaging.caption import caption_share
from colorizer.imaging.metadata import DIGITAL_SOURCE_TYPE
from colorizer.inference import album, album_export
from colorizer.inference.album import Look
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.queue import InferenceQueue, QueueFullError
from pages.parts import network
from pages.parts.colorize import comparison, downloads, look
from pages.parts.widgets import slider as slider_widget
from pages.parts.wording import escape, without_pictures
from tests.conftest import ROOT
from tests.files import encode
from tests.page_actions import labels, open_page, press, sound, upload
from tests.tiny import TinyColorizer, UndecidedColorizer

CAMERA = skimage.data.camera()[::2, ::2]
ASTRONAUT = skimage.data.astronaut()[::2, ::2]


GRAY = ("grandmother.jpg", encode(CAMERA), "image/jpeg")
COLOUR = ("holiday.png", encode(ASTRONAUT, "PNG"), "image/png")
OTHER = ("uncle.jpg", encode(CAMERA[::-1]), "image/jpeg")
BAD = ("letter_*.jpg", b"Dear grandmother, here is no picture.", "image/jpeg")
UNDO = "Take back"


@pytest.fixture(autouse=True)
def fresh_models():
    st.cache_resource.clear()


@pytest.fixture
def tiny(monkeypatch) -> TinyColorizer:
    model = TinyColorizer()
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: model)
    return model


@pytest.fixture
def queue(monkeypatch) -> InferenceQueue:
    """The queue that the page uses, to be filled by a test."""
    queue = InferenceQueue(limit=0)
    monkeypatch.setattr(network, "get_queue", lambda: queue)
    return queue


def photographs(page: AppTest) -> list[album.Photograph]:
    return list(page.session_state["colorize_photographs"].values())


# --- a photograph comes and is coloured


def test_photograph_is_coloured(tiny):
    page = upload(open_page("colorize"), GRAY)
    assert tiny.runs == 1
    assert not page.error
    ways = ["**Download this photograph**", "Before and after as one picture", "Web page with the slider"]
    assert labels(page.download_button) == ways
    assert "The colours are guesses" in " ".join(caption.value for caption in page.caption)


def test_another_version_can_be_chosen_and_is_what_is_downloaded(monkeypatch):
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: UndecidedColorizer())
    page = press(upload(open_page("colorize"), GRAY), "Another version")
    assert not page.exception
    photograph = photographs(page)[0]
    assert photograph.version == 1
    exported = images.read(album_export.export_photograph(photograph, UndecidedColorizer(), Look())).pixels.astype(int)
    assert (exported[..., 2] - exported[..., 0]).mean() > 10  # blue


def test_a_photograph_without_other_likely_colours_says_so(tiny):
    page = upload(open_page("colorize"), GRAY)
    assert any("no other likely colours" in caption.value for caption in page.caption)


def test_uncertainty_is_shown_on_request(tiny):
    page = upload(open_page("colorize"), GRAY)
    next(toggle for toggle in page.toggle if "guesses" in toggle.label).set_value(True).run()
    assert not page.exception
    assert any(caption.value.startswith("Orange:") for caption in page.caption)


# --- the way in


def test_empty_page_says_what_it_keeps_and_how_much_it_takes(tiny):
    said = " ".join(caption.value for caption in open_page("colorize").caption)
    assert "Nothing is kept" in said and "64 megapixels" in said


def test_first_screen_shows_a_historical_photograph_before_and_after_without_the_network(tiny, monkeypatch):
    shown = []
    monkeypatch.setattr(slider_widget, "_mount_slider", lambda key, data, **asks: shown.append((key, data)))
    page = open_page("colorize")
    [(key, data)] = shown
    assert key == "welcome" and tiny.runs == 0
    assert data["before"]["picture"] != data["after"]["picture"] and (data["width"], data["height"]) == (595, 402)
    said = " ".join(text.value for text in page.markdown)
    assert "Russell Lee" in said and "Library of Congress" in said and "public domain" in said
    assert "colours are guesses" in said
    upload(page, GRAY)
    assert shown[-1][0] != "welcome", "it gives way to the visitor's own"


def test_sample_is_coloured(tiny):
    page = press(open_page("colorize"), "Pumpkins")
    assert not page.exception
    assert tiny.runs == 1 and len(page.download_button) == 3
    assert "A man with a camera" not in labels(page.button), "the samples give way to the result"


def test_bad_file_is_named_with_its_reason_and_the_others_go_on(tiny):
    page = upload(open_page("colorize"), GRAY, BAD, COLOUR)
    assert len(page.error) == 1
    assert page.error[0].value.startswith(r"**letter\_\*\.jpg**: A photograph must be JPEG")
    assert tiny.runs == 2 and len(page.download_button) == 3


def test_only_bad_files_leave_a_page_that_can_be_cleared(tiny):
    page = press(upload(open_page("colorize"), BAD), "Clear the page")
    assert not page.error and not page.exception


def test_too_many_photographs_are_named(tiny, monkeypatch):
    monkeypatch.setattr(album, "MAX_PHOTOGRAPHS", 1)
    page = upload(open_page("colorize"), GRAY, COLOUR)
    assert "holiday" in page.error[0].value and "up to 1 photographs" in page.error[0].value
    assert len(page.download_button) == 3


def test_photograph_taken_out_of_the_uploader_is_gone(tiny):
    page = upload(open_page("colorize"), GRAY, COLOUR)
    kept = page.file_uploader[0].value[1]
    page.file_uploader[0].set_value([(kept.name, kept.getvalue(), kept.type)]).run()
    assert [photograph.name for photograph in photographs(page)] == ["holiday.png"]


def test_clear_empties_the_page(tiny):
    page = press(upload(open_page("colorize"), GRAY, BAD), "Clear the page")
    assert not page.exception and not page.error and not page.download_button
    assert photographs(page) == [] and page.file_uploader[0].value == []


def test_pixel_limit_that_is_no_number_is_named(tiny, monkeypatch):
    monkeypatch.setenv("HUESTORY_MAX_PIXELS", "lots")
    page = open_page("colorize")
    assert not page.exception
    assert "HUESTORY" in page.error[0].value and "lots" in page.error[0].value


# --- the model


@pytest.mark.parametrize("error", [weights.MissingWeightsError("/srv/x.h5"), weights.CorruptWeightsError("/srv/x.h5")])
def test_model_that_cannot_be_had_is_said_in_plain_words(monkeypatch, error):
    def fail(name=None):
        raise error

    monkeypatch.setattr(colorizer, "load_model", fail)
    page = open_page("colorize", through_router=True)
    assert not page.exception
    assert "cannot colour photographs at the moment" in page.error[0].value
    assert "/srv" not in page.error[0].value


def test_one_model_is_no_choice(tiny, monkeypatch):
    monkeypatch.setattr(weights, "has_weights", lambda name: name == "resnet50_unet")
    assert "Model" not in labels(upload(open_page("colorize"), GRAY).selectbox)


def test_photographs_are_coloured_anew_with_another_model(tiny, monkeypatch):
    other = TinyColorizer()
    other.name = "another"
    models = {"resnet50_unet": tiny, "another": other}
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: models[name])
    monkeypatch.setattr(look, "model_info", lambda name: tiny.info)
    monkeypatch.setattr(look, "usable_models", lambda: list(models))
    page = upload(open_page("colorize"), GRAY, COLOUR)
    next(box for box in page.selectbox if box.label == "Model").set_value("another").run()
    assert not page.exception
    assert (tiny.runs, other.runs) == (2, 2)
    next(box for box in page.selectbox if box.label == "Model").set_value("resnet50_unet").run()
    assert (tiny.runs, other.runs) == (2, 2)


# --- the result


@pytest.mark.parametrize(
    "adjust",
    [
        lambda page: page.slider(key="colorize_saturation").set_value(1.6),
        lambda page: page.radio(key="colorize_boldness").set_value("Bold"),
        lambda page: page.toggle(key="colorize_caption").set_value(True),
        lambda page: page.slider(key="colorize_warmth").set_value(0.5),
        lambda page: page.selectbox(key="colorize_mood").set_value("kodachrome"),
        lambda page: page.radio(key="colorize_view").set_value("Side by side"),
    ],
)
def test_adjusting_does_not_run_the_network(tiny, adjust):
    page = upload(open_page("colorize"), GRAY)
    adjust(page).run()
    assert not page.exception and tiny.runs == 1


def test_what_the_download_lacks_of_the_file_is_said(tiny):
    deep, clear = CAMERA.astype("uint16") * 257, np.dstack([ASTRONAUT, CAMERA])
    pages = encode(Image.fromarray(CAMERA), "TIFF", save_all=True, append_images=[Image.fromarray(CAMERA)])
    found = []
    for name, data in (("a.png", encode(deep, "PNG")), ("b.png", encode(clear, "PNG")), ("c.tif", pages)):
        page = upload(open_page("colorize"), (name, data, "image/png"))
        found.append(next(c.value for c in page.caption if c.value.startswith("Full size")).partition("pixels. ")[2])
    assert found == [
        "Its 16 bits become 8; TIFF keeps 16.",
        "What is transparent becomes white; TIFF keeps it.",
        "The file has 2 pages; this is the first.",
    ]


def test_another_picture_lends_its_palette(tiny):
    page = upload(upload(open_page("colorize"), GRAY), COLOUR, key="colorize_like_")
    assert tiny.runs == 2 and not page.error and "holiday" in page.session_state["colorize_lender"].name
    page = press(page, "Do without it")
    assert page.session_state["colorize_lender"] is None
    assert not next(field for field in page.file_uploader if "colorize_like_" in field.key).value


def test_a_grey_picture_lends_no_palette_and_says_so(tiny):
    page = upload(upload(open_page("colorize"), GRAY), GRAY, key="colorize_like_")
    assert "must be a colour photograph" in page.error[0].value and "grandmother" in page.error[0].value
    assert len(page.download_button) == 3


def test_settings_of_the_page_are_those_of_the_look(tiny, monkeypatch):
    looks = []
    monkeypatch.setattr(album, "render_view", lambda photograph, colorizer, look: looks.append(look) or ASTRONAUT)
    page = upload(open_page("colorize"), COLOUR)
    page.slider(key="colorize_warmth").set_value(-0.5).run()
    page.selectbox(key="colorize_mood").set_value("kodachrome").run()
    assert (looks[-1].warmth, looks[-1].mood, looks[-1].keep_colors) == (-0.5, "kodachrome", False)
    page.toggle(key="colorize_keep_colors").set_value(True).run()
    assert (looks[-1].warmth, looks[-1].keep_colors) == (-0.5, True)


def test_without_colour_there_is_nothing_to_download(tiny):
    page = upload(open_page("colorize"), GRAY)
    page.slider(key="colorize_saturation").set_value(0.0).run()
    assert not page.exception and not page.download_button
    assert "nothing to download" in page.info[0].value


def test_only_a_colour_photograph_can_be_compared_with_its_original(tiny):
    page = upload(open_page("colorize"), GRAY)
    assert "Compare with" not in labels(page.radio)
    page = upload(open_page("colorize"), COLOUR)
    page.radio(key="colorize_against").set_value("Original colours").run()
    page.radio(key="colorize_view").set_value("Side by side").run()
    assert not page.exception
    assert len(page.image) == 2 + 1  # the small one stands beside the controls of "Straighten and crop"


def test_colours_of_the_scan_are_offered_where_it_has_some_and_kept_on_request(tiny):
    page = upload(open_page("colorize"), GRAY)
    assert "Keep the colours that the scan has" not in labels(page.toggle)
    page = upload(open_page("colorize"), COLOUR)
    toggle = page.toggle(key="colorize_keep_colors")
    assert toggle.value is False
    toggle.set_value(True).run()
    assert not page.exception and tiny.runs == 2
    data = downloads.make_file(photographs(page)[0], tiny, Look(keep_colors=True), "png")()
    assert (images.read(data).pixels == tiny.colorize(ASTRONAUT, keep_colors=True)).all()


def test_a_blank_page_is_said_to_be_blank(tiny, monkeypatch):
    monkeypatch.setattr(tiny, "predict", lambda image: Colorizer.predict(tiny, image))
    page = upload(open_page("colorize"), ("back.png", encode(np.full((60, 80), 238, np.uint8), "PNG"), "image/png"))
    assert not page.exception and not page.error
    assert any("This page is blank" in caption.value for caption in page.caption)
    data = downloads.make_file(photographs(page)[0], tiny, Look(caption=True), None)()
    assert (images.read(data).pixels == 238).all()


def test_the_photograph_on_show_can_be_chosen(tiny):
    page = upload(open_page("colorize"), GRAY, COLOUR)
    assert "Full size: 256 × 256 pixels." in [caption.value for caption in page.caption]
    key = list(page.session_state["colorize_photographs"])[1]
    page.button(key=f"colorize_show_{key}").click().run()
    assert not page.exception
    assert "Compare with" in labels(page.radio)


# --- many photographs, each with its own settings


def test_small_pictures_are_coloured_as_they_come(tiny, monkeypatch):
    develop = album.develop

    def develop_one(photograph, *rest) -> None:
        if tiny.runs:
            raise QueueFullError("Busy.")
        develop(photograph, *rest)

    monkeypatch.setattr(album, "develop", develop_one)
    page = upload(open_page("colorize"), GRAY, COLOUR)
    assert [label[:13] for label in strip(page)] == ["![grandmother", "2"]
    monkeypatch.undo()
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: tiny)
    assert [label[:9] for label in strip(press(page, "Carry on"))] == ["![grandmo", "![holiday"]


def strip(page: AppTest) -> list[str]:
    """The labels of the small pictures: the picture in Markdown, or a number."""
    return [button.label for button in page.button if (button.key or "").startswith("colorize_show_")]


def names(page: AppTest) -> tuple[list[str], str]:
    """The photographs on the page, and the one on show."""
    photographs = page.session_state["colorize_photographs"]
    return [each.name for each in photographs.values()], photographs[page.session_state["colorize_chosen"]].name


@pytest.fixture
def two(tiny) -> AppTest:
    return upload(open_page("colorize"), GRAY, COLOUR)


def test_one_photograph_needs_no_strip(tiny):
    page = upload(open_page("colorize"), GRAY)
    assert strip(page) == [] and "Next" not in labels(page.button) and "Use for all" not in labels(page.button)


def test_previous_and_next_stop_at_the_ends(two):
    assert names(two)[1] == "grandmother.jpg"
    assert [button.disabled for button in two.button if button.label in ("Previous", "Next")] == [True, False]
    two = press(two, "Next")
    assert names(two)[1] == "holiday.png"
    assert [button.disabled for button in two.button if button.label in ("Previous", "Next")] == [False, True]
    assert names(press(two, "Previous"))[1] == "grandmother.jpg"


def test_pictures_on_the_screen_carry_the_mark_and_say_where_the_note_is(tiny, monkeypatch):
    shown = []
    monkeypatch.setattr(comparison, "slider", lambda before, after, **more: shown.append((before, after, more)))
    page = upload(open_page("colorize"), GRAY)
    before, after, more = shown[-1]
    assert DIGITAL_SOURCE_TYPE.encode() in after.jpeg and not before.jpeg
    assert more["note"] is None and more["share"] == "grandmother_colorized.jpg"
    page.toggle(key="colorize_caption").set_value(True).run()
    assert shown[-1][2]["note"] == caption_share(256, 256)


def test_a_close_look_fetches_larger_pictures_once_and_without_the_network(tiny, monkeypatch):
    shown = []
    monkeypatch.setattr(comparison, "slider", lambda before, after, **more: shown.append((before, after, more)))
    large = ("large.png", encode(np.kron(CAMERA, np.ones((8, 8), np.uint8)), "PNG"), "image/png")
    page = upload(open_page("colorize"), large)
    assert shown[-1][1].pixels.shape == (1024, 1024, 3) and shown[-1][2]["full_width"] == 2048
    page.session_state["colorize_large"] = page.session_state["colorize_chosen"]
    page.run()
    assert shown[-1][1].pixels.shape == (2048, 2048, 3) and shown[-1][0].pixels.shape == (2048, 2048)
    assert tiny.runs == 1


def test_one_photograph_is_removed_and_the_next_is_shown(two):
    two = press(two, "Remove")
    assert names(two) == (["holiday.png"], "holiday.png") and strip(two) == []
    assert names(sound(two.run()))[0] == ["holiday.png"], "the uploader still has the other"


def test_settings_belong_to_the_photograph_for_which_they_were_made(two):
    two.slider(key="colorize_saturation").set_value(1.6).run()
    two = press(two, "Next")
    assert two.slider(key="colorize_saturation").value == 1.0
    two.toggle(key="colorize_caption").set_value(True).run()
    two = press(two, "Previous")
    assert two.slider(key="colorize_saturation").value == 1.6 and not two.toggle(key="colorize_caption").value


def test_settings_are_used_for_all_and_taken_back_together(two):
    two.slider(key="colorize_saturation").set_value(1.6).run()
    two = press(press(two, "Use for all"), "Next")
    assert two.slider(key="colorize_saturation").value == 1.6
    two = press(two, UNDO)
    assert two.slider(key="colorize_saturation").value == 1.0
    assert press(two, "Previous").slider(key="colorize_saturation").value == 1.6


def test_undo_goes_to_the_photograph_whose_setting_it_takes_back(two):
    two.slider(key="colorize_saturation").set_value(1.6).run()
    two = press(press(two, "Next"), UNDO)
    assert names(two)[1] == "grandmother.jpg" and two.slider(key="colorize_saturation").value == 1.0
    assert next(button for button in two.button if button.label == UNDO).disabled


def test_reset_brings_back_the_first_settings_and_can_be_undone(monkeypatch):
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: UndecidedColorizer())
    page = press(upload(open_page("colorize"), GRAY), "Another version")
    page.radio(key="colorize_boldness").set_value("Bold").run()
    page = press(page, "Reset")
    assert page.radio(key="colorize_boldness").value == "Balanced" and photographs(page)[0].version == 0
    page = press(page, UNDO)
    assert page.radio(key="colorize_boldness").value == "Bold" and photographs(page)[0].version == 1
    page = press(press(page, UNDO), UNDO)
    assert page.radio(key="colorize_boldness").value == "Balanced" and photographs(page)[0].version == 0


def test_nothing_leaks_into_the_next_photographs_after_clear(two):
    two.slider(key="colorize_saturation").set_value(1.6).run()
    two.toggle(key="colorize_caption").set_value(True).run()
    two.toggle(key="colorize_correct").set_value(True).run()
    two.selectbox(key="colorize_format").set_value("JPEG").run()
    two = upload(press(two, "Clear the page"), OTHER)
    assert two.slider(key="colorize_saturation").value == 1.0 and not two.toggle(key="colorize_caption").value
    assert not two.toggle(key="colorize_correct").value
    assert next(button for button in two.button if button.label == UNDO).disabled
    assert two.selectbox(key="colorize_format").value == "JPEG", "a habit of the visitor's stays"


def test_a_palette_is_lent_to_the_photograph_for_which_it_was_given(two):
    two = press(upload(two, COLOUR, key="colorize_like_"), "Next")
    assert two.session_state["colorize_lender"] is None
    assert press(two, "Previous").session_state["colorize_lender"].name == "holiday.png"


def test_the_zip_has_each_photograph_in_its_own_settings(two, tiny):
    two.slider(key="colorize_saturation").set_value(0.5).run()
    two = press(two, "Prepare all 2 as a ZIP")
    with zipfile.ZipFile(io.BytesIO(two.session_state["colorize_archive"][1])) as archive:
        for name, photograph, saturation in zip(archive.namelist(), photographs(two), (0.5, 1.0), strict=True):
            look = Look(saturation=saturation, temperature=tiny.default_temperature)
            assert archive.read(name) == downloads.make_file(photograph, tiny, look, None)()


def test_refusals_are_gone_once_they_are_read(tiny):
    page = press(upload(open_page("colorize"), GRAY, BAD), "I have read it")
    assert not page.error and [photograph.name for photograph in photographs(page)] == ["grandmother.jpg"]


def test_photographs_and_settings_outlast_a_look_at_another_page(tiny):
    page = upload(open_page("colorize", through_router=True), GRAY)
    page.slider(key="colorize_saturation").set_value(1.6).run()
    page.switch_page("pages/results.py").run()
    page.switch_page("pages/colorize.py").run()
    assert not page.exception and tiny.runs == 1
    assert page.slider(key="colorize_saturation").value == 1.6
    assert [photograph.name for photograph in photographs(page)] == ["grandmother.jpg"]
    upload(page, COLOUR)
    assert [photograph.name for photograph in photographs(page)] == ["grandmother.jpg", "holiday.png"]


def test_online_style_shows_both_pictures_and_leaves_the_limit_of_pillow_alone(tiny):
    page = upload(open_page("colorize"), GRAY)
    limit = Image.MAX_IMAGE_PIXELS
    page.radio(key="colorize_view").set_value("Online slider").run()
    assert not page.exception
    assert Image.MAX_IMAGE_PIXELS == limit is not None
    assert len(page.image) == 2 + 1  # the small one stands beside the controls of "Straighten and crop"


# --- the way out


def test_download_is_the_photograph_at_full_size_as_the_library_colours_it(tiny):
    page = upload(open_page("colorize"), GRAY)
    data = downloads.make_file(photographs(page)[0], tiny, Look(saturation=1.5), "png")()
    photo = images.read(data)
    assert photo.pixels.shape == (256, 256, 3)
    assert (photo.pixels == tiny.colorize(images.read(GRAY[1]).pixels, saturation=1.5)).all()
    assert tiny.runs == 2, "one for the page and one for this test"


def test_all_photographs_come_as_a_zip(tiny):
    page = press(upload(open_page("colorize"), GRAY, BAD, COLOUR), "Prepare all 2 as a ZIP")
    assert not page.exception
    assert "Download the ZIP" in labels(page.download_button)
    with zipfile.ZipFile(io.BytesIO(page.session_state["colorize_archive"][1])) as archive:
        assert archive.namelist() == ["grandmother_colorized.jpg", "holiday_colorized.png"]


def test_a_change_asks_for_a_new_zip(tiny):
    page = press(upload(open_page("colorize"), GRAY, COLOUR), "Prepare all 2 as a ZIP")
    page.slider(key="colorize_saturation").set_value(1.6).run()
    assert "Download the ZIP" not in labels(page.download_button)
    assert page.session_state["colorize_archive"] is None


# --- the queue


def test_full_queue_is_said_and_can_be_tried_again(tiny, queue):
    page = open_page("colorize")
    with ExitStack() as others:
        others.enter_context(queue.ticket())
        upload(page, GRAY)
        assert tiny.runs == 0
        assert "not coloured yet" in page.info[0].value
    press(page, "Carry on")
    assert not page.exception and not page.info
    assert tiny.runs == 1 and len(page.download_button) == 3


def test_place_in_the_queue_is_shown(tiny, monkeypatch):
    said = []
    monkeypatch.setattr(InferenceQueue, "ticket", lambda self: BusyTicket())
    monkeypatch.setattr(
        "streamlit.delta_generator.DeltaGenerator.progress", lambda self, value, text=None: said.append(text)
    )
    upload(open_page("colorize"), GRAY)
    assert any("Waiting for 3 ahead of you" in text for text in said if text)


class BusyTicket:
    """A ticket that has three others ahead of it for a moment."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def wait(self, on_position):
        on_position(3)


# --- models


def test_models_not_measured_yet(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    page = open_page("models")
    assert "Not measured yet" in page.info[0].value
    assert "not trained yet" in " ".join(caption.value for caption in page.caption)


def test_models_show_what_was_measured_and_what_it_means(monkeypatch, tmp_path):
    (tmp_path / "evaluation.csv").write_text(
        "model,images,psnr,ab_accuracy,bleeding,folder\n"
        "grayscale,400,22.5012,0.6001,nan,\nresnet50_unet,400,23.9876,0.7012,0.2001,\nresnet50_unet,9,1.0,1.0,1.0,sub\n"
        "resnet50_unet (22 minutes),400,23.0,0.7,0.2,\neccv16,400,23.1,0.7,0.2,\n",
        encoding="utf-8",
    )
    (tmp_path / "README.md").write_text("# Weights\n\nKnown failures: tomatoes.", encoding="utf-8")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    page = open_page("models")
    assert not page.exception
    table = page.dataframe[0].value
    ours, zhang = (colorizer.model_info(name).title for name in ("resnet50_unet", "eccv16"))
    assert list(table["Model"]) == ["Plain grey", ours, f"{ours} (22 minutes)", zhang]
    assert list(table["Likeness to the original"])[:2] == [22.5012, 23.9876]
    assert np.isnan(table["Colour over edges"][0])
    said = " ".join(caption.value for caption in page.caption)
    assert "`eccv16`: trained and measured" in said and "`koalarization`: not trained yet" in said
    said = " ".join(text.value for text in page.markdown)
    assert "plain grey scores well" in said and "no measure of colour" in said and "tomatoes" in said


def test_models_page_begins_with_examples_the_best_one_first(tiny):
    st.cache_data.clear()
    page = open_page("models")
    assert tiny.runs == 4
    headings = [heading.value for heading in page.header]
    assert headings[:2] == ["See for yourself", "Measured"]
    said = " ".join(caption.value for caption in page.caption)
    off = [float(figure) for figure in re.findall(r"Off by ([\d.]+)", said)]
    assert len(off) == 4 and off == sorted(off)


def test_most_important_measurements_fit_a_phone_and_the_others_fold(tiny):
    page = open_page("models")
    assert list(page.table[0].value.columns) == ["Model", "Off by", "Colourful"]
    assert page.expander[0].label == "All measurements, and what they mean" and not page.expander[0].proto.expanded


def test_models_are_shown_beside_what_the_photographs_have_themselves(monkeypatch, tmp_path):
    (tmp_path / "evaluation.csv").write_text(
        "model,images,psnr,tint,tint_original,chroma_original,folder\n"
        "grayscale,400,22.5,nan,0.37,15.3,\nresnet50_unet,400,23.9,0.58,0.37,15.3,\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    table = open_page("models").dataframe[0].value
    assert list(table["Model"])[:2] == ["The photographs themselves", "Plain grey"]
    assert table["Under one tint"][0] == 0.37 and table["Under one tint"][2] == 0.58
    assert np.isnan(table["Likeness to the original"][0])


# --- look and wording


def test_nothing_is_told_to_others_and_no_traceback_to_visitors():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"


@pytest.mark.parametrize("variant", ["light", "dark"])
def test_theme_has_the_contrast_that_wcag_asks_for(variant):
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][variant]
    paper, ink = rgb(theme["backgroundColor"]), rgb(theme["textColor"])
    assert contrast(ink, paper) >= 7
    assert contrast(0.6 * ink + 0.4 * paper, paper) >= 4.5, "captions"
    assert contrast(rgb(theme["primaryColor"]), paper) >= 4.5
    assert contrast(rgb(theme["linkColor"]), paper) >= 4.5
    for colour in ("blue", "red"):
        assert contrast(rgb(theme[f"{colour}TextColor"]), rgb(theme[f"{colour}BackgroundColor"])) >= 4.5


def rgb(code: str) -> np.ndarray:
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted(srgb_to_linear(colour) @ (0.2126, 0.7152, 0.0722) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_text_of_a_visitor_is_no_markdown():
    assert escape("![x](http://a.b) *c* :d:") == "\\!\\[x\\]\\(http\u2060\\://a\\.b\\) \\*c\\* \\:d\\:"
    for text in ("www.example.org", "https://example.org", "me@example.org", ":material/home:"):
        assert "\u2060" in escape(text), "Streamlit makes links and icons of these whatever is escaped"
    assert escape("Stra\udcdfe") == "Stra?e"
    assert without_pictures("a ![b](http://c.d) [e](http://f.g)") == r"a !\[b](http://c.d) [e](http://f.g)"
