"""Batches made on the device have the same crops, mirroring, borders and defects as those of the host."""

import io

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from colorizer.color import lab
from colorizer.imaging import degradation as host
from colorizer.imaging.photos import PackedPhoto, list_photos, read_rgb
from colorizer.imaging.resizing import resize
from colorizer.training.batches import PhotoBatches, make_batch, random_crop
from colorizer.training.device import batches as device_batches
from colorizer.training.device import degradation, resampling
from colorizer.training.device.batches import DeviceBatches, KeptBatches, TooManyPixelsError
from colorizer.training.device.draws import Draws

DRAWS = 200


def pack(pixels: np.ndarray, name: str = "a") -> PackedPhoto:
    """A photograph of a pack with exactly these pixels."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return PackedPhoto(name, stream.getvalue(), pixels.shape[:2], False)


@pytest.fixture
def pictures(photo_folder) -> list[np.ndarray]:
    return [read_rgb(path)[:64, : 64 + 4 * i] for i, path in enumerate(list_photos(photo_folder)[:8])]


def test_whole_photographs_become_the_same_batch_as_on_the_host(pictures):
    photos = [pack(picture[:, :64], str(i)) for i, picture in enumerate(pictures)]
    batches = DeviceBatches(photos, 4, 64, 4, scale=(1.0, 1.0), mirror=False, seed=3)
    made = [np.concatenate(part) for part in zip(*(batches[i] for i in range(2)), strict=True)]
    expected = make_batch([pictures[i][:, :64] for i in batches._order], 4)
    assert len(batches) == 2 and sorted(batches._order) == list(range(8))
    for values, of_host in zip(made, expected, strict=True):
        assert values.shape == of_host.shape and values.dtype == of_host.dtype
        assert np.abs(values - of_host).max() < 1e-3


@pytest.mark.parametrize("side", [20, 48, 61])
def test_squares_are_resampled_as_by_pillow(pictures, side):
    resampled = resampling.resample(jnp.array(pictures[0], jnp.float32), (48, 48), side)
    expected = resize(pictures[0][:side, :side], (48, 48)).astype(float)
    assert np.abs(resampled - expected).max() <= 1  # Pillow rounds twice


def test_crops_have_the_sides_and_places_of_the_hosts(rng):
    height, width, scale = 60, 90, (0.5, 1.0)
    place = np.stack(np.broadcast_arrays(np.arange(width), np.arange(height)[:, None], 0), axis=-1).astype(np.uint8)

    def box(crops):
        """Width and centre of the squares: the colour of a pixel says where it was."""
        red, green = np.asarray(crops, float)[..., 0], np.asarray(crops, float)[..., 1]
        return np.stack([red.max((1, 2)) - red.min((1, 2)), red.mean((1, 2)), green.mean((1, 2))], axis=-1)

    stored = device_batches.store([pack(np.zeros_like(place)), pack(place)])
    draw = jax.vmap(lambda key: device_batches.crop(stored, 1, Draws(key), 24, 60, scale))
    drawn = box(jax.jit(draw)(jax.random.split(jax.random.key(0), 2000)))
    expected = box([random_crop(place, 24, scale, rng, mirror=False) for _ in range(2000)])
    assert drawn.mean(axis=0) == pytest.approx(expected.mean(axis=0), rel=0.03)
    assert drawn.std(axis=0) == pytest.approx(expected.std(axis=0), rel=0.08)
    assert drawn.min(axis=0) == pytest.approx(expected.min(axis=0), abs=2)
    assert drawn.max(axis=0) == pytest.approx(expected.max(axis=0), abs=2)


def test_half_of_the_crops_are_mirrored_and_every_epoch_is_another():
    half = np.zeros((32, 32, 3), np.uint8)
    half[:, 16:] = 255
    batches = DeviceBatches([pack(half)] * 300, 300, 8, 2)
    lightness = np.array(batches[0][0])
    mirrored = (lightness[:, :, :4].mean((1, 2, 3)) > lightness[:, :, 4:].mean((1, 2, 3))).mean()
    assert 0.4 < mirrored < 0.6
    assert np.array_equal(batches[0][0], lightness)
    order = batches._order
    batches.on_epoch_end()
    assert not np.array_equal(batches[0][0], lightness) and not np.array_equal(batches._order, order)
    assert batches.compilations == 1


def statistics(pictures, clean: np.ndarray) -> np.ndarray:
    """Mean and spread of what was changed, and its size from pixel to pixel."""
    change = np.asarray(pictures, float) - clean
    spread = change.std(axis=(1, 2))
    return np.array([np.abs(change).mean(), spread.mean(), spread.std(), np.diff(change, axis=1).std()])


def test_defects_are_as_strong_as_on_the_host(pictures):
    clean, rng = lab.rgb_to_lightness(pictures[0]), np.random.default_rng(0)
    defects = ["_soften", "_change_contrast", "_bleach", "_grain", "_scratch"]

    def all_of_them(key):
        draws = Draws(key)
        return [getattr(degradation, defect)(jnp.array(clean), draws) for defect in defects]

    drawn = jax.jit(jax.vmap(all_of_them))(jax.random.split(jax.random.key(0), DRAWS))
    for defect, pictures_with_it in zip(defects, drawn, strict=True):
        expected = [getattr(host, defect)(clean.copy(), rng) for _ in range(DRAWS)]
        assert statistics(pictures_with_it, clean) == pytest.approx(statistics(expected, clean), rel=0.15), defect


def test_the_share_of_degraded_photographs_is_that_asked_for_and_they_look_as_the_hosts(pictures, rng):
    picture = pictures[0][:, :64]
    (clean,), (colors,) = make_batch([picture], 4)
    batches = DeviceBatches([pack(picture)] * DRAWS, DRAWS, 64, 4, scale=(1.0, 1.0), mirror=False, degraded=0.6)
    lightness, still = map(np.array, batches[0])
    changed = (np.abs(lightness - clean) > 1e-3).any((1, 2, 3))
    plain = (np.abs(still - colors) < 1e-3).all((1, 2, 3))
    assert 0.5 < changed.mean() < 0.7
    assert 0.75 < plain[changed].mean() < 0.95 and plain[~changed].all()  # the others have a border
    assert lightness.min() >= 0 and lightness.max() <= 100
    drawn = lightness[changed & plain, ..., 0]
    expected = np.array([host.degrade(picture, rng) for _ in range(DRAWS)])
    assert drawn.mean() == pytest.approx(expected.mean(), rel=0.05)
    assert drawn.mean((1, 2)).std() == pytest.approx(expected.mean((1, 2)).std(), rel=0.25)
    assert statistics(drawn, clean[..., 0]) == pytest.approx(statistics(expected, clean[..., 0]), rel=0.25)


def test_borders_are_as_broad_as_frequent_and_as_grey_as_on_the_host(rng):
    picture = np.full((64, 64, 3), (120, 100, 80), np.uint8)
    drawn = jax.jit(jax.vmap(lambda key: degradation.add_border(jnp.array(picture, jnp.float32), Draws(key))))(
        jax.random.split(jax.random.key(0), 600)
    )
    expected = np.array([host.add_border(picture, rng) for _ in range(600)])

    def of(pictures):
        bordered = np.asarray(pictures)[..., 0] != picture[..., 0]
        sides = [bordered[:, 0, 32], bordered[:, -1, 32], bordered[:, 32, 0], bordered[:, 32, -1]]
        shades = np.asarray(pictures, float)[bordered]
        assert (shades == shades[:, :1]).all()
        return [*(side.mean() for side in sides), 10 * bordered.mean(), shades.mean() / 100, (shades < 40).mean()]

    assert of(drawn) == pytest.approx(of(expected), abs=0.12)


def test_batches_of_val_are_kept_as_they_are(photo_folder):
    batches = PhotoBatches(list_photos(photo_folder)[:6], 4, 32, 4)
    kept = KeptBatches(batches)
    assert [len(kept[i][0]) for i in range(len(kept))] == [4, 2]
    assert all(np.array_equal(kept[1][part], batches[1][part]) for part in (0, 1))


def test_photographs_of_more_pixels_than_can_be_addressed_are_refused(monkeypatch, pictures):
    monkeypatch.setattr(device_batches, "MAX_PIXELS", 64 * 64)
    with pytest.raises(TooManyPixelsError, match=r"up to 4096 pixels together\. Received 8"):
        DeviceBatches([pack(pictures[0][:, :64])] * 2, 1, 32, 4)
