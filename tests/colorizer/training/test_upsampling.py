from dataclasses import replace

import keras
import numpy as np
import pytest

from colorizer import weights
from colorizer.cli.main import main
from colorizer.color import lab
from colorizer.imaging import resizing, writing
from colorizer.imaging.photos import NoPhotographsError, read_rgb
from colorizer.models import upsampler
from colorizer.training import upsampling
from colorizer.training.data import Data
from colorizer.training.train import OutputError
from tests.tiny import TinyColorizer


class StridedColorizer(TinyColorizer):
    """Gives its colours on a grid of a quarter of the working size, as the default network does."""

    def predict(self, image, for_hints=True):
        side = self.working_size // upsampler.STRIDE
        return super().predict(resizing.resize(image, (side, side)))


RECIPE = upsampling.Recipe(photographs=4, val=2, steps=3, batch_size=2)


@pytest.fixture
def samples(rng) -> upsampling.Samples:
    """Two photographs, half of one colour and half of another, with coarse colours that are wrong on the whole."""
    colors = np.full((2, upsampling.SIDE, upsampling.SIDE, 3), 50, np.float16)
    colors[:, :, : upsampling.SIDE // 2] = (30, -20, 10)
    coarse = {
        side: np.full((2, side // upsampler.STRIDE, side // upsampler.STRIDE, 2), 5, np.float16)
        for side in (upsampling.SIDE, upsampling.WINDOW)
    }
    return upsampling.Samples(colors, coarse)


def test_a_fresh_upsampler_interpolates(rng):
    model = upsampler.build(filters=4)
    lightness = rng.uniform(0, 100, (1, 32, 48, 1)).astype(np.float32)
    coarse = np.broadcast_to(np.float32([20, -30]), (1, 8, 12, 2))
    coefficients = np.array(model([lightness, coarse]))
    assert coefficients.shape == (1, 16, 24, 4)
    assert np.allclose(upsampler.apply(coefficients, lightness), np.broadcast_to([20, -30], (1, 32, 48, 2)), atol=1e-4)


def test_offsets_make_the_predicted_colour_that_of_a_cells_mean_lightness(rng):
    """Whatever the slope, so that a wrong slope moves no colour on the whole."""
    model = upsampler.build(filters=4)
    last = model.get_layer("coefficients")
    last.set_weights([np.zeros(last.kernel.shape), np.array([0, 0, 0.5, -0.2])])
    lightness = np.repeat(np.repeat(rng.uniform(0, 100, (1, 16, 16, 1)), 2, 1), 2, 2).astype(np.float32)
    slopes, offsets = np.split(np.array(model([lightness, np.zeros((1, 8, 8, 2), np.float32)])), 2, axis=-1)
    assert np.allclose(slopes, [0.5, -0.2])
    assert np.allclose(slopes * lightness[:, ::2, ::2] + offsets, 0, atol=1e-4)


@pytest.mark.parametrize(("number", "side"), [(0, 96), (1, 48)])
def test_the_error_of_the_network_is_taken_away_on_the_whole_but_not_at_edges(samples, number, side):
    batches = upsampling.UpsamplingBatches(samples, batch_size=2, seed=0, augment=False)
    (small, coarse, lightness), colors = batches[number]
    assert small.shape == (2, side, side, 1) and coarse.shape == (2, side // 4, side // 4, 2)
    assert lightness.shape == (2, 192, 192, 1) and colors.shape == (2, 192, 192, 3)
    assert np.allclose(small.mean(axis=(1, 2)), lightness.mean(axis=(1, 2)))
    places, size = side // 4, 192 * 4 // side
    true = colors[..., 1:].reshape(2, places, size, places, size, 2).mean(axis=(2, 4))
    assert np.abs((coarse - true).mean(axis=(1, 2))).max() < 5  # it was 25 and 45 before
    assert np.abs(coarse - true).max() > 5  # the edge stays blurred


def test_each_number_has_a_batch_of_its_own_and_always_the_same(samples):
    batches, again = (upsampling.UpsamplingBatches(samples, batch_size=2, seed=0) for _ in range(2))
    assert np.array_equal(batches[3][1], again[3][1]) and not np.array_equal(batches[3][1], batches[4][1])
    assert {len(batches[number][0][0][0]) for number in range(20)} == {48, 96}


def of_term(weight: str, y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """What one term adds to the loss, at a weight of 1."""
    nothing = replace(upsampling.Recipe(), detail_weight=0, edge_weight=0, lightness_bound_weight=0)
    recipes = (replace(nothing, **{weight: 1}), nothing)
    with_term, without = (float(upsampling.UpsamplingLoss(recipe)(y_true, y_pred)) for recipe in recipes)
    return with_term - without


def test_the_loss_counts_missing_and_excess_detail_alike(rng):
    detailed = rng.normal(0, 10, (1, 48, 48, 3)).astype(np.float32)
    flat = np.zeros_like(detailed)
    missing = of_term("detail_weight", detailed, flat[..., 1:])
    assert missing == pytest.approx(of_term("detail_weight", flat, detailed[..., 1:])) and missing > 1
    assert of_term("detail_weight", detailed, detailed[:, ::-1, :, 1:]) < 0.2 * missing  # amount, not place
    assert float(upsampling.UpsamplingLoss(upsampling.Recipe())(detailed, detailed[..., 1:])) == 0


def test_the_loss_counts_blurred_and_missing_edges_and_none_that_are_too_steep():
    edge = np.zeros((1, 32, 32, 3), np.float32)
    edge[:, :, 16:, 1] = 20
    blurred = np.clip(np.arange(32) - 13, 0, 5)[None, None, :, None] * 4.0 * np.ones((1, 32, 32, 2)) * (1, 0)
    steeper = 1.5 * edge[..., 1:]
    flat = np.zeros_like(steeper)
    costs = [of_term("edge_weight", edge, np.float32(ab)) for ab in (flat, blurred, edge[..., 1:], steeper)]
    assert costs[0] > 1.5 * costs[1] > 1 and costs[2:] == pytest.approx([0, 0])


def test_the_loss_counts_colour_bound_to_lightness_beyond_the_originals(rng):
    colors = rng.uniform(0, 100, (1, 48, 48, 3)).astype(np.float32)
    bound = np.repeat(colors[..., :1], 2, axis=-1)
    assert of_term("lightness_bound_weight", colors, bound) > 0.5
    assert of_term("lightness_bound_weight", np.concatenate([colors[..., :1], bound], -1), colors[..., 1:]) == 0


def test_training_learns(samples):
    batches = upsampling.UpsamplingBatches(samples, 2, seed=0)
    val = upsampling.UpsamplingBatches(samples, 2, seed=0, augment=False)
    keras.utils.set_random_seed(0)
    model, lines = upsampler.build(filters=4), []
    recipe = upsampling.Recipe(steps=1, learning_rate=1e-9)
    [before] = upsampling.fit(model, batches, val, recipe, lines.append)
    [after] = upsampling.fit(model, batches, val, replace(recipe, steps=20, learning_rate=1e-2), lines.append)
    assert after < before and lines[-1] == f"step 20 of 20, val_loss {after:.4f}"


def test_a_training_takes_photographs_and_writes_weights_with_their_facts(photo_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(upsampling, "fit", lambda model, batches, val, recipe, report: [len(batches), len(val)])
    lines, output = [], tmp_path / "my.weights.h5"
    trained = upsampling.train_upsampler(
        StridedColorizer(side=64), Data((photo_folder,)), output, RECIPE, report=lines.append
    )
    assert lines[-2:] == ["Colouring 4 photographs to learn from", f"Wrote {output}"]
    facts = weights.read_facts(output)
    assert facts.model == "upsampler" and facts.recipe["steps"] == 3 and facts.data["photographs"] == 4
    assert facts.figures["val_loss"] == 2  # two photographs of val in a batch at half of their size, one at a quarter
    again = upsampler.build()
    weights.read_weights(again, output)
    for saved, kept in zip(again.weights, trained.weights, strict=True):
        assert np.allclose(saved, kept, atol=1e-3)  # float16 on disk
    upsampling.train_upsampler(StridedColorizer(side=64), Data((photo_folder,)), output, RECIPE, start=output)
    assert f"from the upsampler {facts.sha256[:12]} on" in weights.read_facts(output).note


def test_an_output_of_another_name_is_refused_before_anything_is_coloured(photo_folder, tmp_path):
    with pytest.raises(OutputError, match=r"NAME\.weights\.h5"):
        upsampling.train_upsampler(StridedColorizer(side=64), Data((photo_folder,)), tmp_path / "my.h5", RECIPE)


def test_the_command_refuses_a_folder_without_photographs(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    command = ["train-upsampler", "--data", str(tmp_path / "empty"), "--model", "two_layer"]
    command += ["--output", str(tmp_path / "my.weights.h5")]
    assert main(command) == 2
    assert "error:" in capsys.readouterr().err


def test_the_coarse_colours_are_those_of_the_grey_photograph(photo_folder):
    colorizer, paths = StridedColorizer(side=64), sorted(photo_folder.iterdir())[:1]
    samples = upsampling.color(colorizer, paths)
    rgb = resizing.fit_and_crop(read_rgb(paths[0]), upsampling.SIDE)
    assert np.allclose(samples.colors[0], lab.rgb_to_lab(rgb), atol=0.1)
    assert {side: coarse.shape[1] for side, coarse in samples.coarse.items()} == {192: 48, 96: 24}


def test_photographs_with_a_border_are_left_out(tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    framed = np.full((240, 240, 3), 235, np.uint8)
    framed[20:-20, 20:-20] = photo
    for name, rgb in (("whole", photo), ("framed", framed)):
        (tmp_path / f"{name}.png").write_bytes(writing.write(rgb, "png"))
    paths = [tmp_path / "framed.png", tmp_path / "whole.png"]
    assert len(upsampling.color(StridedColorizer(side=64), paths)) == 1
    with pytest.raises(NoPhotographsError, match="no border"):
        upsampling.color(StridedColorizer(side=64), paths[:1])
