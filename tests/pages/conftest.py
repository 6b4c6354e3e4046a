"""What Streamlit does again and again for each page that a test opens, done once."""

import functools

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner


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
