import numpy as np
import pytest

from colorizer import models
from colorizer.color.bins import BinsError, ab_bins, ab_bins_zhang, bins_of

TINY = {"width": 1 / 32}


def test_it_has_about_32_million_parameters():
    assert models.create_model("eccv16").count_params() == 32_240_377


def test_its_layers_are_as_wide_as_the_paper_says():
    model = models.create_model("eccv16")
    widths = [model.get_layer(f"conv{block}_1").filters for block in range(1, 9)]
    assert widths == [64, 128, 256, 512, 512, 512, 512, 256]
    dilated = [layer.name for layer in model.layers if getattr(layer, "dilation_rate", (1, 1)) == (2, 2)]
    assert dilated == [f"conv{block}_{i}" for block in (5, 6) for i in (1, 2, 3)]


def test_it_chooses_among_313_bins_at_a_quarter_of_the_size():
    model = models.create_model("eccv16", **TINY)
    assert model(np.zeros((2, 32, 40, 1), np.float32)).shape == (2, 8, 10, 313)


def test_the_313_bins_hold_the_261_that_a_colour_rounds_to():
    published = {tuple(ab) for ab in ab_bins_zhang().tolist()}
    assert len(published) == 313
    assert {tuple(ab) for ab in ab_bins().tolist()} < published
    # a few ends of rows in the published list
    assert {(-90, 50), (-60, -20), (0, -70), (0, 100), (60, -110), (100, 0)} < published
    assert not {(-90, 40), (-60, -30), (0, -80), (60, -120), (100, 10)} & published


def test_a_grid_of_another_size_is_refused():
    with pytest.raises(BinsError, match="Received 300"):
        bins_of(300)
