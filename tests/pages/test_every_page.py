"""Each page as a visitor gets it, and by itself, where it can take nothing from `app.py`; other tests open it alone."""

import time
from itertools import pairwise

import pytest
import streamlit as st

import colorizer
from tests.conftest import ROOT
from tests.galleries import make_gallery
from tests.page_actions import open_page
from tests.tiny import TinyColorizer

TITLES = {
    "colorize": "Colour an old photograph",
    "compare": "Compare models",
    "film": "Colour a film",
    "gallery": "Our street",
    "models": "How good is it?",
    "organizer": "Run a study",
    "photos": "My photos",
    "results": "How often do they pass for real?",
    "survey": "Real or recoloured?",
}


@pytest.fixture(autouse=True)
def one_gallery(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.delenv("HUESTORY_ORGANIZER_PASSWORD", raising=False)
    monkeypatch.setattr(colorizer, "load_model", lambda name=None: TinyColorizer())
    st.cache_data.clear()
    st.cache_resource.clear()
    make_gallery()


def test_no_page_is_forgotten():
    assert sorted(TITLES) == sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("name", TITLES)
def test_page_opens_through_the_router_and_alone(name):
    for through_router in (True, False):
        page = open_page(name, through_router)
        assert not page.error
        assert page.title[0].value == TITLES[name]
        levels = [int(each.tag[1]) for each in page.main if each.type in ("title", "header", "subheader")]
        assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels)), "no level of headings is left out"


@pytest.mark.parametrize("name", TITLES)
def test_a_page_that_opens_again_leaves_the_processor_to_others(name):
    page = open_page(name)
    began = time.process_time()
    page.run()
    assert time.process_time() - began < 0.3  # of a second; forty at once would take a dozen
