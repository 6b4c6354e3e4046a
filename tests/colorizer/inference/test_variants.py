import numpy as np

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.inference.decoding import annealed_mean
from colorizer.inference.variants import MIN_DISTANCE, vary

BINS = ab_bins()


def mixture(*parts) -> np.ndarray:
    """Logits of a sum of peaks, each `(share, ab)`."""
    density = sum(share * np.exp(-((BINS - ab) ** 2).sum(-1) / 50) for share, ab in parts)
    return np.log(density + 1e-6).astype(np.float32)


def halves(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """A picture of two surfaces, `(20, 20, bins)`."""
    return np.concatenate([np.broadcast_to(side, (20, 10, len(BINS))) for side in (left, right)], axis=1)


DRESS = mixture((0.6, (50, 20)), (0.4, (10, -50)))  # red or blue
GRASS = mixture((1.0, (-30, 30)))


def test_the_first_variant_is_the_photograph_as_it_was():
    logits = halves(DRESS, GRASS)
    assert vary(logits, 3)[0] is logits


def test_another_variant_takes_the_other_likely_colour_and_leaves_what_is_sure():
    first, second = (annealed_mean(variant) for variant in vary(halves(DRESS, GRASS), 3)[:2])
    assert first[10, 4, 0] > 30
    assert second[10, 4, 1] < -30 and np.ptp(second[4:16, 2:8], axis=(0, 1)).max() < 5  # blue all over, not noise
    assert np.abs(second[:, 14:] - first[:, 14:]).max() < 2


def test_another_variant_changes_one_thing():
    """Four stripes, each of which may have another colour: a variant changes one and leaves the others."""
    pairs = ((50, 20), (10, -50)), ((-30, 30), (40, 50)), ((10, -50), (-30, 30)), ((40, 50), (-30, 30))
    stripes = [mixture((0.6, first), (0.4, second)) for first, second in pairs]
    logits = np.concatenate([np.broadcast_to(stripe, (20, 8, len(BINS))) for stripe in stripes], axis=1)
    first, second = (annealed_mean(variant) for variant in vary(logits, 2))
    changed = lab.chroma(second - first).reshape(20, 4, 8)[:, :, 2:6].mean(axis=(0, 2))
    assert (changed > 20).sum() == 1


def test_variants_differ_clearly_from_each_other():
    two = mixture((0.5, (40, 50)), (0.3, (-40, 40)), (0.3, (10, -50)))
    colors = [annealed_mean(variant) for variant in vary(halves(DRESS, two), 3)]
    assert len(colors) == 3
    for i, first in enumerate(colors):
        for second in colors[i + 1 :]:
            assert lab.chroma(first - second).mean() >= MIN_DISTANCE


def test_where_there_is_no_doubt_there_is_no_variant():
    assert len(vary(halves(GRASS, mixture((1.0, (5, -30)))), 3)) == 1


def test_count_is_an_upper_bound():
    assert len(vary(halves(DRESS, DRESS), 1)) == 1


def test_a_picture_of_one_superpixel_has_variants_too():
    assert len(vary(np.broadcast_to(DRESS, (2, 2, len(BINS))), 2)) == 2


def test_what_changes_is_an_object_up_to_its_border():
    """A round dress on grass: its border follows no grid of superpixels."""
    rows, columns = np.mgrid[:56, :56]
    dress = np.hypot(rows - 25, columns - 31) < 15.5
    first, second = (annealed_mean(v) for v in vary(np.where(dress[..., None], DRESS, GRASS), 2))
    changed = lab.chroma(second - first) > 20
    assert (changed & dress).sum() / (changed | dress).sum() > 0.95
