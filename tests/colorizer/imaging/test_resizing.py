"""Resizing, copies for the screen, and grey."""

import numpy as np
import pytest
from skimage import data

from colorizer import images
from colorizer.color import lab
from colorizer.imaging import resizing
from colorizer.imaging.resizing import fit_and_crop
from tests.colorizer.imaging.examples import DEEP, GRAY, RGB


@pytest.mark.parametrize("pixels", [GRAY, DEEP, RGB], ids=["uint8 grey", "uint16 grey", "colour"])
@pytest.mark.parametrize("size", [(16, 16), (24, 32), (50, 31), (1, 1)])
def test_resize_keeps_dtype_and_channels(pixels, size):
    small = images.resize(pixels, size)
    assert small.dtype == pixels.dtype and small.shape == size + pixels.shape[2:]
    np.testing.assert_array_equal(small, images.resize(pixels.copy(order="F"), size))  # and is repeatable
    if size == pixels.shape[:2]:
        np.testing.assert_array_equal(small, pixels)


@pytest.mark.parametrize(("kind", "tolerance"), [(np.uint8, 1), (np.uint16, 2)])
def test_resize_weighs_as_a_triangle_two_target_pixels_wide(kind, tolerance):
    row = np.random.default_rng(0).integers(0, np.iinfo(kind).max + 1, 64).astype(kind)
    centres = (np.arange(8) + 0.5) * 8
    weights = np.maximum(0, 1 - np.abs(np.arange(64) + 0.5 - centres[:, None]) / 8)
    expected = weights @ row / weights.sum(axis=1)
    small = images.resize(np.repeat(row[None], 16, axis=0), (16, 8))
    assert np.abs(small - expected).max() <= tolerance


@pytest.mark.parametrize("size", [(97, 160), (64, 64), (400, 300)])
@pytest.mark.parametrize("kind", ["uint8 grey", "uint16 grey", "colour"])
def test_bands_leave_no_seams(monkeypatch, kind, size):
    rgb = data.astronaut()[:331, :500]
    pixels = {"uint8 grey": rgb[..., 1].copy(), "uint16 grey": rgb[..., 1] * np.uint16(257)}.get(kind, rgb)
    whole = images.resize(pixels, size)
    monkeypatch.setattr(resizing, "BANDED_PIXELS", 0)
    assert np.abs(images.resize(pixels, size).astype(int) - whole).max() <= (2 if kind == "uint16 grey" else 1)


@pytest.mark.parametrize("shape", [(512, 512), (511, 397), (500, 80)])
def test_a_copy_for_the_screen_is_almost_what_resize_gives(shape):
    """Means of blocks of pixels come first, and the last blocks are smaller than the others."""
    pixels = data.astronaut()[: shape[0], : shape[1]]
    small = images.preview(pixels, 50)
    difference = np.abs(small.astype(int) - images.resize(pixels, small.shape[:2]))
    assert max(small.shape) == 50 and np.percentile(difference, 99) <= 3 and difference.mean() < 0.5


def test_resize_leaves_no_moire():
    checks = (np.indices((160, 160)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert np.ptp(images.resize(checks, (20, 20))[1:-1, 1:-1]) <= 1


@pytest.mark.parametrize("size", [(0, 10), (10, -1)])
def test_resize_refuses_empty_sizes(size):
    with pytest.raises(images.TooSmallError, match="size must be"):
        images.resize(GRAY, size)


@pytest.mark.parametrize(
    "pixels", [GRAY.astype(np.float32), DEEP[..., None], np.dstack([RGB, GRAY]), RGB.astype(np.uint16), GRAY[0]]
)
def test_resize_and_to_gray_refuse_what_is_no_picture(pixels):
    for function in (lambda p: images.resize(p, (16, 16)), images.to_gray):
        with pytest.raises(lab.PixelTypeError, match="Received"):
            function(pixels)


@pytest.mark.parametrize(
    ("pixels", "max_side", "shape"),
    [(RGB, 16, (12, 16, 3)), (RGB, 100, (24, 32, 3)), (DEEP, 8, (6, 8)), (np.zeros((16, 4000), np.uint8), 64, (1, 64))],
)
def test_preview(pixels, max_side, shape):
    small = images.preview(pixels, max_side)
    assert small.shape == shape and small.dtype == np.uint8


def test_a_picture_for_the_screen_is_bounded_whatever_it_shows(rng):
    noise = rng.integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    assert len(images.encode_preview(noise)) <= images.PREVIEW_BYTES
    assert 2 * images.PREVIEW_BYTES * 4 / 3 < 1024**2


@pytest.mark.parametrize("max_bytes", [30_000, 4_000, 700])
def test_a_picture_for_the_screen_keeps_to_any_number_of_bytes(rng, max_bytes):
    noise = rng.integers(0, 256, (300, 200, 3), dtype=np.uint8)
    data = images.encode_preview(noise, max_bytes=max_bytes)
    height, width = images.read(data).pixels.shape[:2]
    assert len(data) <= max_bytes and height == pytest.approx(1.5 * width, abs=1)


@pytest.mark.parametrize("pixels", [GRAY, DEEP, RGB])
def test_a_thumbnail_keeps_to_its_side_and_is_never_enlarged(pixels):
    assert images.read(images.encode_preview(pixels, 24)).width == 24
    assert images.read(images.encode_preview(pixels, 500)).width == 32


def test_preview_of_16_bits_keeps_black_and_white():
    levels = np.repeat(np.array([[0, 128, 51520, 65535 - 128, 65535]], np.uint16), 16, axis=0)
    assert images.preview(levels, 100)[0].tolist() == [0, 0, 200, 255, 255]


def test_to_gray_has_the_lightness_of_the_colours():
    rgb = data.astronaut()  # 512 rows: more than a block
    gray = images.to_gray(rgb)
    assert gray.shape == rgb.shape[:2] and gray.dtype == np.uint8
    step = np.diff(lab.rgb_to_lightness(np.arange(256, dtype=np.uint8)[None])).max()
    assert np.abs(lab.rgb_to_lightness(gray) - lab.rgb_to_lightness(rgb)).max() <= step / 2 + 0.01


def test_to_gray_keeps_gray():
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(images.to_gray(np.dstack([codes] * 3)), codes)
    np.testing.assert_array_equal(lab.lightness_to_gray(lab.rgb_to_lightness(codes)), codes)
    assert images.to_gray(DEEP) is DEEP


@pytest.mark.parametrize("shape", [(192, 288), (288, 192), (50, 400), (192, 192)])
def test_fit_and_crop_gives_the_square_in_the_centre(shape, rng):
    rgb = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert fit_and_crop(rgb, 64).shape == (64, 64, 3)
    if min(shape) == 192:
        top, left = (shape[0] - 192) // 2, (shape[1] - 192) // 2
        assert np.array_equal(fit_and_crop(rgb, 192), rgb[top : top + 192, left : left + 192])
