"""The training that made the default weights: its parts against what they stand for, and all of it once, tiny."""

import argparse
import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from colorizer import models, weights
from colorizer.models.networks.resnet50_unet import residual_stages
from colorizer.training import losses, packed
from tests.conftest import ROOT

FILE = ROOT / "weights" / "train_adversarially.py"
TINY = {
    "stage_units": (1, 1, 1),
    "stage_widths": (4, 4, 4),
    "context_filters": 8,
    "decoder_filters": (8, 8, 8),
    "attention_blocks": 1,
    "classifier": False,
}


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", keras.backend.backend())  # the script chooses JAX only where nothing is chosen
        spec = importlib.util.spec_from_file_location("train_adversarially", FILE)
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, spec.name, module)  # dataclasses look their module up
        spec.loader.exec_module(module)
        yield module


def test_the_rate_falls_in_each_phase(script):
    options = argparse.Namespace(minutes=(2.0, 1.0), until=None, rate=4e-4)
    first, second = script.phases(options)
    assert [first.rate(0), first.rate(60), first.rate(120)] == pytest.approx([4e-4, 2.2e-4, 4e-5])
    assert [second.rate(0), second.rate(60)] == pytest.approx([1e-4, 0])
    assert (first.adversarial, second.adversarial) == (False, True)
    assert len(script.phases(argparse.Namespace(minutes=(2.0, 0.0), until=None, rate=4e-4))) == 1


@pytest.mark.parametrize(("kernel_size", "strides", "side"), [(3, 1, 13), (5, 2, 12), (5, 2, 13), (3, 2, 12)])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_shifts_give_a_depthwise_convolution(script, rng, kernel_size, strides, side, padding):
    layer = keras.layers.DepthwiseConv2D(kernel_size, strides, padding=padding, bias_initializer="ones")
    x = rng.normal(size=(2, side, side, 3)).astype(np.float32)
    assert np.allclose(layer(x), script.depthwise_by_shifts(layer, x), atol=1e-5)


def test_steps_are_those_of_adamw(script, rng):
    """Of Keras, which decays a weight before the step; here it is a part of it, which differs by rate² at most."""
    start, gradients = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(0, 0.1, (5, 4, 3)).astype(np.float32)
    variable = keras.Variable(start)
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.05, clipnorm=1.0)
    values, moments = [start], [(np.zeros_like(start), np.zeros_like(start))]
    for step, gradient in enumerate(gradients, start=1):
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        values, moments = script.adam(values, [gradient], moments, step, 1e-3, [1.0], 0.05)
    assert np.allclose(variable, values[0], atol=2e-6)
    assert not np.allclose(start, values[0], atol=1e-4)


def test_the_terms_of_colour_are_those_of_the_loss(script, rng):
    lab = rng.normal((60, 10, 10), (15, 12, 12), (2, 12, 12, 3)).astype(np.float32)
    ab = rng.normal(0, 15, (2, 12, 12, 2)).astype(np.float32)
    recipe = script.RECIPE
    prices = (recipe.colorfulness_price, recipe.chroma_price)
    loss = losses.DecodedColorsLoss(np.ones(261, np.float32), recipe)
    loss.decode = lambda logits, lightness: keras.ops.convert_to_tensor(ab)
    target, logits = np.roll(lab, -1, axis=-1), np.zeros((2, 12, 12, 261), np.float32)
    entropy = losses.SoftBinCrossEntropy.call(loss, target, logits)
    expected = np.mean(loss.call(target, logits) - entropy)
    assert np.isclose(script.color_terms(ab, lab, prices)[0], expected, atol=1e-3)


def test_equal_maps_have_no_distance(script, rng):
    maps = [rng.normal(size=(2, 4, 4, 8)).astype(np.float32) for _ in range(2)]
    assert script.perceptual(maps, [3 * x for x in maps]) < 1e-9  # only directions count
    assert script.perceptual(maps, maps[::-1]) > 0.1


@pytest.mark.long
def test_a_tiny_training_gives_weights(tmp_path, rng):
    """Some minutes, nearly all of them to compile."""
    start, features, pack = tmp_path / "start.weights.h5", tmp_path / "features.npz", tmp_path / "a_00.npz"
    weights.write_weights(models.create_model("resnet50_unet", **TINY), start, TINY, {"model": "resnet50_unet"})
    rgb = keras.Input((None, None, 3))
    network = keras.Model(rgb, residual_stages(rgb))
    np.savez(features, **{f"{w.path.split('/')[-2]}/{w.name}": w.numpy() for w in network.weights})
    photos = [packed.PackedPhoto(f"{'fsac_' if i % 2 else ''}{i}.jpg", jpeg(rng), (48, 64), i < 4) for i in range(16)]
    packed._write_piece(pack, photos)
    options = "--minutes 0.05 0.4 --batch 4 4 --val-batch 2 --size 32 64 --sharpened 0.5 --counted 2 --warmup 2"
    options += " --precision float32 --log-seconds 0"
    run(
        tmp_path,
        "train",
        pack,
        "--start",
        start,
        "--features",
        features,
        "--output",
        tmp_path / "run",
        *options.split(),
    )
    for state in ("first", "last"):
        file = tmp_path / f"{state}.weights.h5"
        saved = tmp_path / "run" / f"{state}.npz"
        run(tmp_path, "finish", saved, tmp_path / "run" / "counts.npy", file, "--start", start)
        model = weights.create_model("resnet50_unet", file)
        assert np.isfinite(np.asarray(model(np.full((1, 32, 32, 1), 50, np.float32)))).all()
    log = (tmp_path / "run" / "log").read_text()
    assert "24 photographs an epoch" in log  # 12, of which 6 Kodachromes count three times
    assert "'wrong'" in log  # the discriminator's loss


def jpeg(rng) -> bytes:
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


def run(folder, command, *arguments) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "KERAS_BACKEND": "jax" if command == "train" else "tensorflow"}
    subprocess.run([sys.executable, FILE, command, *map(str, arguments)], cwd=folder, env=environment, check=True)
