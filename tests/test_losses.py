import numpy as np
import pytest

from colorizer import lab, losses


def test_rebalancing_weights_mean_one_and_favour_the_rare(rng):
    counts = rng.integers(0, 1000, len(lab.ab_bins())).astype(float)
    weights = losses.rebalancing_weights(counts)
    assert (weights * counts / counts.sum()).sum() == pytest.approx(1, abs=1e-5)
    assert weights[counts.argmin()] == weights.max()


def test_rebalancing_weights_uniform_mixture_treats_all_alike(rng):
    counts = rng.integers(1, 1000, len(lab.ab_bins())).astype(float)
    assert losses.rebalancing_weights(counts, rebalance=1.0) == pytest.approx(np.ones(len(counts)))


def test_cross_entropy_matches_its_formula(rng):
    ab = rng.uniform(-40, 40, (2, 3, 4, 2)).astype(np.float32)
    logits = rng.normal(size=(2, 3, 4, len(lab.ab_bins()))).astype(np.float32)
    bin_weights = rng.uniform(0.5, 2, len(lab.ab_bins())).astype(np.float32)
    target = np.exp(-((ab[..., None, :] - lab.ab_bins()) ** 2).sum(-1) / (2 * 5.0**2))
    target /= target.sum(-1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = -(target * log_p).sum(-1) * (target @ bin_weights)
    assert float(losses.SoftBinCrossEntropy(bin_weights)(ab, logits)) == pytest.approx(expected.mean(), rel=1e-4)


def test_cross_entropy_of_a_color_far_outside_the_gamut_is_finite():
    logits = np.zeros((1, 1, 1, len(lab.ab_bins())), np.float32)
    loss = losses.SoftBinCrossEntropy(np.ones(len(lab.ab_bins())))(np.full((1, 1, 1, 2), 300.0, np.float32), logits)
    assert float(loss) == pytest.approx(np.log(len(lab.ab_bins())), rel=1e-4)


def certain(ab: np.ndarray) -> np.ndarray:
    """Logits that leave no doubt of the bin nearest to each ab."""
    return -10 * ((ab[..., None, :] - lab.ab_bins()) ** 2).sum(-1).astype(np.float32)


def test_a_hue_wrong_everywhere_costs_no_coherence_but_clouds_do():
    loss = losses.SoftBinCrossEntropy(np.ones(len(lab.ab_bins())), color_weight=0.0, coherence_weight=1.0)
    plain = losses.SoftBinCrossEntropy(np.ones(len(lab.ab_bins())))
    true = np.full((1, 8, 8, 2), 10.0, np.float32)
    shifted, cloudy = true + 20, true.copy()
    cloudy[:, :, ::2] += 20

    def price(predicted):
        return float(loss(true, certain(predicted))) - float(plain(true, certain(predicted)))

    assert price(true) == pytest.approx(0, abs=1e-3) and price(shifted) == pytest.approx(0, abs=1e-3)
    assert price(cloudy) > 0.3


def test_colors_that_are_wrong_have_their_price():
    plain = losses.SoftBinCrossEntropy(np.ones(len(lab.ab_bins())))
    priced = losses.SoftBinCrossEntropy(np.ones(len(lab.ab_bins())), color_weight=1.0)
    true = np.full((1, 8, 8, 2), 10.0, np.float32)
    near, far = (float(priced(true, certain(ab))) - float(plain(true, certain(ab))) for ab in (true, true + 20))
    assert near == pytest.approx(0, abs=1e-3) and far == pytest.approx(1.5, abs=1e-2)  # Huber: 20 / 10 - 0.5
