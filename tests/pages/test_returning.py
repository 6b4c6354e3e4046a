"""After a reload or a lost connection: the photographs are found again, by their visitor only and not for long."""

import pytest
import skimage.data
import streamlit as st

import colorizer
from colorizer.inference import album
from pages.parts import visits
from pages.parts.colorize import downloads, memory, returning
from pages.parts.forgetting import count_developed, forget
from pages.parts.visits import Visits
from tests.files import encode
from tests.page_actions import open_page, press, said, upload
from tests.tiny import TinyColorizer

GRAY = ("grandmother.jpg", encode(skimage.data.camera()[::4, ::4]), "image/jpeg")


@pytest.fixture(autouse=True)
def tab(monkeypatch, tmp_path) -> list[bool]:
    """What the page tells the browser: whether something is unsaved. A button stands for a tab that comes back."""
    told = []

    def follow_visit(visit, unsaved, on_return, key) -> None:
        told.append(unsaved)
        st.button("Come back", on_click=on_return)

    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    st.cache_resource.clear()
    tiny = TinyColorizer()
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: tiny)
    monkeypatch.setattr(returning, "follow_visit", follow_visit)
    return told


def come_back(earlier: str):
    return press(open_page("colorize", session={"colorize_tab": {"earlier": earlier}}), "Come back")


def test_the_same_visit_finds_its_photographs_again_with_their_settings():
    page = upload(open_page("colorize"), GRAY)
    page.slider(key="colorize_saturation").set_value(1.6).run()
    again = come_back(page.session_state["colorize_visit"])
    assert [photograph.name for photograph in again.session_state["colorize_photographs"].values()] == [GRAY[0]]
    assert again.slider(key="colorize_saturation").value == 1.6 and again.download_button
    assert "Here are your photographs again." in [toast.value for toast in again.toast]


def test_who_does_not_know_the_name_of_a_visit_finds_nothing():
    upload(open_page("colorize"), GRAY)
    assert not come_back("another").session_state["colorize_photographs"]


def test_what_was_cleared_does_not_come_back():
    page = press(upload(open_page("colorize"), GRAY), "Clear the page")
    assert not come_back(page.session_state["colorize_visit"]).session_state["colorize_photographs"]


def test_the_visit_of_a_person_who_has_signed_out_stays_away():
    page = upload(open_page("colorize"), GRAY)
    name = page.session_state["colorize_visit"]
    visits.get_visits().keep(name, "anna", {}, 0)
    assert not come_back(name).session_state["colorize_photographs"]


def test_the_browser_warns_until_the_photograph_is_saved_as_it_is(tab):
    page = open_page("colorize")
    assert tab[-1] is False
    page = upload(page, GRAY)
    assert tab[-1] is True
    key, photograph = next(iter(page.session_state["colorize_photographs"].items()))
    as_it_is = dict(memory.LOOK), photograph.version, photograph.edits.hints, "resnet50_unet"
    page.session_state["colorize_saved"] = {key: as_it_is}
    page.run()
    assert tab[-1] is False
    page.slider(key="colorize_saturation").set_value(1.6).run()
    assert tab[-1] is True
    press(page, "Clear the page")
    assert tab[-1] is False


def test_a_sample_is_no_loss(tab):
    page = open_page("colorize")
    page = press(page, next(button.label for button in page.button if "sample" in (button.key or "")))
    assert page.download_button and tab[-1] is False


def test_the_page_says_how_long_a_visit_is_kept():
    assert f"within {visits.MINUTES} minutes" in said(open_page("colorize"))


def test_what_can_be_made_anew_is_not_kept():
    page = upload(open_page("colorize"), GRAY)
    [photograph] = page.session_state["colorize_photographs"].values()
    [kept] = visits.get_visits()._visits.values()
    [left] = kept.content["photographs"].values()
    assert photograph.predictions and photograph.gray is not None
    assert left.data == photograph.data and left.edits is photograph.edits
    assert not left.predictions and not left.variants and left.gray is left.original is None


def test_what_was_forgotten_while_the_visitor_was_away_is_made_anew():
    page = upload(open_page("colorize"), GRAY)
    page.slider(key="colorize_saturation").set_value(1.6).run()
    [photograph] = page.session_state["colorize_photographs"].values()
    model = colorizer.load_model()
    make = downloads.make_file(photograph, model, album.Look(saturation=1.6), None)
    file = make()
    assert count_developed(page.session_state) == 1
    forget(page.session_state)
    assert count_developed(page.session_state) == 0 and not page.session_state["colorize_pictures"]
    assert make() == file, "a button that the visitor still sees"
    assert photograph.awaits(model.name)
    page.run()
    assert not photograph.awaits(model.name) and photograph.gray is not None
    assert page.slider(key="colorize_saturation").value == 1.6 and page.download_button and not page.exception


def test_the_first_touch_of_who_was_away_counts():
    page = upload(open_page("colorize"), GRAY)
    forget(page.session_state)
    page.slider(key="colorize_saturation").set_value(1.6).run()
    assert page.slider(key="colorize_saturation").value == 1.6 and not page.exception
    forget(page.session_state)
    page.toggle(key="colorize_correct").set_value(True).run()
    assert page.toggle(key="colorize_correct").value and not page.exception


# --- the visits that are kept


def test_a_visit_is_taken_once_and_by_its_owner():
    kept = Visits()
    kept.keep("a", "", {"x": 1}, 10)
    assert kept.take("a", "anna") == {"x": 1}, "what was done before signing in"
    assert kept.take("a", "anna") is None
    kept.keep("b", "anna", {"x": 2}, 10)
    assert kept.take("b", "") is kept.take("b", "berta") is None
    assert kept.take("b", "anna") == {"x": 2}


def test_a_visit_is_gone_after_its_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(visits.time, "monotonic", lambda: now[0])
    kept = Visits()
    kept.keep("a", "", {"x": 1}, 10)
    now[0] = visits.MINUTES * 60 - 1
    assert kept.take("a", "") is None
    kept._sweep()
    assert not kept._visits


def test_the_oldest_visits_give_way(monkeypatch):
    monkeypatch.setattr(visits, "MAX_BYTES", 100)
    kept = Visits()
    for name in "abc":
        kept.keep(name, "", {}, 50)
    assert [kept.take(name, "") for name in "abc"] == [None, {}, {}]


def test_after_some_minutes_those_who_have_left_share_a_small_place(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(visits.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(visits, "CALM_BYTES", 100)
    kept = Visits(is_here=lambda session: session == "open")
    for name in "abcd":
        kept.keep(name, "", {}, 50, "open" if name == "a" else name)
    now[0] = visits.CALM_SECONDS
    kept._sweep()
    assert set(kept._visits) == set("abcd")
    now[0] += 1
    kept.keep("new", "", {}, 90, "new")
    kept._sweep()
    assert set(kept._visits) == {"a", "c", "d", "new"}


def test_one_large_album_may_stay_alone(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(visits.time, "monotonic", lambda: now[0])
    kept = Visits()
    kept.keep("a", "", {"x": 1}, 2 * visits.CALM_BYTES, "a")
    now[0] = visits.CALM_SECONDS + 1
    kept._sweep()
    assert kept.take("a", "") == {"x": 1}
