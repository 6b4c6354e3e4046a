import numpy as np
import pytest

from colorizer.color import lab, spaces


@pytest.fixture
def rgb(rng) -> np.ndarray:
    pixels = rng.integers(0, 256, (1, 40, 40, 3), dtype=np.uint8)
    pixels[0, 0, :4] = [[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0]]
    return pixels


@pytest.mark.parametrize("space", spaces.SCALES)
def test_lightness_and_two_channels_give_the_colour_back(rgb, space):
    colors = lab.rgb_to_lab(rgb)
    ab = spaces.to_ab(colors[..., 0], spaces.chroma(rgb, space), space)
    assert np.abs(ab - colors[..., 1:]).max() < 0.05


@pytest.mark.parametrize("space", spaces.SCALES)
def test_channels_fit_an_output_of_tanh_and_are_0_for_grey(rgb, space):
    channels = spaces.chroma(rgb, space)
    assert channels.shape == (1, 40, 40, 2) and channels.dtype == np.float32
    assert 60 < np.abs(channels).max() <= 128
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=-1)
    assert np.abs(spaces.chroma(gray, space)).max() < 0.1


def test_luv_is_the_one_of_scikit_image(rgb):
    from skimage import color

    expected = color.rgb2luv(rgb)[..., 1:] * spaces.SCALES["luv"]
    assert np.abs(spaces.chroma(rgb, "luv") - expected).max() < 0.1


def test_an_unknown_space_is_refused(rgb):
    with pytest.raises(spaces.UnknownSpaceError, match="lab, luv, yuv, hsv"):
        spaces.chroma(rgb, "cmyk")
    with pytest.raises(spaces.UnknownSpaceError, match="lab, luv, yuv, hsv"):
        spaces.to_ab(np.zeros((1, 2)), np.zeros((1, 2, 2)), "cmyk")
