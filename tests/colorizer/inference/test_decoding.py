import numpy as np
import pytest
import skimage.data
from scipy.ndimage import gaussian_filter

from colorizer import images
from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.inference import decoding
from colorizer.inference.hints.features import COUNT, describe
from colorizer.inference.prediction import Prediction

BINS = ab_bins()


def logits_near(ab) -> np.ndarray:
    """Logits `(..., bins)` of a distribution around ab `(..., 2)`."""
    return (-((np.asarray(ab, np.float32)[..., None, :] - BINS) ** 2).sum(-1) / 200).astype(np.float32)


def test_annealed_mean_goes_from_the_mean_to_the_mode():
    """Three parts green, one part red: 1 gives their mean, a low temperature the likelier one."""
    green, red = ((BINS == ab).all(-1) for ab in ((-50, 0), (50, 0)))
    logits = np.log(0.75 * green + 0.25 * red + 1e-7)
    assert decoding.annealed_mean(logits, 1.0) == pytest.approx([-25, 0], abs=0.1)
    assert decoding.annealed_mean(logits, 0.1) == pytest.approx([-50, 0], abs=0.1)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_mean_and_confidence_together_are_those_of_the_formulas(rng, kind):
    logits = rng.normal(0, 3, (24, 16, len(BINS))).astype(kind)
    ab, confidence = decoding.mean_and_confidence(logits, 0.4)
    exponents = np.exp(logits.astype(float) / 0.4)
    assert ab == pytest.approx((exponents / exponents.sum(-1, keepdims=True)) @ BINS, abs=1e-3)
    assert confidence == pytest.approx(decoding.confidence(logits.astype(float)), abs=1e-5)
    assert ab.dtype == confidence.dtype == np.float32


ORDINARY = np.full((90, 120), decoding.ORDINARY_CONFIDENCE, np.float32)


def test_contrast_keeps_the_mean_and_widens_small_differences(rng):
    ab = rng.normal((6, 14), 1, (90, 120, 2)).astype(np.float32)
    wider = decoding.contrast(ab, 1.5, ORDINARY)
    assert wider.mean((0, 1)) == pytest.approx(ab.mean((0, 1)), abs=0.01)
    assert wider.std((0, 1)) == pytest.approx(1.5 * ab.std((0, 1)), rel=0.01)
    assert decoding.contrast(ab, 1.0, ORDINARY) == pytest.approx(ab, abs=1e-4)


def test_contrast_sets_apart_what_is_sure_and_leaves_what_is_not():
    ab = np.zeros((2, 3, 2), np.float32)
    ab[:, 0], ab[:, 2] = (3, 0), (-3, 0)
    confidence = np.array([[0, 0, 0], [1.5, 1.5, 1.5]], np.float32) * decoding.ORDINARY_CONFIDENCE
    apart = decoding.contrast(ab, 2.0, confidence)
    assert apart[0] == pytest.approx(ab[0], abs=0.02)
    assert apart[1] == pytest.approx(3.25 * ab[1], abs=0.2)


def test_contrast_is_less_in_the_dark_and_no_greater_in_whites_than_in_what_is_light():
    ab = np.zeros((4, 2, 2), np.float32)
    ab[:, 0], ab[:, 1] = (3, 0), (-3, 0)
    lightness = np.repeat(np.array([[0], [decoding.ORDINARY_LIGHTNESS], [65], [98]], np.float32), 2, axis=1)
    apart = decoding.contrast(ab, 2.0, np.full((4, 2), decoding.ORDINARY_CONFIDENCE), lightness)
    assert apart[:, 0, 0] == pytest.approx([6 * 16 / 63, 6, 7.2, 7.2], rel=0.01)
    assert apart[:, 1, 0] == pytest.approx(-apart[:, 0, 0])


def test_contrast_makes_no_blot_of_what_is_vivid_already():
    ab = np.zeros((10, 10, 2), np.float32)
    ab[0, 0] = 80, 40  # on grey, to which its own share of the mean gives a faint tint
    distance = lab.chroma(decoding.contrast(ab, 3.0, ORDINARY[:10, :10]) - ab.mean((0, 1)))
    assert 49 < distance[0, 0] < 50
    assert distance[5, 5] == pytest.approx(3 * lab.chroma(ab.mean((0, 1))), rel=0.02)


def test_confidence_is_one_without_doubt_and_zero_without_knowledge():
    certain = np.where(np.arange(len(BINS)) == 7, 50.0, 0.0)
    assert decoding.confidence(certain) == pytest.approx(1, abs=1e-4)
    assert decoding.confidence(np.zeros(len(BINS))) == pytest.approx(0, abs=1e-4)


def test_confidence_is_not_chroma():
    sure_grey, unsure_vivid = logits_near((0, 0)) * 5, logits_near((60, 40)) / 5
    assert decoding.confidence(sure_grey) > decoding.confidence(unsure_vivid)


def test_a_patch_within_one_surface_gives_way_to_it():
    ab = np.full((24, 24, 2), (20.0, 20.0))
    ab[10:13, 10:13] = (28, 12)
    logits, lightness = logits_near(ab), np.full((24, 24), 50, np.float32)
    before, after = (decoding.annealed_mean(x) for x in (logits, decoding.smooth_logits(logits, lightness)))
    distance = [np.linalg.norm(colors[11, 11] - colors[2, 2]) for colors in (before, after)]
    assert distance[1] < 0.5 * distance[0]


@pytest.mark.parametrize("edge", ["lightness", "ab"])
def test_two_surfaces_keep_their_colours(edge):
    lightness, ab = np.full((24, 24), 50, np.float32), np.full((24, 24, 2), (20.0, 20.0))
    if edge == "lightness":
        lightness[:, 12:] = 80
        ab[:, 12:] = (10, 20)
    else:  # of one lightness: a red and a green stay, what is nearer gives and takes
        ab[:, :12], ab[:, 12:] = (50, 40), (-50, 40)
    logits = logits_near(ab)
    before, after = (decoding.annealed_mean(x) for x in (logits, decoding.smooth_logits(logits, lightness)))
    assert np.abs(after - before).max() < 2


def test_smoothing_of_equals_changes_nothing():
    logits = np.broadcast_to(logits_near((20, 20)), (8, 12, len(BINS)))
    assert decoding.smooth_logits(logits, np.full((8, 12), 50, np.float32)) == pytest.approx(logits, abs=1e-3)


def smoothed_in_all_bins(logits, lightness):
    queries, bins = decoding.smoothing_features(logits, lightness), logits.shape[-1]
    keys = queries.reshape(-1, queries.shape[-1])
    values = logits.reshape(-1, bins)
    return decoding.bilateral_mean(keys, keys, values, values, 1).reshape(logits.shape)


def of_rank(rng, rank: int, noise: float) -> np.ndarray:
    """Logits of places that are mixtures of a few distributions, and some noise."""
    mixed = rng.normal(0, 1, (24 * 32, rank)) @ rng.normal(0, 3, (rank, len(BINS))) / rank**0.5
    return (mixed + rng.normal(0, noise, mixed.shape)).reshape(24, 32, -1).astype(np.float32)


@pytest.mark.parametrize("rank, found", [(40, 64), (100, 128), (240, 261)])
def test_main_directions_are_as_many_as_the_logits_need(rng, rank, found):
    logits = of_rank(rng, rank, 0.03).reshape(-1, len(BINS))
    directions = decoding.main_directions(logits)
    assert directions.shape == (261, found) and directions.T @ directions == pytest.approx(np.eye(found), abs=1e-4)
    assert np.sqrt(np.mean((logits @ directions @ directions.T - logits) ** 2)) <= decoding.LEFT_OUT


@pytest.mark.parametrize("rank", [40, 240])
def test_smoothing_in_main_directions_is_almost_that_in_all_bins(rng, rank):
    logits, lightness = of_rank(rng, rank, 0.05), rng.uniform(30, 60, (24, 32)).astype(np.float32)
    difference = decoding.smooth_logits(logits, lightness) - smoothed_in_all_bins(logits, lightness)
    assert np.sqrt(np.mean(difference**2)) <= decoding.LEFT_OUT


def test_keys_that_are_alike_are_taken_together_and_move_logits_little(rng, monkeypatch):
    weights = gaussian_filter(rng.normal(0, 30, (24, 32, 40)), (3, 3, 0))
    logits = (weights @ rng.normal(0, 3, (40, len(BINS)))).astype(np.float32)
    lightness = 50 + gaussian_filter(rng.normal(0, 200, (24, 32)), 3).astype(np.float32)
    few = decoding.smooth_logits(logits, lightness)
    monkeypatch.setattr(decoding, "ALIKE", 0.01)
    assert np.abs(few - decoding.smooth_logits(logits, lightness)).mean() < 0.01 * np.abs(few - logits).mean()


def test_keys_in_one_cell_become_their_mean_with_their_number():
    keys = np.zeros((3, 5), np.float32)
    keys[:, decoding.LIGHTNESS] = 2.5, 1.05, 1.15
    means, counts = decoding._alike(keys)
    assert means(keys)[:, decoding.LIGHTNESS] == pytest.approx([1.1, 2.5])
    assert means(np.float32([[1], [2], [4]])).tolist() == [[3], [1]] and counts.tolist() == [[2], [1]]


def test_features_in_main_directions_tell_places_apart_like_those_in_all_bins(rng):
    logits = of_rank(rng, 40, 0.03)
    directions = decoding.main_directions(logits.reshape(-1, len(BINS)))
    few, all_ = (describe(logits, d).astype(np.float32).reshape(-1, COUNT)[::9] for d in (directions, None))
    distances = [np.linalg.norm(places[:, None] - places, axis=-1) for places in (few, all_)]
    assert np.abs(distances[0] - distances[1]).max() < 0.02


def test_main_directions_move_the_colours_of_a_photograph_by_less_than_a_tenth_of_ab(colorizer):
    logits, seen = colorizer.run_network(images.to_gray(skimage.data.astronaut()))
    lightness = seen.reshape(logits.shape[0], 4, logits.shape[1], 4).mean(axis=(1, 3))
    shown = []
    for smoothed in (decoding.smooth_logits(logits, lightness), smoothed_in_all_bins(logits, lightness)):
        prediction = Prediction(smoothed.astype(np.float16))
        shown.append(colorizer.decode(prediction))
    assert lab.chroma(shown[0] - shown[1]).mean() < 0.1
