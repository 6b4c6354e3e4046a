"""ImageNet weights: by Keras' own download from a server on the loopback, and what becomes of them."""

import hashlib
import importlib
import inspect
import re
from dataclasses import replace

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format  # the format of the files that Keras gives out

from colorizer import models
from colorizer.models.extractors import DISTILLED
from colorizer.training import cifar, distillation, pretrained
from tests.web_server import web_server

CONTENT = b"weights" * 1000


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server that gives out `CONTENT` as VGG16, and an empty folder for what Keras fetches."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras").mkdir()
    with web_server() as web:
        web.kind, web.files = "application/octet-stream", {"/vgg16.h5": CONTENT}
        offer(monkeypatch, "vgg16", f"{web.address}/vgg16.h5", hashlib.md5(CONTENT).hexdigest())
        yield web


def offer(monkeypatch, network: str, url: str, md5: str | None) -> None:
    monkeypatch.setitem(pretrained.FILES, network, replace(pretrained.FILES[network], url=url, md5=md5))


def test_weights_are_fetched_once(server):
    path = pretrained.fetch("vgg16")
    assert path == pretrained.keras_folder() / "vgg16.h5" and path.read_bytes() == CONTENT
    assert pretrained.fetch("vgg16") == path and len(server.asked) == 1


def test_a_file_that_broke_off_is_refused_and_not_kept(server):
    server.breaks_off_after = [100]
    with pytest.raises(pretrained.DownloadError, match=r"vgg16\.h5 \(59 MB\)"):
        pretrained.fetch("vgg16")
    assert not list(pretrained.keras_folder().iterdir())
    assert pretrained.fetch("vgg16").read_bytes() == CONTENT


def test_a_file_that_is_another_is_refused_and_not_kept(server):
    server.files["/vgg16.h5"] = b"something else"
    with pytest.raises(pretrained.DownloadError, match="hash does not match"):
        pretrained.fetch("vgg16")
    assert not list(pretrained.keras_folder().iterdir())


def test_offline_the_file_is_named_and_the_place_for_it(server, monkeypatch):
    offer(monkeypatch, "vgg16", "http://127.0.0.1:9/vgg16.h5", None)
    place = re.escape(str(pretrained.keras_folder()))
    with pytest.raises(pretrained.DownloadError, match=rf"http://127\.0\.0\.1:9/vgg16\.h5.*{place}.*--encoder FILE"):
        pretrained.fetch("vgg16")


@pytest.mark.parametrize("network", ["vgg16", "inception_resnet_v2"])
def test_the_files_are_those_that_keras_itself_would_fetch(network):
    source = inspect.getsource(importlib.import_module(f"keras.src.applications.{network}"))
    file = pretrained.FILES[network]
    assert file.name in source and file.md5 in source


def test_fetched_weights_become_the_extractor(server, monkeypatch, tmp_path):
    source = keras.applications.MobileNetV2(weights=None, classifier_activation=None)
    file = tmp_path / "mobilenet_v2.h5"
    with h5py.File(file, "w") as group:
        legacy_h5_format.save_weights_to_hdf5_group(group, source)
    server.files["/mobilenet_v2.h5"] = file.read_bytes()
    offer(monkeypatch, "mobilenet_v2", f"{server.address}/mobilenet_v2.h5", None)
    model = models.create_model("koalarization")
    name = models.network("koalarization").encoder.application(model)
    models.load_encoder("koalarization", model, pretrained.fetch(name))
    loaded = models.parts_of(model)[0].get_layer("mobilenet_v2")
    for expected, got in zip(source.get_weights(), loaded.get_weights(), strict=True):
        assert np.array_equal(expected, got)


def test_an_extractor_that_one_training_adapted_serves_another(tmp_path):
    first, second = (models.create_model("global_local", extractor="mobilenet_v2") for _ in range(2))
    extractor = models.parts_of(first)[0]
    extractor.save_weights(tmp_path / DISTILLED)
    models.load_encoder("global_local", second, tmp_path / DISTILLED)
    for expected, got in zip(extractor.get_weights(), models.parts_of(second)[0].get_weights(), strict=True):
        assert np.array_equal(expected, got)


def test_a_file_of_another_network_is_refused(tmp_path):
    (tmp_path / "vgg16.h5").write_bytes(CONTENT)
    model = models.create_model("koalarization")
    with pytest.raises(models.EncoderError, match="ImageNet weights of mobilenet_v2"):
        models.load_encoder("koalarization", model, tmp_path / "vgg16.h5")


@pytest.mark.slow
def test_inception_resnet_v2_gives_a_thousand_numbers_of_a_picture():
    model = models.create_model("koalarization", extractor="inception_resnet_v2")
    extractor, network = models.parts_of(model)
    vector = extractor(np.full((1, 299, 299, 1), 50, np.float32))
    assert vector.shape == (1, 1000)
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 6_541_202
    assert network([np.zeros((1, 32, 32, 1), np.float32), np.array(vector)]).shape == (1, 32, 32, 2)


def test_cifar_100_becomes_a_folder_of_pictures(monkeypatch, tmp_path, rng):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    pictures = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    monkeypatch.setattr(keras.datasets.cifar100, "load_data", lambda: ((pictures, None), (pictures[:1], None)))
    folder = cifar.folder(lambda line: None)
    assert sorted(path.name for path in folder.iterdir()) == [
        "cifar_test_00000.png",
        "cifar_train_00000.png",
        "cifar_train_00001.png",
        "cifar_train_00002.png",
    ]
    monkeypatch.setattr(keras.datasets.cifar100, "load_data", None)
    assert cifar.folder() == folder


def test_cifar_100_that_cannot_be_fetched_is_said_in_words(monkeypatch, tmp_path):
    def fail():
        raise Exception("URL fetch failure")

    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setattr(keras.datasets.cifar100, "load_data", fail)
    with pytest.raises(pretrained.DownloadError, match="--data DIR"):
        cifar.folder(lambda line: None)


# --- distillation


def test_a_pupil_is_taught_to_say_of_grey_what_its_teacher_says_of_colour(photo_folder):
    keras.utils.set_random_seed(0)
    extractor = tiny_extractor()
    before = extractor.get_weights()
    said = []
    distillation.adapt(extractor, sorted(photo_folder.iterdir()), 8, 1 / 60, report=said.append)
    assert any(not np.array_equal(old, new) for old, new in zip(before, extractor.get_weights(), strict=True))
    assert not extractor.trainable_weights
    assert re.search(r"[1-9]\d* steps", said[0])


def test_likeness_is_0_for_the_same_answer_and_grows():
    answer = np.array([[1.0, 2.0, 3.0]])
    assert float(distillation.likeness(answer, answer)[0]) == pytest.approx(0, abs=1e-6)
    assert float(distillation.likeness(answer, answer[:, ::-1])[0]) > 0.1


def tiny_extractor() -> keras.Model:
    rgb = keras.Input((8, 8, 3))
    logits = keras.layers.Dense(5)(keras.layers.Flatten()(rgb))
    lightness = keras.Input((8, 8, 1))
    norm = keras.layers.Rescaling(1 / 50, -1.0)(keras.layers.Concatenate()([lightness] * 3))
    return keras.Model(lightness, keras.Model(rgb, logits, name="classifier")(norm), name="extractor")
