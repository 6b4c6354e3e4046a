import numpy as np
import pytest

from colorizer.color import lab
from colorizer.imaging.errors import ImageError
from colorizer.inference.hints.hint import (
    GRAY,
    MAX_HINTS,
    Hint,
    HintColorError,
    OutsideError,
    ReachError,
    TooManyHintsError,
    check_hints,
    color_to_ab,
)


def test_a_hint_reaches_the_object_unless_it_has_a_radius_or_says_otherwise():
    assert Hint(1, 2, (3, 4)).reach == "object"
    assert Hint(1, 2, (3, 4), radius=5).reach == "spot"
    assert Hint(1, 2, (3, 4), reach="alike").reach == "alike"
    assert Hint(1, 2, np.float32([3, 4])) == Hint(1.0, 2.0, (3.0, 4.0))


@pytest.mark.parametrize(
    ("radius", "reach"), [(None, "spot"), (5, "object"), (None, "far"), (0, None), (float("inf"), None)]
)
def test_a_reach_that_there_is_not_is_refused(radius, reach):
    with pytest.raises(ReachError):
        Hint(1, 2, (3, 4), radius, reach)


@pytest.mark.parametrize("ab", [(1, 2, 3), (float("nan"), 0), (0, 129), "blue", 7, None, (10**400, 0)])
def test_a_colour_that_cannot_be_read_is_refused(ab):
    with pytest.raises(HintColorError):
        Hint(1, 2, ab)


def test_colours_are_read_as_hex_and_only_a_and_b_count():
    assert color_to_ab("#FF0000") == pytest.approx(lab.rgb_to_lab(np.uint8([255, 0, 0]))[1:])
    assert color_to_ab("#808080") == color_to_ab("#000000") == GRAY


@pytest.mark.parametrize("color", ["red", "#fff", "ff0000", "#ff00000", "#gg0000", "", "#ff0000\n"])
def test_a_colour_in_another_notation_is_refused(color):
    with pytest.raises(HintColorError, match="#RRGGBB"):
        color_to_ab(color)


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -0.5), (30, 0), (0, 20), (float("nan"), 0)])
def test_a_hint_outside_the_photograph_is_refused_with_its_number(x, y):
    with pytest.raises(OutsideError, match=r"x from 0 to 29 and y from 0 to 19.*hint 2"):
        check_hints([Hint(29.9, 19.9, GRAY), Hint(x, y, GRAY)], (20, 30))


def test_more_hints_than_the_limit_are_refused():
    hints = [Hint(1, 1, GRAY)] * MAX_HINTS
    assert len(check_hints(hints, (20, 20))) == MAX_HINTS
    with pytest.raises(TooManyHintsError, match="Received 501"):
        check_hints([*hints, hints[0]], (20, 20))


def test_every_error_of_hints_refuses_the_photograph_like_other_errors_about_it():
    assert all(issubclass(error, ImageError) for error in (HintColorError, OutsideError, ReachError, TooManyHintsError))
