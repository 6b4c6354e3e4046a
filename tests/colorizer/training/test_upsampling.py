import keras
import numpy as np
import pytest

from colorizer import weights
from colorizer.cli.main import main
from colorizer.color import lab
from colorizer.imaging import resizing
from colorizer.imaging.photos import read_rgb
from colorizer.models import upsampler
from colorizer.training import upsampling
from colorizer.training.data import Data
from colorizer.training.train import OutputError
from tests.tiny import TinyColorizer


class StridedColorizer(TinyColorizer):
    """Gives its colours on a grid of a quarter of the working size, as the default network does."""

    def predict(self, image):
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


def test_the_error_of_the_network_is_taken_away_on_the_whole_but_not_at_edges(samples):
    batches = upsampling.UpsamplingBatches(samples, batch_size=2, seed=0, augment=False)
    (small, coarse, lightness), ab = batches[0]
    assert small.shape == (2, 96, 96, 1) and coarse.shape == (2, 24, 24, 2)
    assert lightness.shape == (2, 192, 192, 1) and ab.shape == (2, 192, 192, 2)
    true = ab.reshape(2, 24, 8, 24, 8, 2).mean(axis=(2, 4))
    assert np.abs((coarse - true).mean(axis=(1, 2))).max() < 5  # it was 25 and 45 before
    assert np.abs(coarse - true).max() > 5  # the edge stays blurred


def test_the_same_batch_comes_again_without_augmentation_and_another_with(samples):
    for augment in (False, True):
        batches = upsampling.UpsamplingBatches(samples, batch_size=2, seed=0, augment=augment)
        first = batches[0][1]
        batches.on_epoch_end()
        assert np.array_equal(batches[0][1], first) != augment


def test_the_loss_counts_missing_and_excess_detail_alike(rng):
    detailed = rng.normal(0, 10, (1, 48, 48, 2)).astype(np.float32)
    flat = np.zeros_like(detailed)

    def of_detail(y_true, y_pred):
        with_detail, without = (float(upsampling.UpsamplingLoss(weight)(y_true, y_pred)) for weight in (1.0, 0.0))
        return with_detail - without

    assert of_detail(detailed, flat) == pytest.approx(of_detail(flat, detailed)) and of_detail(detailed, flat) > 1
    assert of_detail(detailed, detailed[:, ::-1]) < 0.2 * of_detail(detailed, flat)  # amount, not place
    assert float(upsampling.UpsamplingLoss(1.0)(detailed, detailed)) == 0


def test_training_learns(samples):
    batches = upsampling.UpsamplingBatches(samples, 2, seed=0)
    keras.utils.set_random_seed(0)
    recipe = upsampling.Recipe(steps=12, learning_rate=1e-2)
    losses = upsampling.fit(upsampler.build(filters=4), batches, batches, recipe, lambda line: None)
    assert losses[-1] < losses[0]


def test_a_training_takes_photographs_and_writes_weights_with_their_facts(photo_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(upsampling, "fit", lambda model, batches, val, recipe, report: [len(batches), len(val)])
    lines, output = [], tmp_path / "my.weights.h5"
    trained = upsampling.train_upsampler(
        StridedColorizer(side=64), Data((photo_folder,)), output, RECIPE, report=lines.append
    )
    assert lines[-2:] == ["Colouring 4 photographs to learn from", f"Wrote {output}"]
    facts = weights.read_facts(output)
    assert facts.model == "upsampler" and facts.recipe["steps"] == 3 and facts.data["photographs"] == 4
    assert facts.figures["val_loss"] == 1  # two photographs of val in a batch
    again = upsampler.build()
    weights.read_weights(again, output)
    for saved, kept in zip(again.weights, trained.weights, strict=True):
        assert np.allclose(saved, kept, atol=1e-3)  # float16 on disk


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
