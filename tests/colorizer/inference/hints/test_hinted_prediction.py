from dataclasses import replace

import numpy as np
import pytest
import skimage.data

from colorizer.color import lab
from colorizer.inference.hints.hint import Hint, OutsideError
from colorizer.inference.prediction import Prediction, UnknownPhotographError
from tests.tiny import TinyColorizer, UndecidedColorizer

TINY = TinyColorizer(side=64)
PHOTO = skimage.data.camera()[::4, ::4]  # 128 x 128: a dark coat before a light sky


def rendered_ab(prediction, photo=PHOTO):
    return lab.rgb_to_lab(TINY.render(photo, prediction))[..., 1:]


@pytest.fixture
def prediction():
    return TINY.predict(PHOTO)


@pytest.mark.parametrize("hint", [Hint(40, 60, (30, -30)), Hint(90, 90, (0, 0)), Hint(60, 20, (10, 40), radius=6)])
def test_the_hinted_place_shows_the_hinted_colour(prediction, hint):
    shown = rendered_ab(prediction.with_hints([hint]))[int(hint.y), int(hint.x)]
    wanted = lab.merge(lab.rgb_to_lightness(PHOTO)[int(hint.y), int(hint.x)], np.float32(hint.ab))
    assert np.hypot(*(shown - lab.rgb_to_lab(wanted)[1:])) < 4


def test_hints_change_neither_size_nor_lightness(prediction):
    photo = np.repeat(np.repeat(PHOTO, 3, axis=0), 2, axis=1)
    prediction = TINY.predict(photo).with_hints([Hint(80, 180, (40, 40))])
    rgb = TINY.render(photo, prediction)
    assert rgb.shape == (384, 256, 3)
    assert np.abs(lab.rgb_to_lightness(rgb) - lab.rgb_to_lightness(photo)).max() < 1


def test_a_hint_for_an_object_stays_near_and_one_for_everything_alike_goes_far():
    photo = np.full((64, 192), 90, np.uint8)
    photo[:, 64:128] = 200
    prediction = TINY.predict(photo)
    before = rendered_ab(prediction, photo)
    near, far = (
        np.abs(rendered_ab(prediction.with_hints([Hint(30, 30, (-30, 40), reach=reach)]), photo) - before).mean(axis=-1)
        for reach in ("object", "alike")
    )
    assert near[30, 25] > 15 and near[30, 160] < 2 and near[:, 70:122].mean() < 2
    assert far[30, 160] > 15 and far[:, 70:122].mean() < 2


def test_a_spot_changes_nothing_outside_its_radius(prediction):
    before, after = rendered_ab(prediction), rendered_ab(prediction.with_hints([Hint(64, 64, (50, 50), radius=8)]))
    y, x = np.mgrid[:128, :128]
    outside = np.hypot(y - 64, x - 64) > 16
    assert np.abs(after - before)[outside].max() < 1.5


def test_hints_are_deterministic_and_replace_those_before(prediction):
    hints = [Hint(40, 60, (30, -40)), Hint(60, 20, (10, 40), radius=6), Hint(100, 100, (0, 20), reach="alike")]
    first = TINY.render(PHOTO, prediction.with_hints(hints))
    again = TINY.render(PHOTO, prediction.with_hints([Hint(1, 1, (9, 9))]).with_hints(hints))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(
        TINY.render(PHOTO, prediction.with_hints(hints).with_hints([])), TINY.render(PHOTO, prediction)
    )


def test_two_hints_at_one_place_are_averaged(prediction):
    shown = rendered_ab(prediction.with_hints([Hint(40, 60, (20, 0)), Hint(40, 60, (0, 20))]))[60, 40]
    assert np.hypot(*(shown - (10, 10))) < 3


def test_variants_keep_the_hints():
    prediction = UndecidedColorizer().predict(PHOTO).with_hints([Hint(40, 60, (-30, 30))])
    assert [variant.hints for variant in prediction.variants(2)] == [prediction.hints] * 2


def test_a_prediction_without_a_photograph_takes_no_hints():
    prediction = Prediction(np.zeros((4, 4, 261), np.float16))
    for ask in (lambda: prediction.with_hints([]), lambda: prediction.likeliest(1, 1)):
        with pytest.raises(UnknownPhotographError):
            ask()


def test_places_outside_the_photograph_are_refused(prediction):
    with pytest.raises(OutsideError):
        prediction.with_hints([Hint(128, 0, (0, 0))])
    with pytest.raises(OutsideError):
        prediction.likeliest(0, 128)


def test_likeliest_colours_are_distinct_the_likeliest_first_and_can_be_shown():
    photo = np.full((64, 64), 120, np.uint8)
    swatches = UndecidedColorizer().predict(photo).likeliest(10, 10, 6)
    assert len(swatches) == 6
    assert (
        np.hypot(*(np.array(swatches[0].ab) - (50, 20))) < 6 and np.hypot(*(np.array(swatches[1].ab) - (10, -50))) < 6
    )
    assert swatches[0].probability > swatches[1].probability > swatches[2].probability
    colors = np.array([swatch.ab for swatch in swatches])
    apart = np.linalg.norm(colors[:, None] - colors, axis=-1) + 99 * np.eye(6)
    assert apart.min() > 10
    for swatch in swatches:
        assert lab.rgb_to_lightness(np.uint8([[swatch.rgb]]))[0, 0] == pytest.approx(50, abs=1)
        assert swatch.hex == "#{:02x}{:02x}{:02x}".format(*swatch.rgb)


@pytest.mark.parametrize("gray", [20, 60, 128, 200, 245])
def test_at_least_five_colours_are_offered_at_most_lightnesses(gray):
    assert len(TINY.predict(np.full((32, 32), gray, np.uint8)).likeliest(3, 3, 8)) >= 5


def test_at_black_only_black_is_offered_and_a_model_of_ab_offers_its_colour():
    prediction = TINY.predict(np.zeros((32, 32), np.uint8))
    assert len(prediction.likeliest(3, 3)) == 1
    ab = replace(prediction, output=np.full((8, 8, 2), 20, np.float16), lightness=np.full((32, 32), 50, np.float16))
    (swatch,) = ab.likeliest(3, 3)
    assert swatch.ab == pytest.approx((20, 20), abs=1) and swatch.probability == 1


def test_the_view_of_uncertainty_is_without_hints():
    prediction = UndecidedColorizer().predict(PHOTO)
    hinted = prediction.with_hints([Hint(40, 60, (-30, 30))])
    np.testing.assert_array_equal(
        TINY.render(PHOTO, hinted.uncertainty()), TINY.render(PHOTO, prediction.uncertainty())
    )
