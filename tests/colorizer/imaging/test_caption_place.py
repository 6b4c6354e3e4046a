"""The caption's place, by which the page shows it at every position of the slider."""

import numpy as np
import pytest

from colorizer.imaging.caption import add_caption, caption_share


@pytest.mark.parametrize("size", [(600, 800), (800, 300), (64, 2000)])
def test_what_the_caption_changes_lies_within_its_share_of_the_picture(size):
    plain = np.full((*size, 3), 200, np.uint8)
    rows, columns = np.nonzero((add_caption(plain) != plain).any(axis=-1))
    up, along = caption_share(*size)
    assert rows.min() == round((1 - up) * size[0]) and columns.max() + 1 == round(along * size[1])
    assert rows.max() == size[0] - 1 and columns.min() == 0
