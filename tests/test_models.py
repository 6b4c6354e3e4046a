import subprocess
import sys

import keras
import numpy as np
import pytest

from colorizer import lab, models
from colorizer.models.resnet50_unet import AttentionBlock

TINY = {"stage_units": (1, 1, 1), "stage_widths": (4, 4, 8), "context_filters": 16, "decoder_filters": (16, 8, 8)}


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
    assert model(np.zeros((2, 64, 96, 1), np.float32)).shape == (2, 16, 24, len(lab.ab_bins()))


def test_a_fresh_attention_block_changes_nothing_and_a_trained_one_sees_everything(rng):
    block = AttentionBlock(num_heads=2)
    x = rng.normal(size=(1, 4, 5, 8)).astype(np.float32)
    assert np.allclose(block(x), x, atol=1e-6)
    block.merge_heads.kernel.assign(rng.normal(size=(8, 8)))
    changed = x.copy()
    changed[0, 0, 0] += rng.normal(size=8)
    assert np.abs(np.array(block(changed)) - np.array(block(x)))[0, 3, 4].max() > 1e-4


def test_resnet50_unet_has_the_parameters_its_card_names():
    assert models.create_model("resnet50_unet").count_params() == 25_066_193


def test_encoder_archive_is_loaded_and_frozen(tmp_path, rng):
    model = models.create_model("resnet50_unet")
    archive = tmp_path / "encoder.npz"
    layers = [layer for layer in model.layers if layer.name.startswith(("conv0", "batchnorm", "stage"))]
    arrays = {f"{layer.name}/{w.name}": rng.random(w.shape, np.float32) for layer in layers for w in layer.weights}
    np.savez(archive, **arrays)
    models.load_encoder("resnet50_unet", model, archive, frozen_stages=2)
    kernel = model.get_layer("stage3_conv18")
    assert np.array_equal(keras.ops.convert_to_numpy(kernel.kernel), arrays["stage3_conv18/kernel"])
    assert kernel.trainable and not model.get_layer("stage2_conv1").trainable and not model.get_layer("conv0").trainable


def test_encoder_archive_of_another_network_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", kernel=np.zeros(3))
    with pytest.raises(models.EncoderError, match=r"lacks batchnorm0/"):
        models.load_encoder("resnet50_unet", models.create_model("resnet50_unet"), tmp_path / "other.npz")
