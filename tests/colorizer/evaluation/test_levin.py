import numpy as np

from colorizer.evaluation.levin import propagate


def two_regions():
    lightness = np.full((20, 30), 30.0)
    lightness[:, 15:] = 70
    known, values = np.zeros((20, 30), bool), np.zeros((20, 30, 2))
    known[5, 5] = known[12, 25] = True
    values[5, 5], values[12, 25] = (40, 10), (-20, -30)
    return lightness, values, known


def test_colour_fills_a_region_and_stops_at_its_edge():
    lightness, values, known = two_regions()
    filled = propagate(lightness, values, known)
    np.testing.assert_allclose(filled[:, :12], np.broadcast_to((40, 10), (20, 12, 2)), atol=8)
    np.testing.assert_allclose(filled[:, 18:], np.broadcast_to((-20, -30), (20, 12, 2)), atol=8)
    np.testing.assert_allclose(filled[known], values[known], atol=1e-4)


def test_without_edges_colour_changes_evenly_between_two_columns():
    known, values = np.zeros((8, 11), bool), np.zeros((8, 11, 1))
    known[:, [0, 10]] = True
    values[:, 10] = 10
    filled = propagate(np.full((8, 11), 50.0), values, known)
    np.testing.assert_allclose(filled[..., 0], np.broadcast_to(np.arange(11), (8, 11)), atol=1e-3)


def test_what_is_not_known_is_not_read():
    lightness, values, known = two_regions()
    other = np.where(known[..., None], values, 99)
    np.testing.assert_array_equal(propagate(lightness, values, known), propagate(lightness, other, known))
