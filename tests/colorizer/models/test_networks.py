"""Every network of the source papers: as it is described, and ready for `Colorizer`."""

import keras
import numpy as np
import pytest

from colorizer import models, weights
from colorizer.color import lab
from colorizer.color.bins import ab_bins_zhang
from colorizer.evaluation import metrics
from colorizer.inference.colorizer import Colorizer
from colorizer.models.recipe import Recipe
from colorizer.training import losses
from tests.conftest import ROOT

SMALL = {
    "eccv16": {"width": 1 / 16},
    "grayscale": {},
    "landscape_autoencoder": {},
    "nearest_palette": {"patches": 16, "neighbors": 2},
    "two_layer": {},
    "vgg16_autoencoder": {"width": 1 / 16},
}
"""Networks that are built in a moment; those with an extractor are built once for the module."""

FUSIONS = ("global_local", "inception_fusion", "koalarization")


@pytest.fixture(scope="module")
def networks() -> dict:
    small = {name: models.create_model(name, **options) for name, options in SMALL.items()}
    return small | {name: models.create_model(name, extractor="mobilenet_v2") for name in FUSIONS}


def trainable(model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def test_every_network_of_the_papers_is_registered_and_named_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {*SMALL, *FUSIONS} <= set(models.list_models())
    assert [name for name in models.list_models() if f"`{name}`" not in readme] == []


def test_parameters_are_those_of_the_sources(networks):
    assert networks["landscape_autoencoder"].count_params() == 6_219_410
    assert trainable(networks["koalarization"]) == 6_541_202
    assert networks["grayscale"].count_params() == 0


def test_the_vgg16_autoencoder_has_the_convolutions_of_vgg16_and_six_more():
    model = models.create_model("vgg16_autoencoder")
    kernels = [weight.shape for weight in model.weights if weight.path.endswith("kernel")]
    assert len(kernels) == 19
    encoder = [layer for layer in model.layers if layer.name.startswith("block") and layer.weights]
    assert sum(layer.count_params() for layer in encoder) == 14_714_688  # keras.applications.VGG16 without its top


def test_the_encoder_of_koalarization_has_eight_layers_down_to_an_eighth(networks):
    _, network = models.parts_of(networks["koalarization"])
    encoder = [layer for layer in network.layers if layer.name.startswith("encoder_conv")]
    assert [layer.filters for layer in encoder] == [64, 128, 128, 256, 256, 512, 512, 256]
    assert np.prod([layer.strides[0] for layer in encoder]) == 8
    assert network.get_layer("fusion_conv").kernel.shape == (1, 1, 1256, 256)


def test_an_extractor_sees_a_small_square_copy_and_is_frozen(networks):
    extractor, network = models.parts_of(networks["koalarization"])
    assert extractor.input_shape == (None, 299, 299, 1)
    assert not extractor.trainable_weights and network.trainable_weights
    assert models.parts_of(networks["two_layer"]) == (None, networks["two_layer"])


@pytest.mark.parametrize("shape", [(37, 61), (16, 90)])
@pytest.mark.parametrize("name", [*SMALL, *FUSIONS])
def test_a_photograph_of_odd_size_comes_back_at_its_size(networks, name, shape, rng):
    working_size = max(32, models.model_info(name).size_multiple)
    colorizer = Colorizer(name, networks[name], "0" * 64, working_size=working_size)
    gray = rng.integers(0, 256, shape, dtype=np.uint8)
    rgb = colorizer.colorize(gray)
    assert rgb.shape == (*shape, 3) and rgb.dtype == np.uint8
    if name == "grayscale":
        assert np.array_equal(rgb, np.repeat(gray[..., None], 3, axis=-1))


@pytest.mark.parametrize(
    "name", ["eccv16", "global_local", "koalarization", "landscape_autoencoder", "two_layer", "vgg16_autoencoder"]
)
def test_a_step_of_training_lowers_the_loss(networks, name, rng):
    _, network = models.parts_of(networks[name])
    lightness = rng.uniform(0, 100, (2, 32, 32, 1)).astype(np.float32)
    inputs = lightness if len(network.inputs) == 1 else [lightness, rng.normal(size=(2, 1000)).astype(np.float32)]
    shape = network.output_shape if None not in network.output_shape[1:] else network(inputs).shape
    ab = np.full((2, *shape[1:3], 2), 25.0, np.float32)
    recipe = models.model_info(name).recipe
    loss = losses.create_loss(recipe, np.ones(shape[-1]))
    network.compile(keras.optimizers.Adam(1e-4), loss, run_eagerly=True)
    before = float(network.train_on_batch(inputs, ab))
    assert float(network.train_on_batch(inputs, ab)) < before


@pytest.mark.parametrize("name", ["grayscale", "koalarization", "nearest_palette", "two_layer"])
def test_weights_survive_saving_and_loading(networks, name, tmp_path, rng):
    lightness = rng.uniform(0, 100, (1, 32, 32, 1)).astype(np.float32)
    options = {"extractor": "mobilenet_v2"} if name in FUSIONS else SMALL[name]
    weights.write_weights(networks[name], tmp_path / "a.weights.h5", options)
    again = weights.create_model(name, tmp_path / "a.weights.h5")
    assert np.allclose(again(lightness), networks[name](lightness), atol=0.1)


@pytest.mark.parametrize(
    ("name", "options", "side", "shape"),
    [
        ("landscape_autoencoder", {"kernel_size": 5}, 32, (32, 32, 2)),
        ("landscape_autoencoder", {"padding": "valid"}, 128, (128, 128, 2)),
        ("landscape_autoencoder", {"output": "bins"}, 32, (16, 16, 261)),
        ("two_layer", {"padding": "valid", "activation": "sigmoid"}, 32, (32, 32, 2)),
        ("eccv16", {"output": "ab", "width": 1 / 32}, 32, (8, 8, 2)),
        ("eccv16", {"bins": 261, "width": 1 / 32}, 32, (8, 8, 261)),
    ],
)
def test_experiments_of_the_reports_are_hyperparameters(name, options, side, shape):
    model = models.create_model(name, **options)
    assert model(np.zeros((1, side, side, 1), np.float32)).shape == (1, *shape)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernal": 3}, r"kernel_size=3.*Received kernal=3"),
        ({"kernel_size": "wide"}, "cannot be built with"),
        ({"padding": "reflect"}, "same, valid"),
        ({"activation": "relu"}, "tanh, sigmoid"),
        ({"output": "rgb"}, "ab or bins"),
        ({"space": "cmyk"}, "lab, luv, yuv, hsv"),
        ({"space": "yuv", "output": "bins"}, "classification has no other space"),
    ],
)
def test_hyperparameters_that_a_network_does_not_have_are_refused(options, message):
    with pytest.raises(models.HyperparameterError, match=message):
        models.create_model("two_layer", **options)


def test_a_network_trained_in_another_space_still_gives_ab(rng):
    model = models.create_model("two_layer", space="yuv")
    lightness = rng.uniform(10, 90, (1, 16, 16, 1)).astype(np.float32)
    assert model(lightness).shape == (1, 16, 16, 2) and np.isfinite(model(lightness)).all()


def test_an_unknown_extractor_is_refused():
    with pytest.raises(models.HyperparameterError, match="inception_resnet_v2, mobilenet_v2, vgg16"):
        models.create_model("koalarization", extractor="alexnet")


def test_an_archive_with_a_background_class_loses_it(networks, tmp_path, rng):
    model = networks["koalarization"]
    classifier = models.parts_of(model)[0].get_layer("mobilenet_v2")
    arrays = {
        f"{layer.name}/{weight.name}": np.zeros(weight.shape, np.float16)
        for layer in classifier.layers
        for weight in layer.weights
    }
    background = rng.random((1280, 1001)).astype(np.float16)
    np.savez(tmp_path / "a.npz", **arrays | {"predictions/kernel": background, "predictions/bias": np.arange(1001)})
    models.load_encoder("koalarization", model, tmp_path / "a.npz", frozen_stages=2)
    kernel, bias = classifier.get_layer("predictions").get_weights()
    assert np.array_equal(kernel, background[:, 1:].astype(np.float32)) and bias[0] == 1


def test_an_archive_of_another_network_is_refused(networks, tmp_path):
    np.savez(tmp_path / "a.npz", nothing=np.zeros(1))
    with pytest.raises(models.EncoderError, match="lacks Conv1/kernel"):
        models.load_encoder("koalarization", networks["koalarization"], tmp_path / "a.npz")


def test_nearest_patches_learn_to_tell_light_from_dark(rng):
    pytest.importorskip("sklearn", reason="install scikit-learn with `pip install scikit-learn`")
    model = models.create_model("nearest_palette", patches=16, neighbors=1)
    lightness = np.repeat(np.repeat(rng.choice([20.0, 80.0], (4, 4, 4, 1)), 8, 1), 8, 2).astype(np.float32)
    cells = lightness[:, ::8, ::8]
    ab = np.where(cells > 50, (-20.0, 40.0), (30.0, -10.0)).astype(np.float32)
    models.network("nearest_palette").fit(model, [(lightness, ab)], 0, print)
    assert np.abs(np.array(model(lightness)) - ab).mean() < 1


def test_every_model_without_weights_names_the_command_that_makes_them(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setattr(weights, "FILES", {})
    for name in models.list_models():
        with pytest.raises(weights.MissingWeightsError) as error:
            weights.weights_path(name)
        assert f"train --data DIR --model {name}" in str(error.value) and str(tmp_path) in str(error.value)


def test_weights_that_somebody_trained_are_found(monkeypatch, tmp_path, networks):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setattr(weights, "FILES", {})
    (tmp_path / "weights").mkdir()
    weights.write_weights(networks["two_layer"], weights.user_path("two_layer"))
    assert weights.has_weights("two_layer")
    assert weights.weights_path("two_layer") == tmp_path / "weights" / "two_layer.weights.h5"


def test_recipes_of_the_papers():
    recipes = {name: models.model_info(name).recipe for name in models.list_models()}
    assert (recipes["koalarization"].loss, recipes["koalarization"].optimizer) == ("mse", "adam")
    assert recipes["koalarization"].learning_rate == 1e-3
    assert recipes["landscape_autoencoder"].optimizer == "adamax"
    assert recipes["inception_fusion"].batch_size == 20 and recipes["inception_fusion"].shear > 0
    assert recipes["eccv16"].loss == "cross_entropy" and recipes["eccv16"].rebalance == 0.5
    assert recipes["resnet50_unet"] == Recipe(logit_adjustment=0.55)


def test_global_local_begins_at_grey(networks):
    """As vivid as Glorot's weights would make it, its first steps turn every joint unit off for good."""
    ab = networks["global_local"](np.full((1, 64, 64, 1), 50, np.float32))
    assert np.abs(ab).max() < 3


def test_ab_bins_of_zhang_are_a_grid(networks):
    assert (ab_bins_zhang() % 10 == 0).all()


def test_what_keras_calls_accuracy_on_ab_is_our_ab_accuracy(rng):
    original, predicted = rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    model = keras.Sequential([keras.Input((8, 8, 2)), keras.layers.Identity()])
    model.compile(loss="mse", metrics=["accuracy"], run_eagerly=True)
    true, given = (lab.rgb_to_lab(rgb)[None, ..., 1:] for rgb in (original, predicted))
    said = model.evaluate(given, true, verbose=0, return_dict=True)["accuracy"]
    assert said == pytest.approx(metrics.ab_accuracy(original, predicted), abs=1e-6)
