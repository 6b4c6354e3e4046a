import numpy as np
import pytest

from colorizer.imaging.resizing import fit_and_crop


@pytest.mark.parametrize("shape", [(192, 288), (288, 192), (50, 400), (192, 192)])
def test_fit_and_crop_gives_the_square_in_the_centre(shape, rng):
    rgb = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert fit_and_crop(rgb, 64).shape == (64, 64, 3)
    if min(shape) == 192:
        top, left = (shape[0] - 192) // 2, (shape[1] - 192) // 2
        assert np.array_equal(fit_and_crop(rgb, 192), rgb[top : top + 192, left : left + 192])
