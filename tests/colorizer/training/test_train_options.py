"""Experiments of the reports, as options of `train`, on a network of two layers."""

import csv
import json

import keras
import numpy as np
import pytest
from PIL import Image

from colorizer import models, weights
from colorizer.cli.main import main
from colorizer.imaging.photos import NoPhotographsError, list_photos
from colorizer.imaging.splits import split_share
from colorizer.models import extractors
from colorizer.models.recipe import Recipe
from colorizer.training import checkpoint, feature_cache, gradients, train
from colorizer.training.batches import PhotoBatches, shear
from tests import trainings
from tests.colorizer.models.test_models import TINY

pytestmark = pytest.mark.usefixtures("eagerly")

SMALL = {"loss": "mse", "crop_size": 16, "batch_size": 8, "warmup_steps": 1, "degraded": 0.0}


def run(folder, output, model="two_layer", recipe=None, epochs=1, **arguments):
    recipe = Recipe(**SMALL | (recipe or {}))
    return trainings.run(folder, output, model, recipe, epochs=epochs, **arguments)[1]


@pytest.fixture
def output(tmp_path):
    return tmp_path / "my.weights.h5"


@pytest.mark.parametrize(
    "recipe",
    [
        {"optimizer": "adam"},
        {"optimizer": "adamax", "loss": "huber"},
        {"optimizer": "rmsprop", "schedule": "constant", "shear": 10.0, "mirror": False},
    ],
)
def test_optimisers_losses_and_augmentations_can_be_chosen(photo_folder, output, recipe):
    run(photo_folder, output, recipe=recipe)
    assert weights.create_model("two_layer", output).count_params() == 74_754


def test_one_switch_turns_regression_into_classification(photo_folder, output):
    run(photo_folder, output, recipe={"loss": "cross_entropy", "rebalance": 1.0})
    model = weights.create_model("two_layer", output)
    assert model.output_shape[-1] == 261
    assert weights.read_hyperparameters(output) == {"output": "bins"}


def test_the_network_can_be_changed_and_its_weights_remember_how(photo_folder, output):
    run(photo_folder, output, hyperparameters={"kernel_size": 5, "activation": "softsign"})
    assert weights.create_model("two_layer", output).get_layer("conv1").kernel.shape[:2] == (5, 5)


@pytest.mark.parametrize("space", ["luv", "yuv", "hsv"])
def test_a_network_trained_in_another_space_gives_ab(photo_folder, output, space):
    run(photo_folder, output, recipe={"space": space, "learning_rate": 1e-3}, epochs=3)
    model = weights.create_model("two_layer", output)
    assert weights.read_hyperparameters(output) == {"space": space}
    ab = np.array(model(np.full((1, 16, 16, 1), 50.0, np.float32)))
    assert ab.shape == (1, 16, 16, 2) and np.abs(ab).max() < 128


def test_early_stopping_ends_a_training_that_gains_nothing(photo_folder, output):
    run(photo_folder, output, recipe={"learning_rate": 0.0}, epochs=50, patience=2)
    with open(tmp_history(output), newline="") as file:
        assert len(list(csv.DictReader(file))) == 3
    assert output.with_name("my.history.csv").read_text() == tmp_history(output).read_text()


def tmp_history(output):
    return output.with_name("my.weights.h5.state") / "history.csv"


def test_a_seeded_share_can_be_held_back_as_the_reports_did(photo_folder, output):
    assert "held back: 6 val, 0 test" in run(photo_folder, output, hold_out=0.2)[1]
    paths = list_photos(photo_folder)
    splits = split_share(paths, 0.2, seed=1)
    assert splits == split_share(paths[::-1], 0.2, seed=1) != split_share(paths, 0.2, seed=2)
    assert sorted((*splits.train, *splits.val)) == paths and not splits.test


def test_only_some_names_can_be_trained_on(photo_folder, output):
    assert "Looking at 10 photographs" in run(photo_folder, output, include="coffee_*")[0]
    with pytest.raises(NoPhotographsError, match=r"Received 'intel_\*'"):
        run(photo_folder, output, include="intel_*")


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"optimizer": "sgd"}, "adamw, adam, adamax, rmsprop"),
        ({"loss": "hinge"}, "cross_entropy, mse, huber"),
        ({"space": "rgb"}, "lab, luv, yuv, hsv"),
        ({"space": "yuv", "loss": "cross_entropy"}, "needs mse or huber"),
        ({"crop_size": 20}, "multiple of 8"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused_before_training(photo_folder, output, recipe, message):
    with pytest.raises(train.RecipeError, match=message):
        run(photo_folder, output, recipe=recipe)


def test_nothing_can_be_trained_about_grey(photo_folder, output):
    with pytest.raises(checkpoint.TrainingError, match="grayscale has nothing"):
        run(photo_folder, output, model="grayscale")


def test_the_default_network_is_trained_as_ever():
    recipe = models.model_info(models.DEFAULT_MODEL).recipe
    assert recipe == Recipe(logit_adjustment=0.55)
    optimizer = gradients.create_optimizer(recipe)
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert optimizer.weight_decay == recipe.weight_decay and optimizer.clipnorm == 1.0


# --- extractors


class TinyExtractor:
    """A network with an extractor, small enough to be trained here."""

    @staticmethod
    def build() -> keras.Model:
        square = keras.Input((8, 8, 1))
        extractor = keras.Model(square, keras.layers.Dense(4)(keras.layers.Flatten()(square)))
        lightness, vector = keras.Input((None, None, 1)), keras.Input((4,))
        ab = keras.layers.Conv2D(2, 1)(lightness) + keras.layers.Dense(2)(vector)[:, None, None]
        return extractors.join(extractor, keras.Model([lightness, vector], ab), "tiny")


@pytest.fixture
def tiny_extractor(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(models, "create_model", lambda name, **others: TinyExtractor.build())
    return tmp_path / "data" / "embeddings"


def test_vectors_are_taken_once_a_photograph_and_kept(photo_folder, output, tiny_extractor, monkeypatch):
    looked_at = []
    read = feature_cache.read_rgb
    monkeypatch.setattr(feature_cache, "read_rgb", lambda path: looked_at.append(path) or read(path))
    run(photo_folder, output, "koalarization", epochs=2, encoder="random")
    first = len(looked_at)
    assert 20 <= first <= 30
    (photo_folder / "coffee_1.png").rename(photo_folder / "renamed.png")
    run(photo_folder, output, "koalarization", encoder="random")
    assert len(looked_at) <= first + 4, "found again by their content: but for those that were held back for test"
    assert len(list(tiny_extractor.rglob("*.npy"))) == len(looked_at)


def test_a_resumed_training_sees_through_the_same_extractor(photo_folder, output, tiny_extractor):
    run(photo_folder, output, "koalarization", encoder="random")
    keras.utils.set_random_seed(5)
    other = TinyExtractor.build()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "create_model", lambda name, **others: other)
        run(photo_folder, output, "koalarization", epochs=2, resume=True)
    assert len(list(tiny_extractor.iterdir())) == 1


def test_an_extractor_without_weights_is_refused_and_the_download_named(photo_folder, output, monkeypatch):
    with pytest.raises(models.EncoderError, match=r"--encoder imagenet.*mobilenet_v2_weights.*--encoder FILE"):
        run(photo_folder, output, "koalarization", recipe={"crop_size": 32, "loss": "cross_entropy"})


# --- the command


def command(*arguments) -> int:
    return main(["train", *map(str, arguments)])


def test_the_command_takes_every_option(photo_folder, output, capsys):
    options = "--optimizer adamax --loss huber --space luv --crop-size 16 --batch-size 8 --zoom 0.8 --shear 5"
    settings = "--no-mirror --set kernel_size=1 --set activation=linear --include coffee_* --hold-out 0.2"
    arguments = ["--data", photo_folder, "--model", "two_layer", "--output", output]
    lengths = ["--patience", "1", "--epochs", "1"]
    assert command(*arguments, *options.split(), *settings.split(), *lengths) == 0
    kept = weights.read_hyperparameters(output)
    assert kept == {"kernel_size": 1, "activation": "linear", "space": "luv"}
    assert json.loads((tmp_history(output).parent / "progress.json").read_text())["steps"] == 1


def gray_folder(folder, rng):
    for i in range(12):
        Image.fromarray(rng.integers(0, 256, (32, 32), dtype=np.uint8)).save(folder / f"{i}.png")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda folder, rng: None, "must hold photographs"),
        (gray_folder, "10 grey"),
        (lambda folder, rng: Image.new("RGB", (32, 32), "red").save(folder / "1.png"), "At least 10 photographs"),
    ],
)
def test_a_folder_that_cannot_be_trained_on_is_said_so(tmp_path, output, rng, capsys, prepare, message):
    folder = tmp_path / "photos"
    folder.mkdir()
    prepare(folder, rng)
    assert command("--data", folder, "--model", "two_layer", "--output", output, "--epochs", "1") == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and message in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "kernal=3"], "kernel_size=3"),
        (["--set", "kernel"], "NAME=VALUE"),
        (["--optimizer", "sgd"], "adamax"),
        (["--model", "nobody"], "two_layer"),
    ],
)
def test_options_that_make_no_sense_are_refused(photo_folder, output, capsys, arguments, message):
    try:
        status = command("--data", photo_folder, "--output", output, "--model", "two_layer", *arguments)
    except SystemExit as stop:
        status = stop.code
    assert status == 2 and message in capsys.readouterr().err


# --- colours of batches


def test_batches_can_be_of_another_space(photo_folder):
    from colorizer.color import spaces

    paths = list_photos(photo_folder)[:2]
    _, ab = PhotoBatches(paths, 2, 16, 1)[0]
    _, luv = PhotoBatches(paths, 2, 16, 1, chroma=lambda rgb: spaces.chroma(rgb, "luv"))[0]
    assert ab.shape == luv.shape and np.abs(ab - luv)[..., :2].max() > 1
    assert np.array_equal(ab[..., 2], luv[..., 2])  # L*


def test_shear_moves_rows_and_keeps_the_middle(rng):
    rgb = np.zeros((33, 33, 3), np.uint8)
    rgb[:, 16] = 255
    sheared = shear(rgb, 30.0, rng)
    assert sheared[16, 16, 0] > 200 and sheared[0, 16, 0] < 50 and sheared.shape == rgb.shape


def test_vectors_are_named_after_the_extractor_that_made_them():
    first, second = TinyExtractor.build(), TinyExtractor.build()
    names = (
        feature_cache.fingerprint(models.parts_of(first).extractor),
        feature_cache.fingerprint(models.parts_of(second).extractor),
    )
    assert names[0] != names[1]


@pytest.mark.usefixtures("eagerly")
def test_the_default_model_says_that_it_learns_less_without_its_encoders(photo_folder, output, monkeypatch):
    monkeypatch.setattr(keras.applications, "MobileNetV2", tiny_classifier)
    recipe = {"crop_size": 32, "loss": "cross_entropy"}
    lines = run(photo_folder, output, "resnet50_unet", recipe, hyperparameters=TINY | {"classifier": True})
    assert "Without --encoder, resnet50_unet" in lines[0] and output.exists()


def tiny_classifier(name: str, **options) -> keras.Model:
    """One layer in the place of MobileNetV2, which this test does not train but would build, save and load."""
    rgb = keras.Input((None, None, 3))
    return keras.Model(rgb, keras.layers.Conv2D(4, 32, strides=32, padding="same")(rgb), name=name)


def test_a_correction_is_trained_alone_on_top_of_weights_that_have_none(photo_folder, tmp_path):
    first, second = tmp_path / "first.weights.h5", tmp_path / "second.weights.h5"
    weights.write_weights(models.create_model("resnet50_unet", **TINY), first, TINY)
    recipe = {"loss": "cross_entropy", "crop_size": 64, "only": "correction"}
    lines = run(photo_folder, second, "resnet50_unet", recipe, weights=first, hyperparameters={"correction_filters": 8})
    assert any("correction_logits" in line for line in lines)
    start, trained = (weights.create_model("resnet50_unet", file) for file in (first, second))
    for layer in start.layers:
        for before, after in zip(layer.get_weights(), trained.get_layer(layer.name).get_weights(), strict=True):
            assert np.array_equal(before, after), layer.name
    assert np.abs(trained.get_layer("correction_logits").kernel).max() > 0


def test_only_must_name_a_layer(photo_folder, output):
    with pytest.raises(train.RecipeError, match="corection"):
        run(photo_folder, output, recipe={"only": "corection"})
