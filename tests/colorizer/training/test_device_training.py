"""A training on JAX gives what one on TensorFlow gives; the JAX part runs once, in a process of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer import models, weights
from colorizer.color.bins import ab_bins
from colorizer.imaging import splits
from colorizer.imaging.photos import list_photos
from colorizer.training import losses, packed
from colorizer.training.device.steps import Steps
from tests import trainings
from tests.conftest import ROOT, made_once
from tests.jax_training import CLASSIFICATION, REGRESSION

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with what `tests.jax_training` wrote."""
    return made_once(tmp_path_factory, "jax", train_on_jax)


def train_on_jax(folder):
    """Prepare a folder for `tests.jax_training` and run it."""
    rng = np.random.default_rng(0)
    photos = folder / "photos"
    photos.mkdir()
    for i in range(30):
        coarse = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        keras.utils.save_img(photos / f"{i:02}.png", np.kron(coarse, np.ones((8, 8, 1), np.uint8)), scale=False)
    packed.write(splits.scan(splits.split(list_photos(photos))), folder / "a.npz")
    keras.utils.set_random_seed(0)
    weights.write_weights(models.create_model("two_layer"), folder / "start.weights.h5", {}, {"model": "two_layer"})
    np.savez(
        folder / "loss.npz",
        colors=np.concatenate([rng.normal(0, 20, (2, 8, 8, 2)), rng.uniform(0, 100, (2, 8, 8, 1))], -1).astype("f4"),
        logits=3 * rng.normal(size=(2, 8, 8, len(ab_bins()))).astype("f4"),
        counts=rng.integers(1, 1000, len(ab_bins())).astype(float),
    )
    command = [sys.executable, "-m", "tests.jax_training", str(folder)]
    cache = {"JAX_COMPILATION_CACHE_DIR": str(folder / "cache"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    quick = {"JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}  # compiling takes longer than running
    environment = os.environ | cache | quick
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr


def test_the_loss_and_its_gradient_are_those_of_tensorflow(trained):
    with np.load(trained / "loss.npz") as arrays, np.load(trained / "jax.npz") as of_jax:
        logits = tf.Variable(arrays["logits"])
        loss = losses.create_loss(CLASSIFICATION, arrays["counts"], contrast=1.5, smoothing=True)
        with tf.GradientTape() as tape:
            value = loss(arrays["colors"], logits)
        slope = tape.gradient(value, logits).numpy()
        assert float(of_jax["value"]) == pytest.approx(float(value), rel=1e-4)
        assert np.abs(of_jax["slope"] - slope).max() < 1e-3 * np.abs(slope).max()
        bin_weights = losses.rebalancing_weights(arrays["counts"], CLASSIFICATION.rebalance)
        assert of_jax["bias"] == pytest.approx(0.5 * np.log(bin_weights), abs=1e-5)


def test_the_same_start_photographs_and_recipe_give_the_same_weights_as_on_tensorflow(trained):
    start = trained / "start.weights.h5"
    output = trained / "tensorflow.weights.h5"
    trainings.run(trained / "photos", output, "two_layer", REGRESSION, epochs=4, weights=start)
    before, *after = (
        np.concatenate([array.ravel() for array in weights.create_model("two_layer", path).get_weights()])
        for path in (start, output, trained / "jax.weights.h5")
    )
    here, there = (learnt - before for learnt in after)
    # The optimizer takes equal steps for the smallest gradients, too, and rounding gives some of them another sign.
    assert there @ here / (here @ here) == pytest.approx(1, abs=0.02)
    assert np.corrcoef(here, there)[0, 1] > 0.95


def test_a_training_from_packs_is_resumed_and_its_file_is_read_by_tensorflow(trained):
    answer = json.loads((trained / "jax.json").read_text())
    (first, second), model = answer["lines"], weights.create_model("two_layer", trained / "packed.weights.h5")
    assert any("photographs take 0.00 GiB of the memory of cpu" in line for line in first)
    assert "after 6 steps" in first[-2] and "after 9 steps" in second[-2]
    lightness = np.linspace(0, 100, 32 * 32, dtype=np.float32).reshape(1, 32, 32, 1)
    with np.load(trained / "jax.npz") as of_jax:
        assert np.abs(np.array(model(lightness)) - of_jax["ab"].astype(np.float32)).max() < 1  # float16 on disk
    with open(trained / "packed.history.csv", newline="") as file:
        assert [row["steps"] for row in csv.DictReader(file)] == ["3", "6", "9"]


def test_a_step_is_compiled_once(trained):
    assert json.loads((trained / "jax.json").read_text())["compilations"] == 1


def test_an_interrupt_waits_for_the_end_of_a_step():
    network = models.create_model("two_layer")
    network.compile("adam", "mse")
    steps = Steps(network)
    before = signal.getsignal(signal.SIGINT)
    with steps.interruptible():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        with pytest.raises(KeyboardInterrupt):
            steps.raise_interrupt()
        steps.raise_interrupt()
    assert signal.getsignal(signal.SIGINT) is before
