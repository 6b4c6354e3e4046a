import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.imaging import degradation
from colorizer.imaging.borders.border import Border
from colorizer.imaging.borders.page import examine

PHOTO = skimage.data.camera()[::2, ::2][:200]
ASTRONAUT = skimage.data.astronaut()[::2, ::2]


def scan(shade: int, margins=(14, 22, 18, 10), degrees: float = 0.0, photo: np.ndarray = PHOTO) -> np.ndarray:
    """A photograph on a page of one grey; margins at the top, bottom, left and right."""
    top, bottom, left, right = margins
    page = np.pad(photo, ((top, bottom), (left, right)), constant_values=shade)
    return np.array(Image.fromarray(page).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=shade))


def edges(border: Border | None, shape: tuple[int, int]) -> np.ndarray:
    """Mean distance of the edges from top, bottom, left and right, in pixels."""
    if border is None:
        return np.zeros(4)
    height, width = shape
    sides = np.array([border.top, border.bottom, border.left, border.right])
    return sides.mean(axis=1) * (height, height, width, width)


def jpeg(page: np.ndarray) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "JPEG", quality=50)
    return np.array(Image.open(stream))


def noisy(page: np.ndarray) -> np.ndarray:
    return np.clip(page + np.random.default_rng(0).normal(0, 4, page.shape), 0, 255).astype(np.uint8)


def uneven(page: np.ndarray) -> np.ndarray:
    light = np.linspace(-12, 0, page.shape[1]) + np.linspace(0, -8, page.shape[0])[:, None]
    return np.clip(page + light, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shade", [8, 30, 222, 250])
@pytest.mark.parametrize("damage", [lambda page: page, jpeg, noisy, uneven], ids=["clean", "jpeg", "noisy", "uneven"])
def test_a_border_around_a_photograph_is_found(shade, damage):
    page = damage(scan(shade))
    assert edges(examine(page).border, page.shape) == pytest.approx((14, 22, 18, 10), abs=2)


@pytest.mark.parametrize("degrees", [-1.2, 0.8])
def test_a_rotated_border_is_found_with_its_rotation(degrees):
    page = scan(225, margins=(30, 30, 30, 30), degrees=degrees)
    border = examine(page).border
    assert edges(border, page.shape) == pytest.approx((30, 30, 30, 30), abs=2)
    rise = (border.top[0] - border.top[1]) * page.shape[0] / page.shape[1]
    assert rise == pytest.approx(np.tan(np.radians(degrees)), abs=0.005)
    inside = np.ones(page.shape, bool)
    part = border.box(page.shape)
    inside[part] = border.outside(page.shape, part)
    paper = scan(0, margins=(30, 30, 30, 30), degrees=degrees, photo=np.full_like(PHOTO, 255)) < 128
    assert (inside == paper).mean() > 0.98


@pytest.mark.parametrize("side", range(4))
def test_a_border_along_one_side_is_found(side):
    margins = [0, 0, 0, 0]
    margins[side] = 9
    page = scan(15, margins)
    assert edges(examine(page).border, page.shape) == pytest.approx(margins, abs=1.5)


def test_borders_that_training_adds_are_found(rng):
    """They are 1 to 8 % of the shorter side, on some sides; a side with two pixels or fewer does not show."""
    found = asked = 0
    for _ in range(40):
        page = degradation.add_border(ASTRONAUT, rng)
        flat = [np.ptp(np.rot90(page, side)[:3]) == 0 for side in (0, 2, 3, 1)]
        got = edges(examine(page).border, page.shape[:2]) > 0
        assert not (got & ~np.array(flat)).any() or (got == flat).sum() >= 3
        found, asked = found + (got & flat).sum(), asked + sum(flat)
    assert found >= 0.85 * asked


def test_a_border_inside_a_border_is_found():
    """White paper around the black edge of a negative."""
    page = np.pad(scan(10, (12, 12, 12, 12)), 8, constant_values=245)
    assert edges(examine(page).border, page.shape) == pytest.approx((20, 20, 20, 20), abs=1.5)


def test_writing_on_a_border_is_no_edge():
    page = scan(12, (30, 20, 20, 20))
    page[8:20, 40:90:6] = 240
    page[8:20, 41:91:6] = 240
    assert edges(examine(page).border, page.shape) == pytest.approx((30, 20, 20, 20), abs=1.5)


def test_a_small_print_on_the_bed_of_a_scanner_is_found():
    page = scan(235, (60, 90, 150, 40))
    assert edges(examine(page).border, page.shape) == pytest.approx((60, 90, 150, 40), abs=1.5)


@pytest.mark.parametrize("photo", [skimage.data.camera(), ASTRONAUT, skimage.data.coffee(), skimage.data.coins()])
def test_a_photograph_without_a_border_has_none(photo):
    page = examine(photo)
    assert page.border is None and not page.is_blank


def test_a_sky_over_a_horizon_is_no_border():
    """Flat, light, along the whole side, with a straight edge: but a border is not a quarter of the height."""
    photo = np.vstack([np.full((60, 240), 235, np.uint8), PHOTO[:180, :240] // 2])
    assert examine(photo).border is None


def test_edges_are_exact_in_a_large_scan():
    large = np.array(Image.fromarray(PHOTO).resize((2560, 2000), Image.Resampling.BICUBIC))
    page = scan(225, (143, 210, 181, 97), photo=large)
    assert edges(examine(page).border, page.shape) == pytest.approx((143, 210, 181, 97), abs=1)


@pytest.mark.parametrize("page", [np.full((300, 200), 255), np.full((300, 200), 238), np.full((200, 300, 3), 9)])
def test_paper_and_unexposed_film_are_blank(page):
    assert examine(page.astype(np.uint8)).is_blank


def test_a_page_with_dust_a_word_and_uneven_light_is_blank(rng):
    page = np.full((400, 300), 240.0) - np.linspace(0, 8, 300) + rng.normal(0, 1.5, (400, 300))
    page[50:58, 40:80] = 60
    page[rng.integers(0, 400, 50), rng.integers(0, 300, 50)] = 90
    assert examine(page.astype(np.uint8)).is_blank
    assert examine(np.pad(page.astype(np.uint8), 20, constant_values=15)).is_blank


def test_a_grey_surface_and_a_bright_photograph_are_not_blank():
    assert not examine(np.full((100, 100), 128, np.uint8)).is_blank
    assert not examine(200 + PHOTO // 5).is_blank


def test_the_inside_of_a_tiny_copy_is_never_empty():
    border = Border((0.45, 0.45), (0.5, 0.5), (0.3, 0.3), (0.69, 0.69))
    rows, columns = border.box((4, 3))
    assert rows.stop > rows.start and columns.stop > columns.start
