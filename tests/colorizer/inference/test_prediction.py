import numpy as np
import pytest

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.inference import decoding, rendering
from colorizer.inference.prediction import ConfidenceError, Prediction


def test_uncertainty_is_orange_where_colours_compete_and_grey_where_one_is_sure():
    logits = np.zeros((16, 16, len(ab_bins())), np.float16)
    logits[:, :8, 100] = 50
    ab = Prediction(logits).uncertainty().ab()
    assert lab.chroma(ab[:, :8]).max() < 3
    gray = np.full((64, 64), 128, np.uint8)
    shown = lab.rgb_to_lab(rendering.join(gray, rendering.coefficients(gray, ab)))[:, 48:, 1:]
    assert lab.chroma(shown).min() > 60 and (shown > 20).all()


def with_confidence(confidence: np.ndarray) -> Prediction:
    """A prediction whose confidence runs over the given values: a peak of a height that is found by interpolation."""
    heights = np.linspace(0, 40, 2000)
    logits = np.zeros((heights.size, len(ab_bins())), np.float32)
    logits[:, 100] = heights
    height = np.interp(confidence, decoding.confidence(logits), heights)
    output = np.zeros((*confidence.shape, len(ab_bins())), np.float16)
    output[..., 100] = height
    return Prediction(output)


@pytest.mark.parametrize(("low", "high"), [(0.15, 0.29), (0.36, 0.5)], ids=["an old photograph", "an easy one"])
def test_uncertainty_is_relative_to_the_range_of_the_photograph(low, high):
    confidence = np.tile(np.linspace(low, high, 40), (40, 1))
    chroma = lab.chroma(with_confidence(confidence).uncertainty().ab())[0]
    assert chroma[0] > 70 and chroma[-6:].max() < 2
    assert chroma[20] < 40 < chroma[5]


@pytest.mark.parametrize(("level", "orange"), [(0.6, False), (0.1, True)])
def test_uncertainty_of_a_photograph_without_differences_is_absolute(level, orange):
    confidence = np.tile(np.linspace(level, level + 0.01, 40), (40, 1))
    chroma = lab.chroma(with_confidence(confidence).uncertainty().ab())
    assert chroma.min() > 65 if orange else chroma.max() < 5


def test_a_model_that_predicts_ab_has_one_variant_and_no_confidence():
    prediction = Prediction(np.zeros((4, 4, 2), np.float16))
    assert prediction.variants(3) == [prediction]
    with pytest.raises(ConfidenceError):
        prediction.uncertainty()
