import numpy as np
import pytest
import skimage.color
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorizer.color import lab


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [  # http://www.brucelindbloom.com/index.html?ColorCalculator.html, sRGB, D65
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0.0, 0.0)),
    ],
)
def test_rgb_to_lab_published_values(rgb, expected):
    assert lab.rgb_to_lab(np.array(rgb, np.uint8)) == pytest.approx(expected, abs=0.03)


def test_rgb_to_lab_agrees_with_scikit_image(rng):
    rgb = rng.integers(0, 256, (50, 60, 3), dtype=np.uint8)
    assert np.abs(lab.rgb_to_lab(rgb) - skimage.color.rgb2lab(rgb)).max() < 0.01


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(3))))
def test_lab_round_trip_is_exact_for_every_8_bit_color(rgb):
    assert np.array_equal(lab.lab_to_rgb(lab.rgb_to_lab(rgb)), rgb)


@given(hnp.arrays(np.float32, (40, 3), elements=st.floats(0, 1, width=32)))
def test_merge_keeps_lightness_whatever_the_color(unit):
    lightness, ab = unit[:, 0] * 100, (unit[:, 1:] - 0.5) * 400
    back = lab.rgb_to_lab(lab.merge(lightness, ab))[:, 0]
    assert np.abs(back - lightness).max() < 1.2  # rounding to 8 bits alone takes up to 0.3


def test_merge_out_of_gamut_keeps_hue(rng):
    angle = rng.uniform(0, 2 * np.pi, 4000).astype(np.float32)
    ab = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * 90
    back = lab.rgb_to_lab(lab.merge(np.full(4000, 60, np.float32), ab))[:, 1:]
    kept = lab.chroma(back) > 5
    turned = np.abs((np.arctan2(back[:, 1], back[:, 0]) - angle + np.pi) % (2 * np.pi) - np.pi)[kept]
    assert np.degrees(np.percentile(turned, 99)) < 3


def test_merge_of_a_single_color():
    assert lab.lab_to_rgb(np.array([53.24, 80.09, 67.20])).tolist() == [255, 0, 0]


def test_grey_has_no_chroma():
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert lab.chroma(lab.rgb_to_lab(grey)[:, 1:]).max() < 1e-4
    assert np.array_equal(lab.merge(lab.rgb_to_lightness(grey[None])[0], np.zeros((256, 2))), grey)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_rgb_to_lightness_of_every_type(dtype, rng):
    unit = rng.random((20, 30, 3))
    pixels = (unit * np.iinfo(dtype).max).astype(dtype) if np.issubdtype(dtype, np.integer) else unit.astype(dtype)
    lightness = lab.rgb_to_lightness(pixels)
    assert lightness.dtype == np.float32 and lightness.shape == (20, 30)
    assert np.abs(lightness - lab.rgb_to_lab(pixels)[..., 0]).max() < 0.02
    gray = pixels[..., 0]
    assert np.abs(lab.rgb_to_lightness(gray) - lab.rgb_to_lab(np.stack([gray] * 3, -1))[..., 0]).max() < 0.02


def test_lightness_to_gray_undoes_rgb_to_lightness():
    gray = np.arange(256, dtype=np.uint8)[None]
    assert np.array_equal(lab.lightness_to_gray(lab.rgb_to_lightness(gray)), gray)


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.int32), np.zeros((4, 4, 2), np.uint8), np.zeros(4, bool)])
def test_rgb_to_lightness_refuses_what_is_no_image(pixels):
    with pytest.raises(lab.PixelTypeError, match="Received"):
        lab.rgb_to_lightness(pixels)
