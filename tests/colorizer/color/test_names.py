import numpy as np
import pytest

from colorizer.color import lab
from colorizer.color.names import color_name


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 0, 0), "red"),
        ((139, 69, 19), "brown"),
        ((210, 170, 140), "beige"),
        ((155, 98, 80), "reddish brown"),
        ((225, 165, 150), "rose"),
        ((255, 220, 0), "light yellow"),
        ((90, 90, 20), "olive"),
        ((20, 120, 30), "green"),
        ((0, 160, 170), "turquoise"),
        ((65, 105, 225), "blue"),
        ((15, 20, 80), "dark blue"),
        ((128, 0, 128), "dark purple"),
        ((255, 190, 210), "light pink"),
        ((128, 128, 128), "grey"),
        ((255, 255, 255), "white"),
        ((5, 5, 5), "black"),
        ((110, 120, 105), "greyish green"),
    ],
)
def test_colours_have_the_names_that_people_use(rgb, name):
    lightness, a, b = lab.rgb_to_lab(np.array(rgb, np.uint8))
    assert color_name(lightness, (a, b)) == name
