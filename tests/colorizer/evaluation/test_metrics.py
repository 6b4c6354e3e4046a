import numpy as np
import pytest
import skimage.data
import skimage.metrics
from scipy.ndimage import gaussian_filter

from colorizer.color import lab
from colorizer.evaluation import metrics

ASTRONAUT = skimage.data.astronaut()[:192, 100:292]


def recolored(change) -> np.ndarray:
    """The astronaut with its ab changed and its L* kept."""
    colors = lab.rgb_to_lab(ASTRONAUT)
    return lab.merge(colors[..., 0], change(colors[..., 1:]))


GRAY = recolored(np.zeros_like)
BLURRED = recolored(lambda ab: gaussian_filter(ab, (6, 6, 0)))


def clouds(ab: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=ab.shape)
    smooth = gaussian_filter(noise, (12, 12, 0))
    return ab + 12 * smooth / smooth.std()


CLOUDY = recolored(clouds)


def test_psnr_known_value():
    assert metrics.psnr(np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 10, np.uint8)) == pytest.approx(
        28.13, abs=0.01
    )
    assert metrics.psnr(ASTRONAUT, ASTRONAUT) == float("inf")


def test_ssim_and_delta_e_of_equal_pictures():
    assert metrics.ssim(ASTRONAUT, ASTRONAUT) == pytest.approx(1)
    assert metrics.delta_e(ASTRONAUT, ASTRONAUT) == 0


SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Sharma, Wu, Dalal 2005, *The CIEDE2000 Color-Difference Formula*, table 1: two Lab colours and their difference."""


def test_ciede2000_of_the_published_pairs():
    table = np.array([line.split() for line in SHARMA.split("\n") if line], float)
    assert table.shape == (34, 7)
    assert metrics.ciede2000(table[:, :3], table[:, 3:6]) == pytest.approx(table[:, 6], abs=5e-5)


def test_delta_e_is_the_mean_ciede2000_of_the_pictures():
    """White to black is 100 whatever the weights; white to white 0."""
    white, black = np.full((8, 8, 3), 255, np.uint8), np.zeros((8, 8, 3), np.uint8)
    halves = np.concatenate([white, black])
    assert metrics.delta_e(np.concatenate([white, white]), halves) == pytest.approx(50, abs=0.01)


def flat(*colors) -> np.ndarray:
    """Lab colours side by side as an uint8 picture, eight by eight pixels each."""
    parts = [np.full((8, 8, 3), color, np.float32) for color in colors]
    lab_picture = np.concatenate(parts, axis=1)
    return lab.merge(lab_picture[..., 0], lab_picture[..., 1:])


def test_tint_known_values():
    assert metrics.tint(flat((50, 20, 20), (70, 20, 20))) == pytest.approx(1, abs=0.01)
    assert metrics.tint(flat((50, 20, 0), (50, -20, 0))) == pytest.approx(0, abs=0.01)
    assert metrics.tint(flat((50, 30, 0), (50, 0, 0))) == pytest.approx(0.5, abs=0.01)  # 15^2 / (30^2 / 2)
    assert np.isnan(metrics.tint(GRAY))


def test_lightness_bound_known_values():
    assert metrics.lightness_bound(flat((30, 20, 0), (70, -20, 0))) == pytest.approx(1, abs=0.01)
    assert metrics.lightness_bound(flat((53, 20, 0), (53, -20, 0))) == pytest.approx(0, abs=0.01)
    # Variance of a* is 20^2, all of it between dark and light; of b* 20^2 / 2, all of it within the light.
    half_bound = flat((30, 20, 0), (30, 20, 0), (70, -20, -20), (70, -20, 20))
    assert metrics.lightness_bound(half_bound) == pytest.approx(2 / 3, abs=0.02)
    assert np.isnan(metrics.lightness_bound(flat((30, 20, 0), (30, 20, 0))))


def test_chroma_detail_known_values():
    """Stripes too narrow for the blur: the detail is nearly all of the stripes, 10 in L* and 6 in a*."""
    stripe = np.where(np.arange(256) % 2, 1.0, -1.0).astype(np.float32)[None, :].repeat(256, axis=0)
    both = lab.merge(50 + 10 * stripe, np.stack([6 * stripe, 0 * stripe], axis=-1))
    assert metrics.chroma_detail(both) == pytest.approx(0.6 / 2**0.5, abs=0.02)
    broad = lab.merge(50 + 10 * stripe, np.stack([30 + 0 * stripe, 0 * stripe], axis=-1))
    assert metrics.chroma_detail(broad) < 0.05
    assert np.isnan(metrics.chroma_detail(flat((50, 20, 0))))


def test_chroma_detail_hardly_depends_on_the_size_of_the_picture():
    large = ASTRONAUT.repeat(2, axis=0).repeat(2, axis=1)
    assert metrics.chroma_detail(large) == pytest.approx(metrics.chroma_detail(ASTRONAUT), rel=0.02)


def test_colorfulness_known_values():
    assert metrics.colorfulness(GRAY) < 0.5
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0, :, 0] = halves[1, :, 1] = 255  # red above green: rg = +-255, yb = 127.5
    assert metrics.colorfulness(halves) == pytest.approx(255 + 0.3 * 127.5)


def test_ab_accuracy_says_nothing_of_chroma():
    assert metrics.ab_accuracy(ASTRONAUT, ASTRONAUT) == 1
    assert metrics.ab_accuracy(ASTRONAUT, recolored(lambda ab: ab * 0.2)) > 0.85


def test_gray_share_counts_colors_lost():
    colored = (lab.chroma(lab.rgb_to_lab(ASTRONAUT)[..., 1:]) > 15).mean()
    assert metrics.gray_share(ASTRONAUT, GRAY) == pytest.approx(colored)
    assert metrics.gray_share(ASTRONAUT, ASTRONAUT) == 0


def test_patchiness_is_zero_for_the_original_and_raised_by_clouds():
    assert metrics.patchiness(ASTRONAUT, ASTRONAUT) == 0
    assert metrics.patchiness(ASTRONAUT, CLOUDY) > 1


def test_patchiness_gives_grey_no_penalty():
    assert metrics.patchiness(ASTRONAUT, GRAY) < 0


def bleeding(predicted: np.ndarray) -> float:
    return metrics.bleeding(metrics.edge_gradients(ASTRONAUT, predicted))


def test_bleeding_is_zero_for_the_original_and_raised_by_blurred_ab():
    assert bleeding(ASTRONAUT) == 0
    assert bleeding(BLURRED) > 0.3


def test_bleeding_ignores_how_strong_the_colors_are():
    assert bleeding(recolored(lambda ab: ab * 0.7)) == pytest.approx(0, abs=0.1)


def test_grey_has_no_edges_to_bleed():
    assert metrics.edge_gradients(ASTRONAUT, GRAY).shape == (0, 2)
    assert np.isnan(bleeding(GRAY))


def test_pictures_of_two_shapes_are_refused():
    with pytest.raises(metrics.ShapeMismatchError, match=r"\(8, 8, 3\) and \(8, 9, 3\)"):
        metrics.psnr(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8))
