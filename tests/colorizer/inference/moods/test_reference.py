from dataclasses import replace

import numpy as np
import pytest

from colorizer import images
from colorizer.color import lab
from colorizer.inference.moods import reference
from colorizer.inference.moods.reference import GrayReferenceError
from colorizer.inference.prediction import NoDistributionError, Prediction, WarmthError
from tests.tiny import TinyColorizer


class UnsureColorizer(TinyColorizer):
    """Colours like its base class, and holds other colours for possible as real networks do."""

    def predict(self, image):
        prediction = super().predict(image)
        return replace(prediction, output=(prediction.output / 30).astype(np.float16))


TINY = UnsureColorizer(side=64)


def halves(left, right):
    rgb = np.empty((64, 64, 3), np.uint8)
    rgb[:, :32], rgb[:, 32:] = left, right
    return rgb


@pytest.fixture
def photo():
    return np.where(np.arange(64) < 32, 60, 200).astype(np.uint8) * np.ones((64, 1), np.uint8)


def test_alike_places_take_the_colours_of_the_reference_and_others_keep_theirs(photo):
    green = lab.lab_to_rgb(np.float32([lab.rgb_to_lightness(photo[:1, :1])[0, 0], -40, 30]))
    lender = TINY.reference(halves(green, green))  # as dark as the left half, and nothing as light as the right one
    prediction = TINY.predict(photo)
    before, after = (p.ab(0.6) for p in (prediction, prediction.like(lender)))
    assert (after[:, 4:28, 0] < before[:, 4:28, 0] - 10).all()
    assert np.abs(after - before)[:, 36:60].max() < 1
    np.testing.assert_allclose(prediction.like(lender, strength=0).ab(), prediction.ab(), atol=0.2)


def test_a_reference_is_deterministic_and_stands_in_the_mark(photo):
    lender = TINY.reference(halves((30, 90, 40), (190, 200, 120)))
    one, two = (TINY.predict(photo).like(lender) for _ in range(2))
    np.testing.assert_array_equal(one.output, two.output)
    assert one.style_in_words == "palette of a reference photograph"
    rgb = TINY.render(photo, one.in_light(0.5))
    assert TINY.mark(rgb, one.in_light(0.5)).style == "palette of a reference photograph, warmth 0.5"


@pytest.mark.parametrize("pixels", [np.full((32, 32), 90, np.uint8), np.full((32, 32, 3), 90, np.uint8)])
def test_a_reference_without_colour_is_refused(pixels):
    with pytest.raises(GrayReferenceError):
        TINY.reference(pixels)


def test_a_model_that_predicts_ab_takes_no_reference(photo):
    lender = TINY.reference(halves((30, 90, 40), (190, 200, 120)))
    with pytest.raises(NoDistributionError):
        Prediction(np.zeros((4, 4, 2), np.float16)).like(lender)


def test_warmth_moves_colour_and_not_lightness(photo):
    prediction = TINY.predict(photo)
    cool, plain, warm = (TINY.render(photo, prediction.in_light(warmth), 0.2) for warmth in (-0.5, 0, 0.5))
    np.testing.assert_array_equal(plain, TINY.render(photo, prediction, 0.2))
    blueness = [lab.rgb_to_lab(rgb)[..., 2].mean() for rgb in (cool, plain, warm)]
    assert blueness[0] < blueness[1] - 3 < blueness[2] - 6
    assert np.abs(lab.rgb_to_lightness(warm) - lab.rgb_to_lightness(images.to_gray(plain))).max() < 1
    with pytest.raises(WarmthError, match="from -1 to 1"):
        prediction.in_light(1.5)


def test_what_is_common_to_the_whole_reference_is_a_tint_and_counts_for_less(photo, monkeypatch):
    lender = TINY.reference(halves((150, 110, 60), (240, 190, 130)))  # one cast over everything
    prediction = TINY.predict(photo)

    def tint():
        return lab.chroma((prediction.like(lender).ab(0.6) - prediction.ab(0.6)).mean(axis=(0, 1)))

    now = tint()
    monkeypatch.setattr(reference, "COMMON", 0.0)
    assert 0 < now < 0.7 * tint()
