import weakref

import numpy as np
import pytest

from colorizer.inference.remembering import remembered


def test_equal_arrays_are_computed_once_and_the_oldest_result_is_dropped():
    asked = []

    def double(array):
        asked.append(array.sum())
        return 2 * array

    function = remembered(double, 2)
    one, two, three = (np.full((2, 3), value) for value in (1.0, 2.0, 3.0))
    for array in (one, one.copy(), two, one, three, two):
        assert np.array_equal(function(array), 2 * array)
    assert asked == [6, 12, 18, 12]


def test_what_a_result_was_made_of_is_not_kept():
    function, array = remembered(lambda values: values + 1, 2), np.zeros(3)
    function(array)
    left = weakref.ref(array)
    del array
    assert left() is None and function(np.zeros(3))[0] == 1


def test_an_array_that_was_changed_in_place_is_another():
    array = np.zeros(3)
    function = remembered(lambda values: values + 1, 4)
    assert function(array)[0] == 1
    array[0] = 5
    assert function(array)[0] == 6


def test_the_same_bytes_in_another_shape_or_type_are_another_array():
    function = remembered(lambda values: values * 1, 4)
    assert function(np.zeros((2, 3))).shape == (2, 3) and function(np.zeros((3, 2))).shape == (3, 2)
    assert function(np.zeros(2, np.int64)).dtype == np.int64 and function(np.zeros(2)).dtype == np.float64


def test_a_kept_result_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        remembered(lambda values: values + 1, 1)(np.zeros(3))[0] = 2
