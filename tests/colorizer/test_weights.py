import hashlib
import re
import shutil

import keras
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


def test_large_kernels_are_rounded_to_a_small_part_of_their_spread(tmp_path, rng):
    model = keras.Sequential([keras.Input((128,)), keras.layers.Dense(512)])
    model.layers[0].kernel.assign(rng.normal(0, 0.01, (128, 512)))
    kernel = np.array(model.layers[0].kernel)
    weights.write_weights(model, tmp_path / "large.weights.h5")
    assert (tmp_path / "large.weights.h5").stat().st_size < 0.4 * kernel.nbytes + 20_000
    model.layers[0].kernel.assign(np.zeros_like(kernel))
    weights.write_weights(model, tmp_path / "zeros.weights.h5")
    weights.read_weights(model, tmp_path / "large.weights.h5")
    rounded = np.array(model.layers[0].kernel)
    assert 0 < np.abs(rounded - kernel).max() < 0.01 / weights.LEVELS
    weights.read_weights(model, tmp_path / "zeros.weights.h5")
    assert not np.array(model.layers[0].kernel).any()


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


@pytest.mark.slow  # makes the exports of all networks, if no other test did
@pytest.mark.parametrize("name", weights.usable_models())
def test_every_network_that_ships_colours_a_photograph(name, all_exports):
    photograph = images.resize(skimage.data.camera(), (96, 128))
    rgb = load_model(name).colorize(photograph)
    assert rgb.shape == (96, 128, 3)
    assert lab.chroma(lab.rgb_to_lab(rgb)[..., 1:]).mean() > 1, "grey is no colouring"


def test_all_weights_together_are_small_enough_to_clone():
    assert sum(weights.weights_path(name).stat().st_size for name in weights.FILES) <= 110 * 2**20


@pytest.mark.parametrize("name", weights.FILES)
def test_card_and_facts_tell_of_the_file_that_ships(name):
    path = weights.weights_path(name)
    facts = weights.read_facts(path)
    assert (facts.model, facts.sha256) == (name, hashlib.sha256(path.read_bytes()).hexdigest())
    assert facts.hyperparameters == weights.read_hyperparameters(path)
    assert path.stat().st_size <= (50 if name == models.DEFAULT_MODEL else 25) * 2**20
    card = (weights.FOLDER / "README.md").read_text()
    assert path.name in card and facts.sha256 in card
    if facts.figures is None:
        return
    assert f"{facts.figures['pictures_seen']:,}" in card
    if name != models.DEFAULT_MODEL and facts.figures["val_loss"]:
        assert any(f"`{name}`" in line and f"{facts.figures['val_loss']:.3g}" in line for line in card.splitlines())


def test_the_upsampler_that_ships_is_told_of_like_a_models_weights():
    path = weights.FOLDER / weights.UPSAMPLER
    facts, card = weights.read_facts(path), (weights.FOLDER / "README.md").read_text()
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() and facts.sha256 in card
    assert f"{facts.recipe['steps']:,} steps" in card and f"{facts.data['photographs']:,} photographs" in card
    assert path.stat().st_size <= 2**20


def test_an_upsampler_that_is_missing_or_altered_is_refused_with_the_command_that_mends_it(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(weights.MissingWeightsError, match="git checkout -- weights/upsampler_photos"):
        weights.create_upsampler()
    (tmp_path / weights.UPSAMPLER).write_bytes(b"something else")
    with pytest.raises(weights.AlteredWeightsError, match="git checkout -- weights/upsampler_photos"):
        weights.create_upsampler()


# --- altered files


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """The folder of the weights that ship, with those of two layers alone, to be spoilt."""
    for path in (weights.FOLDER / weights.FILES["two_layer"], weights.FOLDER / "two_layer_photos.weights.json"):
        shutil.copy(path, tmp_path / path.name)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    return tmp_path / weights.FILES["two_layer"]


def alter(path, number: int) -> None:
    """One of twelve ways to spoil a file."""
    data = bytearray(path.read_bytes())
    if number < 8:
        data[len(data) * (2 * number + 1) // 16] ^= 0xFF
    else:
        data = {8: data[:-1], 9: data + b"x", 10: data[: len(data) // 2], 11: data[::-1]}[number]
    path.write_bytes(data)


@pytest.mark.parametrize("number", range(12))
def test_an_altered_file_that_ships_is_refused_with_the_command_that_mends_it(shipped, number):
    assert load_model("two_layer").weights_sha256 == weights.read_facts(shipped).sha256
    alter(shipped, number)
    with pytest.raises(weights.AlteredWeightsError, match=rf"git checkout -- weights/{shipped.name}$"):
        load_model("two_layer")


def test_facts_that_are_missing_or_damaged_are_refused_where_the_file_ships(shipped):
    facts = weights.facts_path(shipped)
    facts.write_text("{")
    with pytest.raises(weights.AlteredWeightsError, match=rf"git checkout -- weights/{facts.name}$"):
        load_model("two_layer")
    facts.unlink()
    with pytest.raises(weights.AlteredWeightsError, match=rf"is missing\..*git checkout -- weights/{facts.name}$"):
        load_model("two_layer")


@pytest.mark.parametrize("number", range(12))
def test_a_file_without_facts_loads_or_is_refused_by_name(tmp_path, number):
    """A damaged number cannot be told from a right one; all else is said in words."""
    path = tmp_path / "two_layer.weights.h5"
    shutil.copy(weights.FOLDER / weights.FILES["two_layer"], path)
    alter(path, number)
    try:
        model = weights.create_model("two_layer", path)
    except weights.CorruptWeightsError:
        return
    assert all(np.isfinite(array).all() for array in model.get_weights())


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    model = models.create_model("two_layer")
    model.layers[-2].bias.assign([np.nan, 0])
    weights.write_weights(model, tmp_path / "a.weights.h5")
    with pytest.raises(weights.CorruptWeightsError, match="finite"):
        weights.create_model("two_layer", tmp_path / "a.weights.h5")


def test_the_checksum_is_that_of_the_file_as_it_is_now(tmp_path):
    path = tmp_path / "a.weights.h5"
    path.write_bytes(b"one")
    before = weights.sha256(path)
    path.write_bytes(b"another")
    assert weights.sha256(path) == hashlib.sha256(b"another").hexdigest() != before


def test_facts_are_written_with_the_weights_and_never_stand_beside_others(tmp_path):
    path = tmp_path / "my.weights.h5"
    model = models.create_model("two_layer")
    weights.write_weights(model, path, {"kernel_size": 3}, {"model": "two_layer", "seed": 7})
    facts = weights.read_facts(path)
    assert (facts.model, facts.seed, facts.hyperparameters) == ("two_layer", 7, {"kernel_size": 3})
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    weights.create_model("two_layer", path)
    with pytest.raises(weights.AlteredWeightsError, match="says two_layer"):
        weights.create_model("landscape_autoencoder", path)
    alter(path, 0)
    with pytest.raises(weights.AlteredWeightsError, match="Train it again"):
        weights.create_model("two_layer", path)
    weights.write_weights(model, path)
    assert sorted(place.name for place in tmp_path.iterdir()) == [path.name], "what was known of other weights is gone"
    weights.create_model("two_layer", path)
