import subprocess
import sys

import keras
import numpy as np
import pytest

from colorizer import models
from colorizer.color.bins import ab_bins
from colorizer.models.networks.resnet50_unet import AttentionBlock

TINY = {
    "stage_units": (1, 1, 1),
    "stage_widths": (4, 4, 8),
    "context_filters": 16,
    "decoder_filters": (16, 8, 8),
    "classifier": False,
}


def test_default_model_is_registered():
    assert models.DEFAULT_MODEL in models.list_models()


def test_unknown_model_lists_the_known_ones():
    with pytest.raises(models.UnknownModelError, match=r"resnet50_unet.*Received 'vgg'"):
        models.create_model("vgg")


def test_listing_models_does_not_import_a_backend():
    code = "import colorizer, sys; colorizer.list_models(); assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", models.list_models())
def test_every_model_has_a_card(name):
    info = models.model_info(name)
    assert info.title and info.description and info.source
    assert info.working_size % info.size_multiple == 0


def test_resnet50_unet_output_shape():
    model = models.create_model("resnet50_unet", **TINY)
    assert model(np.zeros((2, 64, 96, 1), np.float32)).shape == (2, 16, 24, len(ab_bins()))


def test_a_fresh_attention_block_changes_nothing_and_a_trained_one_sees_everything(rng):
    block = AttentionBlock(num_heads=2)
    x = rng.normal(size=(1, 4, 5, 8)).astype(np.float32)
    assert np.allclose(block(x), x, atol=1e-6)
    block.merge_heads.kernel.assign(rng.normal(size=(8, 8)))
    changed = x.copy()
    changed[0, 0, 0] += rng.normal(size=8)
    assert np.abs(np.array(block(changed)) - np.array(block(x)))[0, 3, 4].max() > 1e-4


def test_a_fresh_correction_changes_nothing_and_a_trained_one_adds_to_the_logits_around(rng):
    keras.utils.set_random_seed(3)
    plain = models.create_model("resnet50_unet", **TINY)
    corrected = models.create_model("resnet50_unet", **TINY, correction_filters=8, recognizer=True)
    for layer in plain.layers:
        corrected.get_layer(layer.name).set_weights(layer.get_weights())
    lightness = rng.uniform(0, 100, (1, 64, 96, 1)).astype(np.float32)
    before = np.array(plain(lightness))
    assert np.array_equal(corrected(lightness), before)
    last = corrected.get_layer("correction_logits")
    last.bias.assign(np.arange(len(ab_bins())))
    assert np.array(corrected(lightness)) - before == pytest.approx(np.broadcast_to(last.bias, before.shape), abs=1e-3)


def test_resnet50_unet_has_the_parameters_its_card_names():
    assert models.create_model("resnet50_unet").count_params() == 23_258_897


@pytest.fixture(scope="module")
def network():
    return models.create_model("resnet50_unet")


def archive(path, layers, rng):
    """An archive of random weights for layers."""
    arrays = {f"{layer.name}/{w.name}": rng.random(w.shape, np.float32) for layer in layers for w in layer.weights}
    np.savez(path, **arrays)
    return arrays


def test_encoder_archives_are_loaded_and_frozen(network, tmp_path, rng):
    resnet, classifier = tmp_path / "resnet.npz", tmp_path / "mobilenet.npz"
    layers = [layer for layer in network.layers if layer.name.startswith(("conv0", "batchnorm", "stage"))]
    arrays = archive(resnet, layers, rng)
    others = archive(classifier, network.get_layer("mobilenet_v2").layers, rng)
    models.load_encoder("resnet50_unet", network, classifier, resnet, frozen_stages=2)
    kernel = network.get_layer("stage3_conv18")
    assert np.array_equal(keras.ops.convert_to_numpy(kernel.kernel), arrays["stage3_conv18/kernel"])
    assert kernel.trainable and not network.get_layer("stage2_conv1").trainable
    assert not network.get_layer("conv0").trainable
    first = network.get_layer("mobilenet_v2").get_layer("Conv1")
    assert np.array_equal(keras.ops.convert_to_numpy(first.kernel), others["Conv1/kernel"])
    assert not network.get_layer("mobilenet_v2").trainable_variables


def test_the_classifier_is_trained_without_its_normalisation_where_asked_for(network):
    classifier = network.get_layer("mobilenet_v2")
    models.train_classifier("resnet50_unet", network)
    learning = {variable.path.split("/")[-1] for variable in classifier.trainable_variables}
    classifier.trainable = False
    assert learning == {"kernel"}
    with pytest.raises(models.EncoderError, match="Received 'two_layer'"):
        models.train_classifier("two_layer", models.create_model("two_layer"))


def test_encoder_archives_of_another_network_or_too_few_or_too_many_are_refused(network, tmp_path, rng):
    np.savez(tmp_path / "other.npz", kernel=np.zeros(3))
    with pytest.raises(models.EncoderError, match=r"lacks batchnorm0/"):
        models.load_encoder("resnet50_unet", network, tmp_path / "other.npz")
    layers = [layer for layer in network.layers if layer.name.startswith(("conv0", "batchnorm", "stage"))]
    archive(tmp_path / "resnet.npz", layers, rng)
    with pytest.raises(models.EncoderError, match=r"lacks Conv1/kernel"):
        models.load_encoder("resnet50_unet", network, tmp_path / "resnet.npz")
    with pytest.raises(models.EncoderError, match=r"2 file.*Received 3"):
        models.load_encoder("resnet50_unet", network, *["a.npz"] * 3)


def test_a_fresh_classifier_changes_nothing_and_a_trained_one_is_heard(rng):
    network = models.create_model("resnet50_unet", **TINY | {"classifier": True})
    lightness = rng.uniform(0, 100, (1, 64, 64, 1)).astype(np.float32)
    # With random weights MobileNetV2 says nearly nothing: its last normalisation speaks for it.
    network.get_layer("mobilenet_v2").get_layer("Conv_1_bn").beta.assign(rng.uniform(0, 1, 1280))
    before = np.array(network(lightness))
    network.get_layer("classifier_project").kernel.assign(rng.normal(size=(1, 1, 1280, 16)))
    assert np.allclose(network(lightness), before, atol=1e-4)
    network.get_layer("classifier_norm").gamma.assign(np.ones(16))
    assert np.abs(np.array(network(lightness)) - before).max() > 1e-3
