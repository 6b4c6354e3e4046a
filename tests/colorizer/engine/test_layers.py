"""The layers of a model, read without keeping Keras."""

import subprocess
import sys

import pytest

from colorizer.engine.layers import LayersError, read_layers
from tests.conftest import ROOT


def test_a_server_that_shows_layers_does_not_keep_keras():
    code = (
        "import sys; from pages.parts.models.cards import read_layers; print(len(read_layers('two_layer')));"
        "print([name for name in ('keras', 'tensorflow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    count, kept = done.stdout.splitlines()
    assert int(count) == 5 and kept == "[]"


def test_a_model_that_cannot_be_built_is_named():
    with pytest.raises(LayersError, match="no_such_model"):
        read_layers("no_such_model")
