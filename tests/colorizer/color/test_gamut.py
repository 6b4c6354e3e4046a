import numpy as np
import pytest

from colorizer.color import gamut, lab
from colorizer.color.formulas import linear_to_srgb


def edge_by_bisection(lightness, hue):
    """The greatest chroma inside the gamut, `(n,)`, to 0.001: in double precision, one ray a colour."""
    inside, outside = np.zeros_like(lightness), np.full_like(lightness, 140)
    for _ in range(18):
        middle = (inside + outside) / 2
        linear = gamut.linear_from_lab(lightness, middle * np.cos(hue), middle * np.sin(hue))
        fits = gamut.excess(linear) <= 0
        inside, outside = np.where(fits, middle, inside), np.where(fits, outside, middle)
    return inside


@pytest.mark.parametrize("chroma", [40, 70, 100, 130, 250])
def test_chroma_is_reduced_to_the_edge_of_the_gamut_and_no_further(rng, chroma):
    lightness, hue = rng.uniform(1, 99, 40_000), rng.uniform(-np.pi, np.pi, 40_000)
    once = (lightness < 90) | (np.abs(np.degrees(hue) - 102) > 8)  # there the rays leave the gamut, enter and leave
    lightness, hue = lightness[once], hue[once]
    edge = edge_by_bisection(lightness, hue)
    ab = chroma * np.stack([np.cos(hue), np.sin(hue)], axis=-1)
    linear = np.stack(gamut.reduce_chroma(*(x.astype(np.float32) for x in (lightness, ab[:, 0], ab[:, 1]))), axis=-1)
    left = lab.chroma(lab.rgb_to_lab(linear_to_srgb(linear.astype(float)))[:, 1:])
    outside = gamut.excess(gamut.linear_from_lab(lightness, ab[:, 0], ab[:, 1])) > 2 * gamut.TOLERANCE
    assert outside.any()
    lost = (edge - left)[outside]
    assert lost.max() < gamut.CHROMA_ERROR + 0.05 and lost.min() > -0.05


def test_yellows_whose_ray_leaves_the_gamut_twice_end_inside_of_it(rng):
    lightness = rng.uniform(90, 99, 20_000).astype(np.float32)
    hue = np.radians(rng.uniform(94, 110, 20_000)).astype(np.float32)
    linear = gamut.reduce_chroma(lightness, 150 * np.cos(hue), 150 * np.sin(hue))
    assert gamut.excess(linear).max() < 1e-5
    back = lab.rgb_to_lab(linear_to_srgb(np.stack(linear, axis=-1)))
    assert np.abs(back[:, 0] - lightness).max() < 0.01


def test_what_lies_inside_stays(rng):
    colors = lab.rgb_to_lab(rng.integers(0, 256, (5000, 3), dtype=np.uint8))
    lightness, a, b = np.moveaxis(colors, -1, 0)
    assert np.array_equal(gamut.reduce_chroma(lightness, a, b), gamut.linear_from_lab(lightness, a, b))


def test_what_becomes_of_a_colour_does_not_depend_on_its_company(rng):
    lightness, a, b = (rng.uniform(low, high, 500).astype(np.float32) for low, high in ((1, 99), (-90, 90), (-90, 90)))
    together = np.stack(gamut.reduce_chroma(lightness, a, b), axis=-1)
    alone = [
        np.stack(gamut.reduce_chroma(lightness[i : i + 1], a[i : i + 1], b[i : i + 1]), axis=-1) for i in range(500)
    ]
    assert np.array_equal(together, np.concatenate(alone))
