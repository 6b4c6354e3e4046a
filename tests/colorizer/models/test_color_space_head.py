import keras
import numpy as np
import pytest

from colorizer.color import lab, spaces
from colorizer.models import HyperparameterError
from colorizer.models.color_space_head import ToAb, with_ab


@pytest.mark.parametrize("space", ["luv", "yuv", "hsv"])
def test_the_layer_finds_the_colour_that_numpy_finds(rng, space):
    rgb = rng.integers(0, 256, (1, 16, 16, 3), dtype=np.uint8)
    lightness, channels = lab.rgb_to_lab(rgb)[..., :1], spaces.chroma(rgb, space)
    expected = spaces.to_ab(lightness[..., 0], channels, space)
    assert np.abs(np.array(ToAb(space)([lightness, channels])) - expected).max() < 0.05


def test_a_smaller_map_than_the_photograph_is_fine():
    lightness = np.full((1, 32, 32, 1), 50, np.float32)
    ab = ToAb("hsv")([lightness, np.zeros((1, 8, 8, 2), np.float32)])
    assert ab.shape == (1, 8, 8, 2) and np.abs(np.array(ab)).max() < 0.01


def test_a_space_that_is_not_known_is_refused():
    lightness = keras.Input((None, None, 1))
    model = keras.Model(lightness, keras.layers.Conv2D(2, 1)(lightness))
    with pytest.raises(HyperparameterError, match="lab, luv, yuv, hsv"):
        with_ab(model, "cmyk")
