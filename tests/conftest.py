"""Fixtures shared by all tests, and the rule for what a machine lacks: skipped on a user's, a failure in CI."""

import os
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import settings
from PIL import Image

settings.register_profile("huestory", deadline=None)  # a busy machine is no failure
settings.load_profile("huestory")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def photo_folder(tmp_path) -> Path:
    """Thirty different colour photographs, cut from those that scikit-image bundles."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(10):
        for name in ("astronaut", "coffee", "chelsea"):
            whole = getattr(skimage.data, name)()
            top, left = 10 * i, 20 * i
            Image.fromarray(whole[top : top + 96, left : left + 96]).save(folder / f"{name}_{i}.png")
    return folder


@pytest.fixture(scope="session")
def colorizer():
    """The default model with the weights that ship."""
    from colorizer import load_model

    return load_model()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    skipped = session.config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped", [])
    if os.environ.get("CI") and skipped:
        print(f"\nIn CI nothing may be skipped: {len(skipped)} were.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
