import numpy as np

from colorizer.inference.hints import propagation
from colorizer.inference.hints.hint import Hint


def test_what_is_less_wrong_than_the_hinted_place_is_not_turned_to_the_opposite_colour():
    """Red trousers are said to be grey, and a little of the red lies on the floor beside them: no blue floor."""
    shown = np.empty((96, 128, 2), np.float32)
    shown[:, :40], shown[:, 40:] = (40, 30), (10, 8)
    lightness, features = np.full((96, 128), 50, np.float32), np.zeros((24, 32, 4), np.float16)
    after = shown + propagation.correction(shown, lightness, features, [Hint(20, 48, (0, 0))], (96, 128))
    assert np.abs(after[30:66, 5:36]).max() < 5
    assert after[..., 0].min() > -8  # -12 if every place is moved by what the trousers need
    assert np.abs(after - shown)[:, 100:].max() < 1
