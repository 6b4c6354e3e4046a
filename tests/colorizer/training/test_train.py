import csv
import dataclasses
import json

import keras
import numpy as np
import pytest

from colorizer import models, weights
from colorizer.imaging.photos import NoPhotographsError
from colorizer.models.recipe import Recipe
from colorizer.training import checkpoint, gradients, losses, schedule, train
from tests import trainings
from tests.colorizer.models.test_models import TINY

pytestmark = pytest.mark.slow

RECIPE = Recipe(crop_size=32, batch_size=4, warmup_steps=1, learning_rate=5e-3, rebalance=1.0)

FEW = {"include": "astronaut*"}
"""A third of the photographs, where the test does not ask what is learnt."""


@pytest.fixture(autouse=True)
def tiny_model(monkeypatch):
    create = models.create_model
    tiny = TINY | {"attention_blocks": 0}  # each variable of a network costs a step's tracing time
    monkeypatch.setattr(models, "create_model", lambda name, **others: create(name, **tiny, **others))


def run(folder, output, recipe=RECIPE, **arguments):
    return trainings.run(folder, output, "resnet50_unet", recipe, **arguments)


def saved_state(output) -> checkpoint.State:
    """The state of a training as its next run would find it."""
    progress = json.loads((output.with_name(f"{output.name}.state") / "progress.json").read_text())
    return checkpoint.State(output, progress["configuration"], resume=True)


def test_training_lowers_the_loss_and_writes_weights(photo_folder, tmp_path):
    output = tmp_path / "my.weights.h5"
    model, _ = run(photo_folder, output, epochs=8)
    with open(tmp_path / "my.weights.h5.state" / "history.csv", newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert len(losses) == 8 and losses[-1] < 0.9 * losses[0]
    again = models.create_model("resnet50_unet")
    weights.read_weights(again, output)
    lightness = np.full((1, 32, 32, 1), 50, np.float32)
    assert np.allclose(again(lightness), model(lightness), atol=0.05)


@pytest.mark.usefixtures("eagerly")
def test_training_by_the_clock_stops_in_time(photo_folder, tmp_path):
    _, lines = run(photo_folder, tmp_path / "my.weights.h5", minutes=0.05)
    progress = json.loads((tmp_path / "my.weights.h5.state" / "progress.json").read_text())
    assert 3 <= progress["seconds"] < 60  # a busy machine takes longer over its last step
    assert "held back: 3 val, 3 test" in lines[1]


@pytest.mark.usefixtures("eagerly")
def test_resume_goes_on_with_weights_optimizer_and_steps(photo_folder, tmp_path):
    output = tmp_path / "my.weights.h5"
    first, _ = run(photo_folder, output, epochs=1, **FEW)
    state = saved_state(output)
    fresh = models.create_model("resnet50_unet")
    fresh.compile(keras.optimizers.AdamW())
    state.restore(fresh)
    for old, new in zip(first.optimizer.variables, fresh.optimizer.variables, strict=True):
        assert np.allclose(old.numpy(), new.numpy())
    assert np.allclose(first.get_layer("ab_logits").kernel.numpy(), fresh.get_layer("ab_logits").kernel.numpy())
    steps = state.steps
    run(photo_folder, output, epochs=2, **FEW, resume=True)
    assert saved_state(output).steps == 2 * steps


def test_resume_without_state_is_refused(photo_folder, tmp_path):
    with pytest.raises(checkpoint.NothingToResumeError, match=r"my\.weights\.h5\.state"):
        run(photo_folder, tmp_path / "my.weights.h5", epochs=1, resume=True)


@pytest.mark.usefixtures("eagerly")
def test_an_interrupt_keeps_the_state(photo_folder, tmp_path, monkeypatch):
    def interrupt(self, batch, logs=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(schedule.Schedule, "on_train_batch_end", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(photo_folder, tmp_path / "my.weights.h5", epochs=1, **FEW)
    assert (tmp_path / "my.weights.h5.state" / "progress.json").exists()


@pytest.mark.parametrize("lengths", [{}, {"epochs": 1, "minutes": 1}])
def test_one_length_must_be_given(photo_folder, tmp_path, lengths):
    with pytest.raises(checkpoint.TrainingError, match="either epochs or minutes"):
        run(photo_folder, tmp_path / "my.weights.h5", **lengths)


@pytest.mark.parametrize("name", ["my.h5", "file/my.weights.h5"])
def test_an_output_that_cannot_be_written_is_refused_before_training(photo_folder, tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(train.OutputError, match="output"):
        run(photo_folder, tmp_path / name, epochs=1)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(NoPhotographsError):
        run(tmp_path, tmp_path / "my.weights.h5", epochs=1)


def test_logit_adjustment_multiplies_the_distributions_by_a_power_of_the_class_weights(rng):
    model = models.create_model("resnet50_unet")
    lightness = rng.uniform(0, 100, (1, 32, 32, 1)).astype(np.float32)
    counts = rng.integers(1, 1000, model.output_shape[-1]).astype(float)
    recipe = Recipe(logit_adjustment=0.5)
    bin_weights = losses.rebalancing_weights(counts, recipe.rebalance)
    before = np.array(model(lightness))
    gradients.adjust_logits(model, recipe, counts)
    assert np.exp(np.array(model(lightness)) - before) == pytest.approx(
        np.broadcast_to(bin_weights**0.5, before.shape), rel=1e-3
    )
    gradients.adjust_logits(model, recipe, counts, times=-1)
    assert np.array(model(lightness)) == pytest.approx(before, abs=1e-4)


@pytest.mark.usefixtures("eagerly")
def test_starting_from_weights_takes_their_logit_adjustment_back_and_keeps_the_first_stages(photo_folder, tmp_path):
    adjusted = dataclasses.replace(RECIPE, logit_adjustment=0.5, rebalance=0.5)
    first, _ = run(photo_folder, tmp_path / "first.weights.h5", adjusted, epochs=1, **FEW)
    still = dataclasses.replace(adjusted, learning_rate=1e-12)
    second, _ = run(
        photo_folder, tmp_path / "second.weights.h5", still, epochs=1, **FEW, weights=tmp_path / "first.weights.h5"
    )
    bias, again = (np.array(model.get_layer("ab_logits").bias) for model in (first, second))
    assert np.abs(bias).max() > 0.1 and again == pytest.approx(bias, abs=2e-3)  # float16 on disk
    assert not second.get_layer("conv0").trainable and not second.get_layer("stage1_conv0").trainable
