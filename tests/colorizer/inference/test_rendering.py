import numpy as np
import pytest
import skimage.data

from colorizer import images
from colorizer.color import fused, lab
from colorizer.inference import rendering

GRAY = images.to_gray(skimage.data.astronaut())


def test_colour_follows_edges():
    """Two surfaces, two colours, predicted with a blurred border: the guided filter puts the border on the edge."""
    image = np.full((256, 256), 90, np.uint8)
    image[:, 128:] = 190
    share = np.clip((np.arange(64) - 29.5) / 4, 0, 1)[None, :, None]
    ab = np.broadcast_to((1 - share) * (30, 0) + share * (-30, 0), (64, 64, 2)).astype(np.float32)
    a = lab.rgb_to_lab(rendering.join(image, rendering.coefficients(image, ab)))[128, :, 1]
    plain = np.interp(np.arange(256), np.arange(64) * 4 + 1.5, ab[0, :, 0])
    assert a[127] - a[128] > 4 * (plain[127] - plain[128])


@pytest.mark.parametrize("fused_pixels", [0, 10**9])
@pytest.mark.parametrize("block_pixels", [1, 1000, 5000])
def test_blocks_leave_no_seams(monkeypatch, rng, block_pixels, fused_pixels):
    """Colours that change from row to row, so that a block that read the wrong rows of them would show."""
    monkeypatch.setattr(rendering, "FUSED_PIXELS", fused_pixels)
    image, ab = images.resize(GRAY, (301, 400)), rng.normal(0, 20, (60, 80, 2)).astype(np.float32)
    monkeypatch.setattr(rendering, "BLOCK_PIXELS", image.size)
    whole = rendering.join(image, rendering.coefficients(image, ab))
    monkeypatch.setattr(rendering, "BLOCK_PIXELS", block_pixels)
    assert np.array_equal(rendering.join(image, rendering.coefficients(image, ab)), whole)


@pytest.mark.parametrize("spread", [5, 25, 80], ids=["faint", "vivid", "mostly outside of the gamut"])
@pytest.mark.parametrize("kind", ["grey", "colour", "16 bits", "float"])
def test_one_pass_gives_what_the_steps_give(monkeypatch, rng, spread, kind):
    image = images.resize(skimage.data.astronaut(), (211, 300))
    if kind == "grey":
        image = images.to_gray(image)
        image[:20], image[-20:] = 0, 255  # where nothing but grey lies in the gamut
    image = {"16 bits": image.astype(np.uint16) * 257, "float": image / 255}.get(kind, image)
    coefficients = rendering.coefficients(image, rng.normal(0, spread, (1 if spread == 5 else 53, 75, 2)))
    results = []
    for fused_pixels in (0, 10**9):
        monkeypatch.setattr(rendering, "FUSED_PIXELS", fused_pixels)
        results.append(rendering.join(image, coefficients))
    assert np.array_equal(*results)
    errors = np.abs(lab.rgb_to_lightness(results[0]) - lab.rgb_to_lightness(image))
    assert errors.mean() < 0.3


@pytest.mark.parametrize("spread", [5, 40])
def test_a_part_of_a_photograph_is_joined_in_one_pass_like_a_copy_of_it(monkeypatch, rng, spread):
    """The part has rows that do not follow each other in memory, as behind the border of a scan."""
    part = GRAY[3:-5, 7:-2]
    coefficients = rendering.coefficients(part, rng.normal(0, spread, (30, 40, 2)))
    monkeypatch.setattr(rendering, "FUSED_PIXELS", 0)
    assert np.array_equal(rendering.join(part, coefficients), rendering.join(part.copy(), coefficients))


def test_a_process_that_joins_many_small_photographs_goes_over_to_one_pass(monkeypatch, rng):
    monkeypatch.setattr(rendering, "FUSED_PIXELS", 3 * GRAY.size)
    monkeypatch.setattr(rendering._Joined, "pixels", 0)
    coefficients = rendering.coefficients(GRAY, rng.normal(0, 20, (30, 40, 2)))
    rows = []
    monkeypatch.setattr(fused, "join_rows", lambda levels, *_: rows.append(len(levels)))
    for _ in range(2):
        rendering.join(GRAY, coefficients)
    assert not rows
    rendering.join(GRAY, coefficients)
    assert sum(rows) == len(GRAY)


def test_a_learned_upsampler_gives_slope_and_offset_over_the_full_size_lightness():
    """a* = L* and b* = 10 everywhere, whatever the coarse colours are."""

    def upsampler(lightness, ab):
        assert lightness.shape == (1, 32, 48, 1) and ab.shape == (1, 8, 12, 2)
        return np.broadcast_to(np.float32([1, 0, 0, 10]), (1, 16, 24, 4))

    image = np.tile(np.linspace(40, 120, 96).astype(np.uint8), (64, 1))
    given = rendering.coefficients(image, np.zeros((8, 12, 2), np.float32), upsampler)
    lightness = lab.rgb_to_lightness(image)
    assert np.allclose(rendering.colors_at(given, lightness), np.stack([lightness, np.full_like(lightness, 10)], -1))
    shown = lab.rgb_to_lab(rendering.join(image, given))
    assert np.abs(shown - np.stack([lightness, lightness, np.full_like(lightness, 10)], -1)).max() < 1.5


def test_16_bits_keep_the_lightness_of_16_bits(rng):
    image = np.linspace(0, 65535, 40 * 50).astype(np.uint16).reshape(40, 50)
    ab = rng.normal(0, 25, (10, 12, 2)).astype(np.float32)
    coefficients = rendering.coefficients(image, ab)
    deep, plain = (rendering.join(image, coefficients, depth=depth) for depth in (16, 8))
    wanted = lab.rgb_to_lightness(image)
    assert deep.dtype == np.uint16 and deep.shape == (40, 50, 3)
    assert np.abs(lab.rgb_to_lightness(deep) - wanted).max() < 0.02
    assert np.abs(lab.rgb_to_lightness(plain) - wanted).max() > 0.1
    assert np.abs(deep / 257 - plain).mean() < 0.5  # beyond the edge of the gamut chroma may end a little apart
    assert len(np.unique(deep[..., 1])) > 1000
