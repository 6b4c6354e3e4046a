import copy
from dataclasses import replace

import numpy as np
import pytest
import skimage.data

from colorizer import images, load_model, models, weights
from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.engine import Network
from colorizer.inference import colorizer as inference
from colorizer.inference import decoding
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.prediction import Prediction
from colorizer.training.batches import make_batch

ASTRONAUT = skimage.data.astronaut()
GRAY = images.to_gray(ASTRONAUT)


def one_color(a: float, b: float) -> Network:
    """Stands in for a network: one colour everywhere, whatever the photograph."""
    logits = -0.1 * ((ab_bins() - (a, b)) ** 2).sum(-1).astype(np.float32)

    def run(lightness: np.ndarray) -> np.ndarray:
        _, height, width, _ = lightness.shape
        return np.broadcast_to(logits, (1, height // 4, width // 4, 261)).copy()

    return Network(run, channels=261)


@pytest.fixture(scope="module")
def flat() -> Colorizer:
    return Colorizer("resnet50_unet", one_color(20, 30), "0" * 64)


def lightness_error(image: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    return np.abs(lab.rgb_to_lightness(rgb) - lab.rgb_to_lightness(image))


def test_colour_of_the_network_reaches_the_picture(flat):
    rgb = flat.colorize(np.full((40, 60), 128, np.uint8))
    assert rgb.shape == (40, 60, 3) and rgb.dtype == np.uint8
    assert lab.rgb_to_lab(rgb)[..., 1:].mean((0, 1)) == pytest.approx([20, 30], abs=1)


def test_who_gives_no_hints_spares_their_features_and_gets_the_same_prediction(colorizer):
    without, with_features = (colorizer.predict(GRAY, for_hints=asked) for asked in (False, True))
    assert without.features is None and with_features.features is not None
    assert np.array_equal(without.output, with_features.output)


def test_a_large_photograph_gets_colours_on_a_grid_twice_as_fine_and_small_copies_of_it_do_not(flat, monkeypatch):
    seen = []

    def upsampler(lightness, ab):
        seen.append((lightness.shape, ab.shape))
        return np.zeros((1, 2 * ab.shape[1], 2 * ab.shape[2], 4), np.float32)

    monkeypatch.setattr(inference, "FINE_PIXELS", 300 * 200)
    flat = copy.copy(flat)
    flat._upsampler = upsampler
    for size in (199, 200):
        gray = np.full((300, size), 128, np.uint8)
        prediction = flat.predict(gray)
        for copied in (gray, gray[::2, ::2]):
            assert flat.render(copied, prediction).shape == (*copied.shape, 3)
    height, width = prediction.output.shape[:2]
    one, fine = (((1, 4 * k * height, 4 * k * width, 1), (1, k * height, k * width, 2)) for k in (1, 2))
    assert seen == [one, one, fine, one]


@pytest.mark.parametrize("shape", [(16, 16), (16, 700), (17, 31), (333, 500), (1200, 900)])
def test_any_size_and_aspect_keeps_size_and_lightness(colorizer, shape, rng):
    image = images.resize(GRAY, shape)
    rgb = colorizer.colorize(image)
    assert rgb.shape == (*shape, 3)
    error = lightness_error(image, rgb)
    assert error.mean() <= 0.3 and np.percentile(error, 99) <= 1.0


@pytest.mark.parametrize("saturation", [0.0, 0.5, 2.0])
def test_lightness_is_kept_at_any_saturation(colorizer, saturation):
    error = lightness_error(GRAY, colorizer.colorize(GRAY, saturation=saturation))
    assert error.mean() <= 0.3 and np.percentile(error, 99) <= 1.0


@pytest.mark.parametrize(
    "image",
    [
        GRAY[..., None],
        GRAY.astype(np.uint16) * 257,
        GRAY / 255,
        (GRAY / 255).astype(np.float32),
        np.stack([GRAY] * 3, axis=-1),
        np.stack([GRAY] * 4, axis=-1),
    ],
    ids=["one channel", "uint16", "float64", "float32", "rgb", "rgba"],
)
def test_every_kind_of_array_gives_the_same_picture(colorizer, image):
    difference = np.abs(colorizer.colorize(image).astype(int) - colorizer.colorize(GRAY))
    assert difference.mean() < 0.1


def test_a_colour_photograph_is_reduced_to_its_lightness(colorizer):
    error = lightness_error(ASTRONAUT, colorizer.colorize(ASTRONAUT))
    assert error.mean() <= 0.3 and np.percentile(error, 99) <= 1.0


def test_the_network_sees_in_use_what_it_sees_in_training():
    crop, seen = ASTRONAUT[:224, :224], []

    def network(lightness):
        seen.append(lightness)
        return np.zeros((1, 56, 56, 261), np.float32)

    use = Colorizer("resnet50_unet", one_color(0, 0), "0" * 64)
    use._network = network
    use.predict(crop)
    in_training, _ = make_batch([crop], 4)
    assert seen[0].shape == in_training.shape and np.abs(seen[0] - in_training).max() < 0.02


def test_same_photo_same_bytes(colorizer):
    assert np.array_equal(colorizer.colorize(GRAY), colorizer.colorize(GRAY))


def test_saturation_scales_chroma(flat):
    image = np.full((64, 64), 128, np.uint8)
    chroma = [lab.chroma(lab.rgb_to_lab(flat.colorize(image, s))[..., 1:]).mean() for s in (0, 0.5, 1)]
    assert chroma == pytest.approx([0, 18, 36], abs=1.5)


def test_saturation_is_a_factor_after_the_upsampler(flat):
    """So that the slider is even: the upsampler itself need not be linear in its colours."""
    flat = copy.copy(flat)
    flat._upsampler = lambda lightness, ab: np.full((1, 2 * ab.shape[1], 2 * ab.shape[2], 4), 0.1, np.float32)
    gray = np.full((64, 64), 128, np.uint8)
    once, half = (lab.rgb_to_lab(flat.render(gray, flat.predict(gray), s))[..., 1:].mean() for s in (1.0, 0.5))
    assert once == pytest.approx(0.1 * 53.6 + 0.1, abs=0.4) and half == pytest.approx(once / 2, abs=0.4)


def test_the_default_model_gives_colour(colorizer):
    assert lab.chroma(lab.rgb_to_lab(colorizer.colorize(GRAY))[..., 1:]).mean() > 4


def test_the_lightness_that_the_network_saw_gives_the_colours_that_another_copy_gives(colorizer):
    """It is kept as float16, and spares the upsampler's own copy of the photograph."""
    prediction = colorizer.predict(GRAY)
    kept = colorizer.render(GRAY, prediction).astype(int)
    made = colorizer.render(GRAY, replace(prediction, lightness=colorizer._shrink(GRAY, prediction.lightness.shape)))
    assert (np.abs(kept - made) <= 1).mean() > 0.999


def test_render_of_a_small_copy_looks_like_the_full_picture(colorizer):
    prediction = colorizer.predict(GRAY)
    small = colorizer.render(images.resize(GRAY, (256, 256)), prediction)
    full = images.resize(colorizer.render(GRAY, prediction), (256, 256))
    assert np.abs(small.astype(int) - full).mean() < 3


def test_colours_of_a_distribution_are_shown_further_apart(flat):
    logits = np.repeat(flat._network(np.full((1, 256, 256, 1), 50, np.float32)), 2, axis=2)[0]
    logits[:, 64:] = -0.1 * ((ab_bins() - (0, 20)) ** 2).sum(-1)
    prediction = Prediction(logits)
    decoded = prediction.ab(flat.default_temperature)
    ab = lab.rgb_to_lab(flat.render(np.full((256, 512), 128, np.uint8), prediction))[..., 1:]
    assert ab.mean((0, 1)) == pytest.approx(decoded.mean((0, 1)), abs=1)
    apart = decoding.contrast(decoded, flat.info.contrast, prediction.confidence())
    expected = apart[32, 10] - apart[32, 118]
    assert np.abs(expected).max() > 1.2 * np.abs(decoded[32, 10] - decoded[32, 118]).max()
    assert ab[128, 40] - ab[128, 472] == pytest.approx(expected, abs=1)


def test_colours_of_a_variant_stand_apart_already(flat):
    logits = np.zeros((64, 64, 261), np.float32)
    logits[:, :32] = -0.1 * ((ab_bins() - (20, 20)) ** 2).sum(-1)
    logits[:, 32:] = -0.1 * ((ab_bins() - (0, 20)) ** 2).sum(-1)
    gray = np.full((128, 128), 128, np.uint8)
    plain, decided = (
        lab.rgb_to_lab(flat.render(gray, Prediction(logits, decided)))[64, :, 1] for decided in (False, True)
    )
    assert plain[10] - plain[-10] > 1.2 * (decided[10] - decided[-10])
    assert decided[10] - decided[-10] == pytest.approx(20, abs=2)


def test_variants_of_a_photograph_differ_and_keep_its_lightness(colorizer):
    variants = colorizer.predict(ASTRONAUT).variants(3)
    pictures = [colorizer.render(GRAY, variant) for variant in variants]
    assert len(pictures) > 1
    for picture in pictures:
        assert lightness_error(GRAY, picture).mean() <= 0.3
    assert np.abs(pictures[0].astype(int) - pictures[1]).mean() > 2


def test_colours_of_one_surface_are_smoothed(flat):
    """What the network says of a photograph is smoothed before anything else is made of it."""
    image = np.full((224, 224), 128, np.uint8)
    patchy = flat._network(np.full((1, 224, 224, 1), 50, np.float32)).copy()
    patchy[0, 20:24, 20:24] = -0.1 * ((ab_bins() - (28, 22)) ** 2).sum(-1)
    use = Colorizer("resnet50_unet", one_color(0, 0), "0" * 64)
    use._network = lambda lightness: patchy
    before, after = Prediction(patchy[0]).ab(), use.predict(image).ab()
    distance = [np.linalg.norm(ab[22, 22] - ab[2, 2]) for ab in (before, after)]
    assert distance[1] < 0.5 * distance[0]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"saturation": 2.1}, inference.SaturationError),
        ({"saturation": -0.1}, inference.SaturationError),
        ({"saturation": float("nan")}, inference.SaturationError),
        ({"temperature": 0.0}, inference.TemperatureError),
        ({"temperature": 1.5}, inference.TemperatureError),
    ],
)
def test_settings_out_of_range_are_refused(flat, arguments, error):
    with pytest.raises(error, match="Received"):
        flat.colorize(GRAY, **arguments)


@pytest.mark.parametrize(("output", "temperature"), [("bins", 0.6), ("ab", None)])
def test_temperature_is_a_setting_of_what_was_trained_to_weigh_colours(output, temperature):
    use = Colorizer("two_layer", models.create_model("two_layer", output=output), "0" * 64)
    assert use.default_temperature == temperature
    assert use.colorize(GRAY).shape == (*GRAY.shape, 3)


@pytest.mark.parametrize(
    ("image", "error"),
    [
        (np.zeros((15, 40), np.uint8), images.TooSmallError),
        (np.zeros((40, 40), np.int64), lab.PixelTypeError),
        (np.zeros((40, 40, 2), np.uint8), lab.PixelTypeError),
        (np.zeros(40, np.uint8), lab.PixelTypeError),
    ],
)
def test_arrays_that_are_no_photograph_are_refused(flat, image, error):
    with pytest.raises(error, match="Received"):
        flat.colorize(image)


def test_a_network_that_breaks_is_never_a_success():
    with pytest.raises(inference.PredictionError, match="resnet50_unet"):
        Colorizer("resnet50_unet", one_color(np.nan, 0), "0" * 64).colorize(GRAY)


def test_working_shapes_are_few_and_near_in_aspect(flat):
    shapes = {flat._working_shape((h, w)) for h in range(16, 3000, 97) for w in range(16, 3000, 89)}
    assert len(shapes) <= 13
    assert flat._working_shape((480, 640)) == (192, 256) and flat._working_shape((50, 50)) == (224, 224)


def test_load_model_names_the_known_models():
    with pytest.raises(models.UnknownModelError, match="resnet50_unet"):
        load_model("oil_paint")


def test_load_model_without_its_weights(monkeypatch, tmp_path):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(weights.MissingWeightsError):
        load_model()
