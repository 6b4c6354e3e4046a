"""A training that goes on: with what it began with, and not a step too far."""

import csv
import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest

from colorizer import models, weights
from colorizer.models.recipe import Recipe
from colorizer.training import checkpoint, schedule
from tests import trainings
from tests.conftest import cut_photos, made_once

pytestmark = pytest.mark.usefixtures("eagerly")

RECIPE = Recipe(loss="mse", crop_size=16, batch_size=8, warmup_steps=1, degraded=0.0)


@pytest.fixture
def output(tmp_path):
    return tmp_path / "my.weights.h5"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a training of one epoch on `photos`, for `finished`."""

    def train(folder):
        run(cut_photos(folder / "photos"), folder / "my.weights.h5", epochs=1)

    return made_once(tmp_path_factory, "trained", train)


@pytest.fixture
def finished(trained, output):
    """The photographs of a training of one epoch; all that it left is beside `output`."""
    shutil.copytree(trained, output.parent, dirs_exist_ok=True, ignore=shutil.ignore_patterns("photos", "made"))
    return trained / "photos"


def run(folder, output, recipe=RECIPE, **options):
    return trainings.run(folder, output, "two_layer", recipe, **options)


def progress(output) -> dict:
    return json.loads((output.parent / "my.weights.h5.state" / "progress.json").read_text())


def test_a_finished_run_that_is_resumed_trains_no_step_more(finished, output):
    before, written = progress(output), weights.create_model("two_layer", output).get_weights()
    output.unlink()
    _, lines = run(finished, output, epochs=1, resume=True)
    assert progress(output) == before
    again = weights.create_model("two_layer", output).get_weights()
    assert all(np.array_equal(old, new) for old, new in zip(written, again, strict=True))
    assert f"finished after {before['steps']} steps" in lines[2]


@pytest.mark.parametrize(
    ("field", "changed", "before", "now"),
    [
        ("optimizer", {"recipe": dataclasses.replace(RECIPE, optimizer="adam")}, "'adamw'", "'adam'"),
        ("learning_rate", {"recipe": dataclasses.replace(RECIPE, learning_rate=1e-3)}, "0.0004", "0.001"),
        ("kernel_size", {"hyperparameters": {"kernel_size": 5}}, "3", "5"),
        ("seed", {"seed": 7}, "0", "7"),
        ("include", {"include": "co*"}, r"'\*'", r"'co\*'"),
    ],
)
def test_a_resume_with_other_settings_is_refused_by_name(finished, output, field, changed, before, now):
    with pytest.raises(checkpoint.OtherTrainingError, match=rf"{field} was {before}\. Received {now}: "):
        run(finished, output, epochs=2, resume=True, **changed)


def test_a_resume_of_another_model_is_refused_by_name(finished, output):
    with pytest.raises(checkpoint.OtherTrainingError, match=r"model was 'two_layer'\. Received 'landscape_auto"):
        trainings.run(finished, output, "landscape_autoencoder", RECIPE, epochs=2, resume=True)


def test_defaults_that_are_named_and_minutes_between_saves_are_no_other_settings(finished, output):
    recipe = dataclasses.replace(RECIPE, save_minutes=1.0)
    run(finished, output, recipe, epochs=1, resume=True, hyperparameters={"kernel_size": 3})


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"steps": "many", "seconds": 1, "weights": "a"}'])
def test_a_damaged_progress_is_said_so(finished, output, content):
    (output.parent / "my.weights.h5.state" / "progress.json").write_text(content)
    with pytest.raises(checkpoint.DamagedStateError, match=r"progress\.json is damaged"):
        run(finished, output, epochs=2, resume=True)


def test_damaged_weights_of_a_state_are_said_so(finished, output):
    (output.parent / "my.weights.h5.state" / progress(output)["weights"]).write_bytes(b"nothing")
    with pytest.raises(checkpoint.DamagedStateError, match=r"weights\.h5 is damaged"):
        run(finished, output, epochs=2, resume=True)


def test_a_state_of_an_older_version_goes_on(finished, output):
    before = progress(output)
    older = {name: before[name] for name in ("steps", "seconds", "weights")}
    (output.parent / "my.weights.h5.state" / "progress.json").write_text(json.dumps(older))
    run(finished, output, epochs=2, resume=True)
    assert progress(output)["steps"] == 2 * before["steps"]


def test_early_stopping_remembers_its_count_and_the_best_weights(photo_folder, output, monkeypatch):
    still = dataclasses.replace(RECIPE, learning_rate=0.0)
    options = {"epochs": 50, "patience": 3}
    ended = schedule.Schedule.on_epoch_end

    def interrupt(self, epoch, logs=None):
        ended(self, epoch, logs)
        if epoch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(schedule.Schedule, "on_epoch_end", interrupt)
        run(photo_folder, output, still, **options)
    assert progress(output)["best"]["wait"] == 1
    run(photo_folder, output, still, **options, resume=True)
    with open(output.parent / "my.weights.h5.state" / "history.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == 4, "one that was the best, and three without a gain"
    steps = progress(output)["steps"]
    run(photo_folder, output, still, **options, resume=True)
    assert progress(output)["steps"] == steps, "it had stopped already"


def test_the_best_weights_of_before_are_taken_when_nothing_better_came(photo_folder, output, monkeypatch):
    """The second run can only spoil what the first one saved."""
    run(photo_folder, output, epochs=2, patience=5)
    state = output.parent / "my.weights.h5.state"
    saved = json.loads((state / "progress.json").read_text())
    saved["best"]["loss"] = -1.0
    (state / "progress.json").write_text(json.dumps(saved))
    with np.load(state / f"best_{saved['best']['epoch']:06d}.npz") as arrays:
        best = arrays["arr_0"]
    model, _ = run(photo_folder, output, epochs=4, patience=5, resume=True)
    assert np.array_equal(model.get_weights()[0], best)


def test_a_resumed_training_keeps_frozen_stages_without_being_given_the_encoder_again(photo_folder, output, tmp_path):
    recipe = dataclasses.replace(RECIPE, crop_size=32, frozen_stages=1)
    hyperparameters = {"width": 1 / 16}
    first = models.create_model("vgg16_autoencoder", **hyperparameters)
    weights.write_weights(first, tmp_path / "first.weights.h5", hyperparameters)
    options = {"hyperparameters": hyperparameters}
    start = tmp_path / "first.weights.h5"
    trainings.run(photo_folder, output, "vgg16_autoencoder", recipe, epochs=1, weights=start, **options)
    model, _ = trainings.run(photo_folder, output, "vgg16_autoencoder", recipe, epochs=2, resume=True, **options)
    trainable = [layer.trainable for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert not any(trainable[:2]) and all(trainable[2:])


def test_facts_are_written_beside_the_weights(photo_folder, output):
    run(photo_folder, output, epochs=2, seed=3)
    facts = weights.read_facts(output)
    assert (facts.model, facts.seed, facts.recipe["optimizer"]) == ("two_layer", 3, "adamw")
    assert {**facts.data, "photographs": 0} == {
        "folder": "photos",
        "include": "*",
        "hold_out": None,
        "photographs": 0,
        "val": 3,
    }
    assert 20 <= facts.data["photographs"] <= 24
    assert facts.figures["steps"] == progress(output)["steps"]
    assert facts.figures["pictures_seen"] == 8 * facts.figures["steps"] and 0 < facts.figures["val_loss"] < 1
    weights.create_model("two_layer", output)
