import keras
import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.evaluation import metrics
from colorizer.inference import decoding
from colorizer.models.recipe import Recipe
from colorizer.training import losses


def test_rebalancing_weights_mean_one_and_favour_the_rare(rng):
    counts = rng.integers(0, 1000, len(ab_bins())).astype(float)
    weights = losses.rebalancing_weights(counts)
    assert (weights * counts / counts.sum()).sum() == pytest.approx(1, abs=1e-5)
    assert weights[counts.argmin()] == weights.max()


def test_rebalancing_weights_uniform_mixture_treats_all_alike(rng):
    counts = rng.integers(1, 1000, len(ab_bins())).astype(float)
    assert losses.rebalancing_weights(counts, rebalance=1.0) == pytest.approx(np.ones(len(counts)))


def test_cross_entropy_matches_its_formula(rng):
    ab = rng.uniform(-40, 40, (2, 3, 4, 2)).astype(np.float32)
    logits = rng.normal(size=(2, 3, 4, len(ab_bins()))).astype(np.float32)
    bin_weights = rng.uniform(0.5, 2, len(ab_bins())).astype(np.float32)
    target = np.exp(-((ab[..., None, :] - ab_bins()) ** 2).sum(-1) / (2 * 5.0**2))
    target /= target.sum(-1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = -(target * log_p).sum(-1) * (target @ bin_weights)
    assert float(losses.SoftBinCrossEntropy(bin_weights)(ab, logits)) == pytest.approx(expected.mean(), rel=1e-4)


def test_cross_entropy_of_a_color_far_outside_the_gamut_is_finite():
    logits = np.zeros((1, 1, 1, len(ab_bins())), np.float32)
    loss = losses.SoftBinCrossEntropy(np.ones(len(ab_bins())))(np.full((1, 1, 1, 2), 300.0, np.float32), logits)
    assert float(loss) == pytest.approx(np.log(len(ab_bins())), rel=1e-4)


def certain(ab: np.ndarray) -> np.ndarray:
    """Logits that leave no doubt of the bin nearest to each ab."""
    return -10 * ((ab[..., None, :] - ab_bins()) ** 2).sum(-1).astype(np.float32)


def terms(recipe: Recipe, true: np.ndarray, predicted: np.ndarray, lightness=60.0) -> float:
    """The loss without the cross-entropy: ab `(1, h, w, 2)` at a lightness of `(1, h, w)`, or the same everywhere."""
    uniform = np.ones(len(ab_bins()), np.float32)
    lightness = np.broadcast_to(np.float32(lightness), true.shape[:3])
    colors = np.concatenate([true, lightness[..., None]], axis=-1)
    decoded = losses.DecodedColorsLoss(uniform, recipe)
    return float(decoded(colors, certain(predicted))) - float(
        losses.SoftBinCrossEntropy(uniform)(colors, certain(predicted))
    )


def test_a_hue_wrong_everywhere_has_no_coherence_loss_but_clouds_have():
    recipe = Recipe(likeness_weight=0.0, coherence_weight=1.0, excess_weight=0.0)
    true = np.full((1, 8, 8, 2), 10.0, np.float32)
    shifted, cloudy = true + 20, true.copy()
    cloudy[:, :, ::2] += 20
    assert terms(recipe, true, true) == pytest.approx(0, abs=1e-3)
    assert terms(recipe, true, shifted) == pytest.approx(0, abs=1e-3)
    assert terms(recipe, true, cloudy) > 0.3


def test_a_broad_cloud_counts_at_every_distance():
    recipe = Recipe(likeness_weight=0.0, coherence_weight=1.0, excess_weight=0.0)
    true = np.full((1, 20, 20, 2), 10.0, np.float32)
    cloudy = true.copy()
    cloudy[:, :, :10] += 20
    across = 1 / 19 + 3 / 17 + 7 / 13  # of the pairs 1, 3 and 7 columns apart; none of those above each other
    assert terms(recipe, true, cloudy) == pytest.approx(1.5 * across / 6, rel=0.02)


def test_likeness_is_the_error_in_decibels(rng):
    recipe = Recipe(
        likeness_weight=1.0, colorfulness_price=0.0, chroma_price=0.0, coherence_weight=0.0, excess_weight=0.0
    )
    true = 10.0 * rng.integers(-2, 3, (1, 8, 8, 2)).astype(np.float32)
    near, far = true + 10, true + 20
    lightness = np.full(true.shape[:3], 60, np.float32)

    def decibels(predicted):
        squared = (lab.merge(lightness, predicted).astype(float) - lab.merge(lightness, true)) ** 2
        return 10 * np.log10(squared.mean() + losses.ERROR_FLOOR)

    for predicted in (true, near, far):
        assert terms(recipe, true, predicted) == pytest.approx(decibels(predicted), abs=0.1)


@pytest.mark.parametrize("reward", ["colorfulness_price", "chroma_price"])
def test_in_doubt_grey_has_the_lowest_loss_unless_color_is_rewarded(reward):
    true = np.full((1, 8, 8, 2), 20.0, np.float32)
    true[:, ::2] *= -1
    grey, wrong = np.zeros_like(true), true[:, ::-1].copy()
    rewards = {"colorfulness_price": 0.0, "chroma_price": 0.0}

    def more_for_color(amount):
        recipe = Recipe(likeness_weight=1.0, coherence_weight=0.0, excess_weight=0.0, **rewards | {reward: amount})
        return terms(recipe, true, wrong) - terms(recipe, true, grey)

    assert more_for_color(0.0) > 0 > more_for_color(1.0)


def decoded_with_contrast(logits: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """Colours that `decoding` gives for a distribution at a contrast of 1.5."""
    ab = decoding.annealed_mean(logits, losses.DECODE_TEMPERATURE)
    return decoding.contrast(ab, 1.5, decoding.confidence(logits), lightness)


def test_the_loss_decodes_colors_as_inference_does(rng):
    recipe = Recipe(logit_adjustment=0.5, coherence_weight=0.0, colorfulness_price=0.0, chroma_price=0.0)
    bin_weights = rng.uniform(0.5, 2, len(ab_bins())).astype(np.float32)
    logits = 8 * rng.normal(size=(1, 8, 8, len(bin_weights))).astype(np.float32)
    adjusted = logits + recipe.logit_adjustment * np.log(bin_weights)
    lightness = rng.uniform(0, 100, (1, 8, 8)).astype(np.float32)
    expected = decoded_with_contrast(adjusted[0], lightness[0])
    loss = losses.DecodedColorsLoss(bin_weights, recipe, contrast=1.5)
    assert np.allclose(loss.decode(logits, lightness)[0], expected, atol=1e-3)
    smoothed = losses.DecodedColorsLoss(bin_weights, recipe, contrast=1.5, smoothing=True)
    expected = decoded_with_contrast(np.array(losses.smooth_logits(adjusted, lightness)[0]), lightness[0])
    assert np.allclose(smoothed.decode(logits, lightness)[0], expected, atol=1e-3)


def smooth(rng, *shape: int) -> np.ndarray:
    """Random numbers that change little from place to place: `(batch_size, height, width, ...)`."""
    return scipy.ndimage.gaussian_filter(rng.normal(size=shape), (0, 3, 3, *[0] * (len(shape) - 3))).astype(np.float32)


def test_logits_are_smoothed_in_the_loss_as_in_use(rng, monkeypatch):
    monkeypatch.setattr(decoding, "LEFT_OUT", 0)
    monkeypatch.setattr(decoding, "ALIKE", 0.01)
    logits, lightness = 30 * smooth(rng, 2, 24, 32, len(ab_bins())), 50 + 100 * smooth(rng, 2, 24, 32)
    expected = np.stack([decoding.smooth_logits(*picture) for picture in zip(logits, lightness, strict=True)])
    changed = np.abs(expected - logits).mean()
    assert changed > 0.5
    assert np.abs(losses.smooth_logits(logits, lightness) - expected).mean() < 0.2 * changed
    monkeypatch.setattr(losses, "KEY_STEP", 1)
    assert np.allclose(losses.smooth_logits(logits, lightness), expected, atol=1e-2)


def test_a_cloud_of_color_on_grey_has_a_higher_loss_than_a_grey_spot_on_color():
    recipe = Recipe(likeness_weight=0.0, coherence_weight=0.0, excess_weight=1.0)
    grey = np.zeros((1, 8, 8, 2), np.float32)
    vivid = grey.copy()
    vivid[:, 2:5, 2:5] = 40
    assert terms(recipe, vivid, vivid) == terms(recipe, vivid, grey) == pytest.approx(0, abs=1e-3)
    assert terms(recipe, grey, vivid) > 0.3


def test_srgb_and_colorfulness_are_those_of_the_measures(rng):
    rgb = rng.integers(0, 256, (4, 6, 6, 3), dtype=np.uint8)
    colors = lab.rgb_to_lab(rgb)
    again = np.array(losses.srgb(colors[..., 0], colors[..., 1:]))
    assert np.abs(again - rgb).max() < 1
    expected = [metrics.colorfulness(picture) for picture in rgb]
    assert np.array(losses.colorfulness(again)) == pytest.approx(np.array(expected), abs=0.5)


def test_tint_and_lightness_bound_are_those_of_the_measures(rng):
    rgb = scipy.ndimage.gaussian_filter(rng.integers(0, 256, (4, 24, 24, 3)).astype(float), (0, 2, 2, 0))
    rgb = (128 + 6 * (rgb - 128)).clip(0, 255).astype(np.uint8)
    rgb[:2, ..., 0] //= 2
    colors = lab.rgb_to_lab(rgb)
    expected = np.array([[metrics.tint(picture), metrics.lightness_bound(picture)] for picture in rgb])
    ab, lightness = colors[..., 1:], colors[..., 0]
    assert np.array(losses.tint(ab)) == pytest.approx(expected[:, 0], abs=0.01)
    assert np.array(losses.lightness_bound(ab, lightness)) == pytest.approx(expected[:, 1], abs=0.01)
    assert np.ptp(expected, axis=0).min() > 0.1


ALONE = {"likeness_weight": 0.0, "coherence_weight": 0.0, "excess_weight": 0.0}


def test_one_tint_over_a_picture_of_many_hues_adds_to_the_loss():
    recipe = Recipe(tint_weight=2.0, **ALONE)
    many = np.full((1, 8, 8, 2), 20.0, np.float32)
    many[:, :, ::2] *= -1
    tinted = np.full_like(many, 20.0)
    assert terms(recipe, many, tinted) == pytest.approx(2 * (801 / 804 - 1 / 804), abs=0.01)
    assert terms(recipe, many, many) == terms(recipe, tinted, many) == pytest.approx(0, abs=1e-3)


def test_colors_that_depend_on_lightness_more_than_the_originals_add_to_the_loss():
    recipe = Recipe(lightness_bound_weight=2.0, **ALONE)
    lightness = np.broadcast_to(np.where(np.arange(8) < 4, 30, 70), (1, 8, 8))
    free = np.full((1, 8, 8, 2), 20.0, np.float32)
    free[:, ::2] *= -1
    bound = np.full_like(free, 20.0)
    bound[:, :, :4] *= -1
    assert terms(recipe, free, bound, lightness) == pytest.approx(2 * (800.5 / 802 - 0.5 / 802), abs=0.01)
    assert terms(recipe, free, free, lightness) == terms(recipe, bound, free, lightness) == pytest.approx(0, abs=1e-3)


def test_the_loss_of_grey_and_of_black_has_a_slope(rng):
    logits = keras.Variable(certain(np.zeros((1, 4, 4, 2))))
    colors = np.zeros((1, 4, 4, 3), np.float32)
    recipe = Recipe(tint_weight=2.0, lightness_bound_weight=2.0)
    loss = losses.DecodedColorsLoss(np.ones(len(ab_bins()), np.float32), recipe, 1.5)
    with tf.GradientTape() as tape:
        value = loss(colors, logits)
    assert np.isfinite(tape.gradient(value, logits.value).numpy()).all()
