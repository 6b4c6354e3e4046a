import numpy as np
import pytest
import skimage.data

from colorizer.color import lab
from colorizer.imaging import degradation
from colorizer.imaging.photos import list_photos
from colorizer.training.batches import PhotoBatches

ASTRONAUT = skimage.data.astronaut()[:128, 150:310]


def test_degraded_lightness_keeps_shape_range_and_most_of_the_picture(rng):
    lightness = lab.rgb_to_lightness(ASTRONAUT)
    for _ in range(50):
        degraded = degradation.degrade(ASTRONAUT, rng)
        assert degraded.shape == lightness.shape and degraded.dtype == np.float32
        assert 0 <= degraded.min() and degraded.max() <= 100
        assert np.corrcoef(degraded.ravel(), lightness.ravel())[0, 1] > 0.5


def test_degradation_changes_the_lightness_and_depends_on_its_seed_alone():
    first, again, other = (degradation.degrade(ASTRONAUT, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 1


def test_old_film_is_blind_to_red():
    red, blue = (np.full((4, 4, 3), rgb, np.uint8) for rgb in ((200, 0, 0), (0, 0, 200)))
    seen = [degradation._expose(rgb, _OldFilm()).mean() for rgb in (red, blue)]
    assert seen[0] < 30 < seen[1]
    assert lab.rgb_to_lightness(red).mean() > lab.rgb_to_lightness(blue).mean()


class _OldFilm:
    """Draws what gives purely orthochromatic film."""

    def random(self):
        return 1.0


@pytest.mark.parametrize("seed", range(10))
def test_a_border_is_grey_and_the_middle_stays(seed):
    framed = degradation.add_border(ASTRONAUT, np.random.default_rng(seed))
    changed = (framed != ASTRONAUT).any(-1)
    assert (np.ptp(framed[changed].astype(int), axis=-1) == 0).all()
    assert not changed[16:-16, 16:-16].any()


def test_the_network_learns_true_colours_of_degraded_pictures(photo_folder):
    paths = list_photos(photo_folder)
    arguments = {"batch_size": 8, "size": 64, "stride": 4, "augment": True, "scale": (1.0, 1.0)}
    clean, degraded = (PhotoBatches(paths, **arguments, degraded=share)[0] for share in (0.0, 1.0))
    difference = np.abs(clean[0] - degraded[0]).mean(axis=(1, 2, 3))
    assert (difference > 0.5).mean() > 0.5
    assert np.median(np.abs(clean[1] - degraded[1])) == 0  # but in borders, which are grey
