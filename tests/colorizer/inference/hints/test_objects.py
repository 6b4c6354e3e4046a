import gc
import weakref

import numpy as np
import pytest
from scipy.ndimage import label

from colorizer.inference import rendering
from colorizer.inference.hints import objects

SIDE = 128
FLAT = np.zeros((16, 16, 2), np.float16)  # a network that sees the same everywhere


def shirts():
    """L* of two shirts that touch, with shading and grain, on a dark ground, and where each is."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    first, second = (x > 16) & (x < 60) & (y > 16) & (y < 112), (x >= 60) & (x < 112) & (y > 16) & (y < 112)
    lightness = np.where(first, 55 + 8 * np.sin(y / 30), np.where(second, 80, 20)) + rng.normal(0, 1, (SIDE, SIDE))
    return lightness.astype(np.float32), first, second


def full(shares):
    """Shares on a grid, in the size of the picture."""
    return np.moveaxis(rendering.resized(np.moveaxis(shares, -1, 0), (SIDE, SIDE)), 0, -1)


def test_an_object_reaches_its_seam_at_full_strength_and_ends_there():
    lightness, first, _ = shirts()
    shares = full(objects.find(lightness, FLAT, np.array([[60, 36]])))[..., 0]
    assert shares[first].mean() > 0.9 and shares[~first].mean() < 0.05
    assert shares[20:108, 20:56].min() > 0.8  # to the farthest corner


def test_an_object_is_connected():
    lightness, _, second = shirts()
    apart = np.where(second, 20, lightness)
    apart[:, 80:112] = lightness[:, 24:56]  # a second shirt of the same kind, elsewhere
    shares = objects.find(apart.astype(np.float32), FLAT, np.array([[60, 36]]))[..., 0]
    assert label(shares > 0.5)[1] == 1


def test_where_two_hints_are_in_one_object_each_has_what_is_nearer():
    lightness = shirts()[0]
    shares = full(objects.find(lightness, FLAT, np.array([[28, 36], [100, 36]])))
    assert shares.sum(axis=-1).max() <= 1 + 1e-5
    assert shares[26, 36, 0] > 0.8 and shares[102, 36, 1] > 0.8
    assert (np.diff(shares[30:98, 36, 0]) < 0.05).all()


def test_what_the_network_recognises_makes_an_edge_where_lightness_has_none():
    features = np.zeros((16, 16, 2), np.float16)
    features[:, 8:] = 0.5
    shares = full(objects.find(np.full((SIDE, SIDE), 50, np.float32), features, np.array([[64, 28]])))[..., 0]
    assert shares[:, :50].min() > 0.8 and shares[:, 78:].max() < 0.1


@pytest.mark.parametrize("places", [[[0, 0]], [[127, 127]], [[60, 36]] * 3, [[60, 36], [60, 37]]])
def test_corners_and_hints_at_one_place_are_served(places):
    shares = objects.find(shirts()[0], FLAT, np.array(places))
    assert np.isfinite(shares).all() and 0 <= shares.min() and shares.sum(axis=-1).max() <= 1 + 1e-5
    assert full(shares)[tuple(np.array(places).T)].sum(axis=-1).min() > 0.9


def test_objects_are_the_same_every_time():
    lightness, places = shirts()[0], np.array([[60, 36], [60, 80]])
    first = objects.find(lightness, FLAT, places)
    objects._known.cache_clear()
    assert np.array_equal(first, objects.find(lightness.copy(), FLAT, places))


def test_an_even_surface_is_one_object_and_a_small_picture_is_no_trouble():
    assert objects.find(np.full((4, 9), 50, np.float32), FLAT[:4, :4], np.array([[1, 2]])).shape == (4, 9, 1)


def test_one_hint_more_among_hundreds_takes_only_its_own_object(monkeypatch):
    lightness = shirts()[0]
    places = np.stack(np.meshgrid(np.arange(4, 124, 8), np.arange(4, 124, 8)), axis=-1).reshape(-1, 2)
    objects.find(lightness, FLAT, places)
    computed, compute = [], objects._Surface._object
    monkeypatch.setattr(objects._Surface, "_object", lambda *place: computed.append(place) or compute(*place))
    objects.find(lightness, FLAT, np.concatenate([places, [[1, 1]]]))
    assert len(places) > 200 and len(computed) == 1


def test_what_is_no_longer_kept_is_gone_at_once_and_waits_for_no_garbage_collection(monkeypatch, rng):
    monkeypatch.setattr(objects, "MAX_OBJECTS", 2)
    surface = objects._Surface(rng.random((40, 40), np.float32), rng.random((10, 10, 3), np.float32))
    surface.prepare()
    for row in (1, 2, 3):
        first = weakref.ref(surface.object(row, 1)[0])
        assert first() is surface.object(row, 1)[0]
    assert list(surface._objects) == [(2, 1), (3, 1)]
    gc.disable()
    try:
        left = weakref.ref(surface)
        del surface
        assert left() is None
    finally:
        gc.enable()
