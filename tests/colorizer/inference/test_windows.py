import numpy as np
import pytest
import skimage.data

from colorizer import images
from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.inference import windows
from colorizer.inference.colorizer import Colorizer
from tests.tiny import TinyColorizer

GRAY = skimage.data.camera()[::2, ::2]
RED, BLUE = (-0.1 * ((ab_bins() - ab) ** 2).sum(-1) for ab in ((50, 20), (10, -50)))


@pytest.fixture
def watched() -> Colorizer:
    """A colourizer whose network keeps what it sees in `seen`, and says red the first time, then blue, and so on."""
    tiny = TinyColorizer(side=64)
    tiny.seen = []

    def network(lightness):
        tiny.seen.append(lightness[0, ..., 0])
        _, height, width, _ = lightness.shape
        return np.broadcast_to(RED if len(tiny.seen) % 2 else BLUE, (1, height // 4, width // 4, len(ab_bins())))

    tiny._network = network
    return tiny


def panorama(aspect: int, upright: bool) -> np.ndarray:
    wide = np.tile(GRAY, (1, aspect))
    return wide.T if upright else wide


@pytest.mark.parametrize("upright", [False, True])
def test_a_panorama_is_not_squeezed(watched, upright):
    output, lightness = watched.run_network(panorama(8, upright))
    long, short = lightness.shape[::-1] if not upright else lightness.shape
    assert long / short == 8
    assert all(max(seen.shape) / min(seen.shape) == 2 for seen in watched.seen)
    expected = lab.rgb_to_lightness(images.resize(panorama(8, upright), lightness.shape))
    start = (slice(0, 320), slice(None)) if upright else (slice(None), slice(0, 320))
    assert np.array_equal(watched.seen[0], expected[start])
    assert output.shape == (lightness.shape[0] // 4, lightness.shape[1] // 4, len(ab_bins()))


def test_up_to_four_to_one_the_network_sees_the_whole(watched):
    watched.run_network(panorama(4, upright=False))
    assert len(watched.seen) == 1


def test_where_windows_disagree_one_colour_changes_slowly_into_the_other(watched):
    output, _ = watched.run_network(panorama(6, upright=False))
    shares = (output - BLUE)[0, :, 100] / (RED - BLUE)[100]
    assert shares[0] == pytest.approx(1) and shares.min() < 0.01
    assert np.abs(np.diff(shares)).max() < 0.06


def test_a_panorama_keeps_size_and_lightness(watched):
    image = panorama(7, upright=False)
    rgb = Colorizer.render(watched, image, Colorizer.predict(watched, image))
    assert rgb.shape == (*image.shape, 3)
    assert np.abs(lab.rgb_to_lightness(rgb) - lab.rgb_to_lightness(image)).mean() < 0.3


@pytest.mark.parametrize("aspect", [4.01, 6, 11.3, 24, 100])
@pytest.mark.parametrize("multiple", [8, 32])
def test_windows_cover_a_panorama_and_overlap(aspect, multiple):
    length, starts = windows.lay_out(aspect, (320, 160), multiple)
    assert starts[0] == 0 and starts[-1] == length - 320 and len(starts) <= windows.MAX_WINDOWS
    assert all(start % multiple == 0 for start in starts)
    assert max(np.diff(starts)) <= 320 * (1 - windows.OVERLAP) + multiple
    assert length / 160 == pytest.approx(min(aspect, 24), abs=0.51)


def test_windows_that_agree_are_joined_without_a_trace(rng):
    whole = rng.normal(size=(10, 100, 3)).astype(np.float32)
    starts = [0, 30, 60]
    joined = windows.join([windows.cut(whole, start, start + 40, 1) for start in starts], starts, 1)
    assert np.allclose(joined, whole, atol=1e-5)
