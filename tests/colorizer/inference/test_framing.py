from dataclasses import replace

import numpy as np
import pytest
import skimage.data

from colorizer import images
from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.imaging.borders.border import Border
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.hints.hint import Hint
from tests.tiny import TinyColorizer

PHOTO = skimage.data.camera()[::2, ::2][:200]
PAGE = np.pad(PHOTO, ((14, 22), (18, 10)), constant_values=225)
INSIDE = slice(14, 214), slice(18, 274)


@pytest.fixture
def purple() -> Colorizer:
    """A colourizer whose network says purple everywhere, and keeps what it sees in `seen`."""
    tiny = TinyColorizer(side=64)
    tiny.seen = []
    logits = -0.1 * ((ab_bins() - (30, -30)) ** 2).sum(-1).astype(np.float32)

    def network(lightness):
        tiny.seen.append(lightness[0, ..., 0])
        _, height, width, _ = lightness.shape
        return np.broadcast_to(logits, (1, height // 4, width // 4, len(logits)))

    tiny._network = network
    tiny.predict = lambda image: Colorizer.predict(tiny, image)
    return tiny


def chroma(rgb: np.ndarray) -> np.ndarray:
    return lab.chroma(lab.rgb_to_lab(rgb)[..., 1:])


def border_of(array: np.ndarray) -> np.ndarray:
    """The pixels of a page that are more than two pixels outside of the photograph."""
    outside = np.ones(array.shape[:2], bool)
    outside[12:216, 16:276] = False
    return array[outside]


@pytest.mark.parametrize("shade", [6, 225, 245])
def test_a_border_stays_as_it_is_and_the_photograph_is_coloured(purple, shade):
    page = np.pad(PHOTO, ((14, 22), (18, 10)), constant_values=shade)
    rgb = purple.colorize(page)
    assert (border_of(rgb) == shade).all()
    assert np.median(chroma(rgb[INSIDE])) > 20
    assert np.abs(lab.rgb_to_lightness(rgb) - lab.rgb_to_lightness(page)).mean() < 0.3


def test_the_network_does_not_see_the_border(purple):
    purple.colorize(PAGE)
    expected = lab.rgb_to_lightness(images.resize(PHOTO, purple.seen[0].shape))
    assert np.abs(purple.seen[0] - expected).mean() < 1


def test_a_photograph_without_a_border_is_coloured_as_a_whole(purple):
    prediction = purple.predict(PHOTO)
    assert prediction.border is None
    before = purple._render_inside(PHOTO, prediction, 1.0, None, 8)
    assert np.array_equal(purple.render(PHOTO, prediction), before)


def test_a_rotated_border_is_neutral_up_to_its_edge(purple):
    prediction = replace(purple.predict(PHOTO), border=Border(top=(0.2, 0.1), right=(0.05, 0.1)))
    colored = chroma(purple.render(PHOTO, prediction)) > 2
    rows, columns = np.mgrid[:200, :256]
    y, x = (rows + 0.5) / 200, (columns + 0.5) / 256
    inside = (y > 0.2 - 0.1 * x) & (1 - x > 0.05 + 0.05 * y)
    assert (colored == inside)[PHOTO > 10].mean() > 0.99
    assert not colored[~inside].any()


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_a_border_of_more_bits_keeps_its_lightness(purple, dtype):
    scale = 257 if dtype == np.uint16 else 1 / 255
    rgb = purple.colorize((PAGE.astype(np.float64) * scale).astype(dtype))
    assert np.abs(border_of(rgb).astype(int) - 225).max() <= 1


def test_copies_of_any_size_have_the_border(purple):
    prediction = purple.predict(PAGE)
    for height, width in ((16, 20), (59, 71), (472, 568)):
        rgb = purple.render(images.resize(PAGE, (height, width)), prediction)
        assert rgb.shape == (height, width, 3) and chroma(rgb[0]).max() < 1
    assert np.median(chroma(rgb[40:420, 40:540])) > 20


def test_the_paper_of_a_sepia_scan_becomes_neutral(purple):
    sepia = np.clip(PAGE[..., None] * (1.0, 0.92, 0.8), 0, 255).astype(np.uint8)
    rgb = purple.colorize(sepia)
    assert chroma(border_of(rgb)).max() < 1
    assert np.abs(lab.rgb_to_lightness(rgb) - lab.rgb_to_lightness(sepia)).mean() < 0.3


def test_uncertainty_and_variants_leave_the_border_alone(purple):
    prediction = purple.predict(PAGE)
    for other in (prediction.uncertainty(), *prediction.variants(3)):
        assert (border_of(purple.render(PAGE, other)) == 225).all()


def test_a_hint_is_for_the_place_in_the_whole_picture(purple):
    prediction = purple.predict(PAGE).with_hints([Hint(120, 100, (-30, 30), radius=8)])
    ab = lab.rgb_to_lab(purple.render(PAGE, prediction))[..., 1:]
    greenish = np.argwhere((ab[..., 1] > 5) & (ab[..., 0] < -5))
    assert greenish.mean(axis=0) == pytest.approx((100, 120), abs=2)


def test_a_hint_in_the_border_colours_the_border_and_only_it(purple):
    plain = purple.render(PAGE, purple.predict(PAGE))
    rgb = purple.render(PAGE, purple.predict(PAGE).with_hints([Hint(5, 100, (20, 20))]))
    assert chroma(rgb[90:110, 2:14]).min() > 8
    assert np.array_equal(rgb[INSIDE], plain[INSIDE])


def test_the_likeliest_colours_are_those_of_the_place_in_the_whole_picture(purple):
    prediction = purple.predict(PAGE)
    assert prediction.likeliest(5, 100) == []
    lightness = prediction.likeliest(18 + 64, 14 + 100, 1)[0].rgb
    assert abs(lab.rgb_to_lightness(np.uint8([[lightness]]))[0, 0] - lab.rgb_to_lightness(PHOTO)[100, 64]) < 8


@pytest.mark.parametrize(
    "page", [np.full((60, 80), 255), np.full((60, 80), 238), np.full((60, 80, 3), (244, 236, 216))]
)
def test_a_blank_page_comes_back_as_it_is(purple, page):
    page = page.astype(np.uint8)
    prediction = purple.predict(page)
    assert not purple.seen and prediction.is_untouched
    rgb = purple.render(page, prediction)
    assert (rgb == (page if page.ndim == 3 else page[..., None])).all()
    assert purple.mark(rgb, prediction) is None
    assert prediction.variants(3) == [prediction] and prediction.uncertainty() is prediction


def test_a_blank_page_with_a_hint_is_coloured(purple):
    page = np.full((64, 64), 220, np.uint8)
    prediction = purple.predict(page).with_hints([Hint(32, 32, (20, 20))])
    rgb = purple.render(page, prediction)
    assert chroma(rgb)[32, 32] > 10 and purple.mark(rgb, prediction) is not None


def test_paper_too_white_for_colour_is_not_marked_as_coloured(purple):
    page = np.full((64, 64), 255, np.uint8)
    page[::8] = 0
    prediction = purple.predict(page)
    rgb = purple.render(page, prediction)
    assert not prediction.blank and (rgb == page[..., None]).all()
    assert purple.mark(rgb, prediction) is None
    assert purple.mark(purple.render(page, prediction, 0), prediction, 0) is not None  # writing it asks for saturation
