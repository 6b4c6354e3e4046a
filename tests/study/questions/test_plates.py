import io

import numpy as np
import pytest
from PIL import Image

from study.questions.plates import DIGITS, PLATES, RGB_TO_LMS, SIZE, dot_colors, dots, draw_plate, plates_right

# What a dichromat sees (Vienot, Brettel, Mollon 1999, equations 4 and 5): the missing cone's value follows the others.
PROTANOPE = np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]])
DEUTERANOPE = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
RED_GREEN = [plate for plate in PLATES if plate.cone is not None]


def contrast(plate, seen=None) -> float:
    """The largest relative difference of a cone's excitation between digit and ground, as seen by a dichromat."""
    ground, digit = (RGB_TO_LMS @ color for color in dot_colors(plate))
    if seen is not None:
        ground, digit = seen @ ground, seen @ digit
    return float(np.max(np.abs(digit - ground) / ((digit + ground) / 2)))


@pytest.mark.parametrize("plate", RED_GREEN, ids=lambda plate: plate.name)
def test_digit_is_there_for_most_and_gone_for_whom_its_cone_lacks(plate):
    lacking = (PROTANOPE, DEUTERANOPE)[plate.cone]
    assert contrast(plate) > 0.1
    assert contrast(plate, lacking) < 1e-9


def test_everybody_sees_the_digit_of_the_control_plate():
    for seen in (None, PROTANOPE, DEUTERANOPE):
        assert contrast(PLATES[0], seen) > 0.5


@pytest.mark.parametrize("plate", PLATES, ids=lambda plate: plate.name)
def test_colours_are_on_every_screen_and_brightness_tells_nothing(plate):
    for color in dot_colors(plate):
        assert (color * 1.3 <= 1).all() and (color >= 0).all(), "no colour is clipped"
    if plate.cone is not None:
        brightness = np.array([sum(color) for *_, color in dots(plate)])
        assert brightness.std() > 0.1 * brightness.mean()


def test_dots_do_not_overlap_and_are_always_the_same():
    places = np.array([dot[:3] for dot in dots(PLATES[1])])
    apart = np.hypot(*(places[:, None, :2] - places[None, :, :2]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    assert (apart >= places[:, None, 2] + places[None, :, 2]).all() and len(places) > 200
    image = Image.open(io.BytesIO(draw_plate(PLATES[1])))
    assert image.size == (SIZE, SIZE) and image.format == "PNG"
    assert draw_plate.__wrapped__(PLATES[1]) == draw_plate(PLATES[1])


def test_plates_read_rightly_are_counted():
    right = {f"plates-{plate.name}": plate.digit for plate in PLATES}
    assert plates_right(right) == len(PLATES)
    assert plates_right({**right, "plates-deutan-1": "nothing", "plates-protan-1": "1"}) == len(PLATES) - 2
    assert plates_right({**right, "plates-deutan-1": "not-said"}) is None and plates_right({}) is None
    assert {plate.digit for plate in PLATES} <= set(DIGITS)
