"""What a network's extractor sees in use is what it saw in training."""

import keras
import numpy as np
import pytest
from PIL import Image

from colorizer import images, models
from colorizer.inference.colorizer import Colorizer
from colorizer.models import color_space_head, extractors
from colorizer.training import feature_cache

SIDE = 48


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """Its output says, at every place, the vector: the square copy at two of its places."""
    square = keras.Input((SIDE, SIDE, 1))
    extractor = keras.Model(square, keras.layers.Flatten()(square)[:, SIDE * 20 + 7 : SIDE * 20 + 9])
    lightness, vector = keras.Input((None, None, 1)), keras.Input((2,))
    colors = keras.layers.Conv2D(2, 1, kernel_initializer="zeros")(lightness) + vector[:, None, None]
    return extractors.join(extractor, keras.Model([lightness, vector], colors), "tiny")


@pytest.fixture(params=["colour", "grey"])
def photograph(request, tmp_path, rng):
    """Full of detail, so that a copy of a small copy looks different from a copy of the photograph."""
    rgb = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    path = tmp_path / "photograph.png"
    Image.fromarray(rgb if request.param == "colour" else rgb[..., 0]).save(path)
    return path


def test_the_vector_in_use_is_the_one_of_the_training(model, photograph, tmp_path):
    trained = feature_cache.embed(model.parts().extractor, [photograph], tmp_path / "cache", SIDE)[photograph]
    colorizer = Colorizer("koalarization", model, "0" * 64, working_size=32)
    output, _ = colorizer.run_network(images.read(photograph).pixels)
    assert output[0, 0] == pytest.approx(trained, abs=0.05), "kept in half precision"
    assert output[0, 0] == pytest.approx(output[-1, -1])


def test_a_model_of_another_space_is_fed_in_the_same_way(model):
    whole = color_space_head.with_ab(model, "luv")
    extractor, network = models.parts_of(whole)
    assert extractor is model.parts().extractor
    lightness, vector = np.full((1, 8, 8, 1), 50, np.float32), np.array([[20, -10]], np.float32)
    channels = model.parts().trained([lightness, vector])
    expected = color_space_head.ToAb("luv")([lightness, channels])
    assert np.allclose(network([lightness, vector]), expected)
    assert [type(layer).__name__ for layer in whole.layers] == ["InputLayer", "Functional", "ToAb"], "as files have it"
