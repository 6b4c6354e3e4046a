import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.color import lab
from colorizer.inference import own_colors
from tests.tiny import TinyColorizer

GRAY = skimage.data.camera()
STAMP = slice(40, 100), slice(380, 440)
BLUE = (40, 60, 150)


def sepia(gray: np.ndarray) -> np.ndarray:
    """A scan of a sepia print, as JPEG: its tone is strongest in the middle tones and uneven over the print."""
    lightness = lab.rgb_to_lightness(gray)
    b = 15 * (1 - ((lightness - 60) / 75) ** 2) + np.linspace(0, 3, gray.shape[1])
    return jpeg(lab.merge(lightness, np.stack([0.2 * b, b], axis=-1).astype(np.float32)))


def jpeg(rgb: np.ndarray) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=80)
    return np.array(Image.open(stream))


@pytest.fixture
def stamped() -> np.ndarray:
    scan = sepia(GRAY)
    scan[STAMP] = BLUE
    return jpeg(scan)


def ab(rgb: np.ndarray) -> np.ndarray:
    return lab.rgb_to_lab(rgb)[..., 1:]


def test_the_tone_of_a_sepia_print_is_no_colour_to_keep():
    assert not own_colors.has_own_colors(sepia(GRAY))
    assert not own_colors.has_own_colors(GRAY)
    assert not own_colors.has_own_colors(np.repeat(GRAY[..., None], 3, axis=-1))


def test_a_stamp_a_line_of_ink_and_a_colour_photograph_have_colours(stamped):
    assert own_colors.has_own_colors(stamped)
    assert own_colors.has_own_colors(skimage.data.astronaut())
    inked = sepia(GRAY)
    inked[60:64, 300:480] = BLUE
    assert own_colors.has_own_colors(jpeg(inked))


def test_kept_colours_are_the_scans_and_the_rest_is_coloured(stamped):
    tiny = TinyColorizer(side=64)
    prediction = tiny.predict(stamped)
    plain, kept = (tiny.render(stamped, prediction, keep_colors=keep) for keep in (False, True))
    stamp = slice(46, 94), slice(386, 434)
    assert np.abs(ab(kept[stamp]) - ab(stamped[stamp])).mean() < 1.5
    assert np.abs(ab(plain[stamp]) - ab(stamped[stamp])).mean() > 20
    assert np.array_equal(kept[200:], plain[200:])
    assert np.abs(lab.rgb_to_lightness(kept) - lab.rgb_to_lightness(stamped)).mean() < 0.3


def test_a_scan_without_colours_is_the_same_with_the_switch():
    tiny = TinyColorizer(side=64)
    for scan in (GRAY, sepia(GRAY)):
        assert np.array_equal(tiny.colorize(scan, keep_colors=True), tiny.colorize(scan))


def test_sixteen_bits_stay(stamped):
    tiny = TinyColorizer(side=64)
    rgb = tiny.render(stamped, tiny.predict(stamped), depth=16, keep_colors=True)
    assert rgb.dtype == np.uint16 and np.abs(ab(rgb[50:90, 390:430]) - ab(stamped[50:90, 390:430])).mean() < 1.5
