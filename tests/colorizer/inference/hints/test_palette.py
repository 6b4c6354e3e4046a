import numpy as np
import pytest

from colorizer.color import lab
from colorizer.inference.hints.palette import HUES, STRENGTHS, palette


@pytest.mark.parametrize("lightness", [3, 30, 55, 80, 97])
def test_every_colour_of_the_palette_is_possible_at_that_lightness(lightness):
    made = palette(lightness)
    assert made.ab.shape == (HUES, STRENGTHS, 2)
    assert np.abs(lab.rgb_to_lab(made.rgb)[..., 1:] - made.ab).max() < 3  # 8-bit codes are coarse in the dark
    assert np.abs(lab.rgb_to_lightness(made.rgb) - lightness).max() < 1.5


def test_it_reaches_from_grey_to_the_edge_of_what_srgb_can_show():
    made = palette(55)
    assert (made.ab[:, 0] == 0).all()
    further = lab.rgb_to_lab(lab.merge(np.full(HUES, 55, np.float32), made.ab[:, -1] * 1.2))[:, 1:]
    assert lab.chroma(further - made.ab[:, -1]).max() < 1.5


@pytest.mark.parametrize("lightness", [0, 100])
def test_black_and_white_have_no_colour(lightness):
    assert np.abs(palette(lightness).ab).max() < 2
