import numpy as np
import pytest

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.inference import rendering
from colorizer.inference.prediction import ConfidenceError, Prediction


def test_uncertainty_is_orange_where_colours_compete_and_grey_where_one_is_sure():
    logits = np.zeros((16, 16, len(ab_bins())), np.float16)
    logits[:, :8, 100] = 50
    ab = Prediction(logits).uncertainty().ab()
    assert lab.chroma(ab[:, :8]).max() < 3
    shown = lab.rgb_to_lab(rendering.join(np.full((64, 64), 128, np.uint8), ab))[:, 48:, 1:]
    assert lab.chroma(shown).min() > 60 and (shown > 20).all()


def test_a_model_that_predicts_ab_has_one_variant_and_no_confidence():
    prediction = Prediction(np.zeros((4, 4, 2), np.float16))
    assert prediction.variants(3) == [prediction]
    with pytest.raises(ConfidenceError):
        prediction.uncertainty()
