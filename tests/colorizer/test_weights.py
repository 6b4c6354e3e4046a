import hashlib
import re

import numpy as np
import pytest
import skimage.data

from colorizer import images, load_model, models, weights
from colorizer.color import lab
from tests.colorizer.models.test_models import TINY


@pytest.fixture
def tiny():
    return models.create_model("resnet50_unet", **TINY)


def test_weights_survive_a_round_trip_in_half_the_size(tiny, tmp_path, rng):
    lightness = rng.uniform(0, 100, (1, 64, 64, 1)).astype(np.float32)
    tiny.save_weights(tmp_path / "full.weights.h5")
    weights.write_weights(tiny, tmp_path / "half.weights.h5")
    assert [p.name for p in tmp_path.glob(".*")] == []
    other = models.create_model("resnet50_unet", **TINY)
    assert not np.allclose(other(lightness), tiny(lightness), atol=0.05)
    weights.read_weights(other, tmp_path / "half.weights.h5")
    assert np.allclose(other(lightness), tiny(lightness), atol=0.02)


def test_damaged_weights_are_refused(tiny, tmp_path):
    path = tmp_path / "bad.weights.h5"
    path.write_bytes(b"no weights")
    with pytest.raises(weights.CorruptWeightsError, match="bad"):
        weights.read_weights(tiny, path)


def test_weights_of_another_network_are_refused(tiny, tmp_path):
    other = models.create_model("resnet50_unet", **TINY | {"context_filters": 24})
    weights.write_weights(other, tmp_path / "other.weights.h5")
    with pytest.raises(weights.CorruptWeightsError):
        weights.read_weights(tiny, tmp_path / "other.weights.h5")


def test_missing_weights_say_where_they_belong(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(weights.MissingWeightsError, match=re.escape(str(tmp_path))):
        weights.weights_path("resnet50_unet")
    assert not weights.has_weights("resnet50_unet")


def test_the_default_is_the_first_to_choose_from_and_grey_none(monkeypatch):
    assert weights.usable_models()[0] == models.DEFAULT_MODEL
    assert "grayscale" not in weights.usable_models()
    monkeypatch.setattr(weights, "has_weights", lambda name: name in ("two_layer", "eccv16"))
    assert weights.usable_models() == ["eccv16", "two_layer"]


@pytest.mark.parametrize("name", weights.usable_models())
def test_every_network_that_ships_colours_a_photograph(name):
    photograph = images.resize(skimage.data.camera(), (96, 128))
    rgb = load_model(name).colorize(photograph)
    assert rgb.shape == (96, 128, 3)
    assert lab.chroma(lab.rgb_to_lab(rgb)[..., 1:]).mean() > 1, "grey is no colouring"


def test_all_weights_together_are_small_enough_to_clone():
    assert sum(weights.weights_path(name).stat().st_size for name in weights.FILES) <= 110 * 2**20


@pytest.mark.parametrize("name", weights.FILES)
def test_card_names_the_weights_and_their_checksum(name):
    card = (weights.FOLDER / "README.md").read_text()
    path = weights.weights_path(name)
    assert path.name in card
    assert hashlib.sha256(path.read_bytes()).hexdigest() == weights.sha256(path)
    assert weights.sha256(path) in card
    assert path.stat().st_size <= (50 if name == models.DEFAULT_MODEL else 25) * 2**20
