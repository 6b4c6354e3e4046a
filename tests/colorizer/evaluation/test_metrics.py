import numpy as np
import pytest
import skimage.color
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


def test_delta_e_is_ciede2000():
    # Sharma et al. 2005, table 1, pair 1 (not reproducible in 8 bits, so against scikit-image on the same pictures)
    expected = skimage.color.deltaE_ciede2000(skimage.color.rgb2lab(ASTRONAUT), skimage.color.rgb2lab(GRAY)).mean()
    assert metrics.delta_e(ASTRONAUT, GRAY) == pytest.approx(expected, rel=1e-3)


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


def test_bleeding_is_zero_for_the_original_and_raised_by_blurred_ab():
    assert metrics.bleeding(ASTRONAUT, ASTRONAUT) == 0
    assert metrics.bleeding(ASTRONAUT, BLURRED) > 0.3


def test_bleeding_ignores_how_strong_the_colors_are():
    assert metrics.bleeding(ASTRONAUT, recolored(lambda ab: ab * 0.7)) == pytest.approx(0, abs=0.1)


def test_bleeding_of_grey_is_undefined():
    assert np.isnan(metrics.bleeding(ASTRONAUT, GRAY))


def test_pictures_of_two_shapes_are_refused():
    with pytest.raises(metrics.ShapeMismatchError, match=r"\(8, 8, 3\) and \(8, 9, 3\)"):
        metrics.psnr(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8))
