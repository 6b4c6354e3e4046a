"""What page tests share: models that need no weights, and work of Streamlit that is done once, not for each page."""

import functools

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner

import colorizer
from colorizer import weights
from tests.tiny import SlowColorizer, TinyColorizer


@pytest.fixture(scope="session", autouse=True)
def nothing_twice():
    """Two thirds of a page test's time were not the page's.

    `AppTest` reads the metadata of every installed package for each page, and after each run Streamlit clears the
    session of Keras, which collects the garbage of the whole test run. The tests in `tests/browser` leave both as they
    are.
    """
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture
def tiny(monkeypatch) -> TinyColorizer:
    """The only model, quick."""
    return use(monkeypatch, TinyColorizer())


@pytest.fixture
def slow(monkeypatch):
    """The only model, which waits until the test lets it go on."""
    model = use(monkeypatch, SlowColorizer())
    yield model
    model.may_go = 10_000


def use(monkeypatch, model):
    monkeypatch.setattr(colorizer, "load_model", lambda name: model)
    monkeypatch.setattr(weights, "has_weights", lambda name: name == "resnet50_unet")
    return model
