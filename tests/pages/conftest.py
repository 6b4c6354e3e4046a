"""Fixtures for page tests: models that need no weights, and fewer repetitions of slow work of Streamlit."""

import functools

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner

import colorizer
from colorizer import weights
from pages.parts import collector
from tests.tiny import SlowColorizer, TinyColorizer


@pytest.fixture(scope="session", autouse=True)
def nothing_twice():
    """Avoid two slow steps of Streamlit, which took two thirds of the time of a page test.

    `AppTest` reads the metadata of every installed package for each page; here, only once. After each run Streamlit
    clears the Keras session, which starts a garbage collection over the whole test run; here, never, and not after a
    model was loaded either. The tests in `tests/browser` leave all of it unchanged.
    """
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        patch.setattr(collector, "spare_collector", lambda: None)
        yield


@pytest.fixture
def tiny(monkeypatch) -> TinyColorizer:
    """A quick model, the only one that is available."""
    return use(monkeypatch, TinyColorizer())


@pytest.fixture
def slow(monkeypatch):
    """A model that waits until the test lets it continue, the only one that is available."""
    model = use(monkeypatch, SlowColorizer())
    yield model
    model.may_go = 10_000


def use(monkeypatch, model):
    monkeypatch.setattr(colorizer, "load_model", lambda name: model)
    monkeypatch.setattr(weights, "has_weights", lambda name: name == "resnet50_unet")
    return model
