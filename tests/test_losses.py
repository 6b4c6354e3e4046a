import numpy as np
import pytest

from colorizer import lab, losses


def test_soft_encode_of_a_bin_centre_peaks_there():
    indices, weights = losses.soft_encode(lab.ab_bins()[100])
    assert indices[weights.argmax()] == 100
    # centre and its four neighbours, 10 away: exp(-100 / 50) each
    assert np.sort(weights)[::-1] == pytest.approx(np.array([1, *[np.exp(-2)] * 4]) / (1 + 4 * np.exp(-2)), abs=1e-5)


@pytest.mark.parametrize("ab", [(0.0, 0.0), (33.0, -17.0), (-300.0, 300.0)])
def test_soft_encode_sums_to_one_even_far_outside_the_gamut(ab):
    indices, weights = losses.soft_encode(np.array(ab, np.float32))
    assert weights.sum() == pytest.approx(1, abs=1e-6) and len(set(indices.tolist())) == 5


def test_rebalancing_weights_mean_one_and_favour_the_rare(rng):
    counts = rng.integers(0, 1000, len(lab.ab_bins())).astype(float)
    weights = losses.rebalancing_weights(counts)
    assert (weights * counts / counts.sum()).sum() == pytest.approx(1, abs=1e-5)
    assert weights[counts.argmin()] == weights.max()


def test_rebalancing_weights_uniform_mixture_treats_all_alike(rng):
    counts = rng.integers(1, 1000, len(lab.ab_bins())).astype(float)
    assert losses.rebalancing_weights(counts, rebalance=1.0) == pytest.approx(np.ones(len(counts)))


def test_cross_entropy_matches_its_formula(rng):
    ab = rng.uniform(-40, 40, (2, 3, 4, 2)).round().astype(np.float32)
    logits = rng.normal(size=(2, 3, 4, len(lab.ab_bins()))).astype(np.float32)
    bin_weights = rng.uniform(0.5, 2, len(lab.ab_bins())).astype(np.float32)
    indices, weights = losses.soft_encode(ab)
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    nearest = np.take_along_axis(indices, weights.argmax(-1)[..., None], -1)[..., 0]
    expected = -(weights * np.take_along_axis(log_p, indices, -1)).sum(-1) * bin_weights[nearest]
    assert float(losses.SoftBinCrossEntropy(bin_weights)(ab, logits)) == pytest.approx(expected.mean(), rel=1e-4)
