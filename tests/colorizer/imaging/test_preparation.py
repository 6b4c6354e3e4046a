import itertools

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.imaging.metadata import Metadata
from colorizer.imaging.preparation import (
    AS_IT_IS,
    WHOLE,
    CropError,
    Preparation,
    PreparationError,
    StraightenError,
    TurnError,
    apply,
    find_in_scan,
    prepare,
    prepare_pixels,
)
from colorizer.imaging.reading import Photo

PIXELS = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)


@pytest.mark.parametrize(
    "preparation, expected",
    [
        (Preparation(), [[1, 2, 3], [4, 5, 6]]),
        (Preparation(turn=90), [[4, 1], [5, 2], [6, 3]]),
        (Preparation(turn=180), [[6, 5, 4], [3, 2, 1]]),
        (Preparation(turn=270), [[3, 6], [2, 5], [1, 4]]),
        (Preparation(crop=(1 / 3, 0, 1, 0.5)), [[2, 3]]),
        (Preparation(turn=90, crop=(1 / 3, 0, 1, 1)), [[5, 2], [6, 3]]),
        (Preparation(negative=True), [[254, 253, 252], [251, 250, 249]]),
    ],
)
def test_turn_crop_and_inversion_are_exact(preparation, expected):
    before = PIXELS.copy()
    assert prepare_pixels(PIXELS, preparation).tolist() == expected
    assert (before == PIXELS).all()


def test_all_bits_and_all_channels_stay():
    deep = PIXELS.astype(np.uint16) * 257
    assert prepare_pixels(deep, Preparation(negative=True))[0].tolist() == [65535 - 257, 65535 - 514, 65535 - 771]
    colors = np.stack([PIXELS, PIXELS + 10, PIXELS + 20], axis=-1)
    assert prepare_pixels(colors, Preparation(turn=90)).tolist()[0] == [[4, 14, 24], [1, 11, 21]]
    assert prepare_pixels(colors, Preparation(negative=True)).shape == (2, 3)  # a negative's colours are exchanged, too


def _scene(height, width):
    """Smooth, and different in every place."""
    y, x = np.mgrid[:height, :width]
    return np.rint(40 + 170 * x / width + 30 * np.sin(y / 9)).astype(np.uint8)


@pytest.mark.parametrize("degrees", [-15, -4.3, 0.1, 7, 15])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_straightened_picture_has_no_empty_corner_and_keeps_its_proportions(degrees, dtype):
    white = np.full((120, 200), np.iinfo(dtype).max, dtype)
    straight = prepare_pixels(white, Preparation(straighten=degrees))
    assert (straight == np.iinfo(dtype).max).all()
    height, width = straight.shape
    assert abs(width / height - 200 / 120) < 0.03
    assert width > 200 * (0.6 if abs(degrees) > 10 else 0.8)


def test_what_was_scanned_askew_is_level_again():
    """A line that falls by 5 degrees towards the right is level once the picture is turned back, anticlockwise."""
    y, x = np.mgrid[:200, :300]
    below = np.clip(y - 100 - np.tan(np.radians(5)) * (x - 150), -2, 2)  # soft, as in a scan
    straight = prepare_pixels(np.rint(115 + 40 * below).astype(np.uint8), Preparation(straighten=-5))
    edges = (straight > 115).argmax(axis=0)
    assert np.ptp(edges) <= 1


def test_places_are_where_their_pixels_are():
    """Each place of the result shows what its place in the upright picture shows, and the way back is the same."""
    pixels = _scene(150, 220)
    for turn, degrees, crop in itertools.product((0, 90, 180, 270), (0, -3.7, 12), (WHOLE, (0.1, 0.2, 0.8, 0.95))):
        preparation = Preparation(turn, degrees, crop)
        frame, result = preparation.frame(pixels.shape), prepare_pixels(pixels, preparation)
        assert frame.shape == result.shape
        for y, x in itertools.product(range(2, result.shape[0] - 2, 17), range(2, result.shape[1] - 2, 17)):
            at = frame.to_upright(x, y)
            assert frame.to_prepared(*at) == pytest.approx((x, y), abs=1e-4)
            shown = pixels[round(at[1]), round(at[0])].astype(int)
            assert abs(shown - result[y, x]) <= (4 if degrees else 0), preparation


def test_a_place_that_was_cropped_away_has_none():
    frame = Preparation(crop=(0.5, 0, 1, 1)).frame((100, 200))
    assert frame.to_prepared(30, 50) is None
    assert frame.to_prepared(130, 50) == (30, 50)


def test_tiles_leave_no_seam(monkeypatch):
    pixels, preparation = _scene(170, 230), Preparation(straighten=2.5)
    whole = prepare_pixels(pixels, preparation)
    monkeypatch.setattr(apply, "TILE", 32)
    assert (prepare_pixels(pixels, preparation) == whole).all()


def test_margins_are_those_of_the_turned_picture():
    for turn in (0, 90, 180, 270):
        preparation = Preparation.with_margins(turn, 0, (0.25, 0, 0, 0.1))
        assert preparation.margins == (0.25, 0, 0, 0.1)
        result = prepare_pixels(np.rot90(_scene(40, 80), turn // 90), preparation)
        assert (result == _scene(40, 80)[:36, 20:]).all()
    assert Preparation.with_margins(90, 0, (0, 0, 0, 0)) == Preparation(90)


def test_a_photograph_keeps_its_alpha_and_its_resolution():
    alpha = np.arange(600, dtype=np.uint16).reshape(20, 30)
    photo = Photo(_scene(20, 30), "TIFF", Metadata(dpi=(300, 600)), alpha=alpha)
    turned = prepare(photo, Preparation(turn=90, negative=True))
    assert (turned.alpha == np.rot90(alpha, -1)).all()
    assert turned.metadata.dpi == (600, 300)
    assert (turned.height, turned.width, photo.height, photo.width) == (30, 20, 20, 30)
    assert prepare(photo, AS_IT_IS) is photo


@pytest.mark.parametrize(
    "make, error, says",
    [
        (lambda: Preparation(turn=45), TurnError, "Received 45"),
        (lambda: Preparation(straighten=15.1), StraightenError, "turn it by quarters first"),
        (lambda: Preparation(straighten=float("nan")), StraightenError, "nan"),
        (lambda: Preparation(crop=(0.5, 0, 0.5, 1)), CropError, "left edge before its right"),
        (lambda: Preparation(crop=(0, 0, 0.1, 1)).check((100, 100)), CropError, "leaves 10 x 100"),
        (lambda: Preparation(0, 15, (0, 0, 0.01, 0.01)).frame((100, 400)), CropError, "empty corner"),
        (lambda: Preparation.from_json({"crop": [0, 0, 300, 10]}, (100, 200)), CropError, "right <= 200"),
        (lambda: Preparation.from_json({"crop": [0, 0, 30]}, (100, 200)), CropError, "four numbers"),
        (lambda: Preparation.from_json({"crop": 5}, (100, 200)), CropError, "four numbers"),
        (lambda: Preparation.from_json({"turn": "90"}, (100, 200)), PreparationError, "must be numbers"),
        (lambda: Preparation.from_json({"negative": 1}, (100, 200)), PreparationError, "true or false"),
    ],
)
def test_what_cannot_be_done_is_refused(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_json_and_words():
    preparation = Preparation(90, -1.5, (0.1, 0, 0.75, 1), True)
    content = preparation.to_json((100, 200))
    assert content == {"turn": 90, "straighten": -1.5, "crop": [20, 0, 150, 100], "negative": True}
    assert Preparation.from_json(content, (100, 200)) == preparation
    assert Preparation.from_json({}, (100, 200)) == AS_IT_IS and AS_IT_IS.in_words((100, 200)) == ""
    assert Preparation(180, crop=(0.1, 0, 0.75, 1), negative=True).in_words((100, 200)) == (
        "cropped to 130 x 100 pixels around 85.0,50.0, turned by 180 degrees clockwise, inverted, being a negative"
    )


@pytest.mark.parametrize("degrees", [0, -2, 5, 11])
@pytest.mark.parametrize("tone", [12, 235])
def test_a_photograph_is_found_in_a_scan_that_lies_askew(degrees, tone):
    photo = Image.fromarray(skimage.data.camera()).resize((400, 320))
    scan = Image.new("L", (520, 440), tone)
    scan.paste(photo, (70, 50))
    scan = scan.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=tone)
    noise = np.random.default_rng(0).normal(0, 2, (440, 520))
    pixels = np.clip(np.asarray(scan) + noise, 0, 255).astype(np.uint8)
    found = find_in_scan(pixels)
    assert found.straighten == pytest.approx(-degrees, abs=0.2)
    height, width = prepare_pixels(pixels, found).shape
    assert 0.97 * 400 < width <= 400 and 0.97 * 320 < height <= 320


def test_where_a_scan_has_no_border_none_is_found():
    assert find_in_scan(skimage.data.camera()) is None
    assert find_in_scan(skimage.data.astronaut()) is None
