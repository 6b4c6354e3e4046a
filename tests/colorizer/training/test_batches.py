import numpy as np
import pytest

from colorizer.color import lab
from colorizer.imaging.photos import list_photos
from colorizer.training.batches import PhotoBatches, make_batch


def test_make_batch_keeps_the_pixels_and_averages_their_colors(rng):
    crop = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    lightness, colors = make_batch([crop], 4)
    pixels = lab.rgb_to_lab(crop)
    assert lightness.shape == (1, 8, 8, 1) and colors.shape == (1, 2, 2, 3)
    assert np.array_equal(lightness[0, ..., 0], pixels[..., 0])
    assert colors[0, 1, 0] == pytest.approx(pixels[4:, :4, [1, 2, 0]].mean((0, 1)), abs=1e-3)


def test_batches_are_seeded_and_change_every_epoch(photo_folder):
    def first(seed):
        return PhotoBatches(list_photos(photo_folder), 4, 32, 4, augment=True, seed=seed)

    assert np.array_equal(first(1)[0][0], first(1)[0][0])
    assert not np.array_equal(first(1)[0][0], first(2)[0][0])
    batches = first(1)
    before = batches[0][0]
    batches.on_epoch_end()
    assert not np.array_equal(batches[0][0], before)


def test_batches_without_augmentation_cover_every_photograph_in_order(photo_folder):
    batches = PhotoBatches(list_photos(photo_folder), 4, 32, 4)
    assert [len(batches[i][0]) for i in range(len(batches))] == [4] * 7 + [2]
