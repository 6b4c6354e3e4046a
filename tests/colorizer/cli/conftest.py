"""The real model, loaded once for all commands that the tests run in one process."""

import pytest

from colorizer import models
from colorizer.inference import colorizer as inference


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch, colorizer):
    load = inference.load_model
    default = (None, models.DEFAULT_MODEL)

    def choose(name=None, *options, **others):
        return colorizer if name in default else load(name, *options, **others)

    monkeypatch.setattr(inference, "load_model", choose)
