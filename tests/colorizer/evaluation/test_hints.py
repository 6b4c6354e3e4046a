import numpy as np
import pytest

from colorizer.color import lab
from colorizer.evaluation import hints
from colorizer.imaging.photos import list_photos
from tests.tiny import TinyColorizer


@pytest.fixture
def measured(photo_folder):
    (photo_folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    paths = [photo_folder / "broken.png", *list_photos(photo_folder)[1:4]]
    return list(hints.measure(paths, TinyColorizer(), [0, 1, 20], size=48))


def test_more_hints_come_nearer_and_none_is_the_prediction(measured):
    assert measured[0] is None
    none, _, many = rows = hints.summarize(measured, [0, 1, 20])
    assert [list(row) for row in rows] == [list(hints.COLUMNS)] * 3
    assert (none["images"], none["skipped"]) == (3, 1)
    assert none["levin_prediction"] == none["psnr"] < many["psnr"] - 3
    assert none["levin_gray"] < many["levin_gray"]


def test_measurements_are_repeated_with_the_same_seed(photo_folder):
    paths = list_photos(photo_folder)[2:3]
    one, same, other = (next(hints.measure(paths, TinyColorizer(), [2], 48, seed)) for seed in (0, 0, 1))
    assert one == same != other


def test_no_photographs_give_no_rows():
    assert hints.summarize([None], [1]) == []


def test_the_mean_colour_of_a_square_is_revealed_smaller_at_the_border():
    original = np.zeros((20, 20, 3), np.uint8)
    original[:4, :4] = (200, 30, 30)
    (corner,) = hints.reveal(original, np.array([[0, 0]]))
    assert corner.ab == pytest.approx(lab.rgb_to_lab(np.uint8([200, 30, 30]))[1:], abs=0.01)


def test_the_spread_of_a_wrong_hint_is_the_change_in_the_other_half():
    gray = np.uint8(np.add.outer(np.arange(64), 3 * np.arange(64)))
    before = np.full((64, 64, 3), 128, np.uint8)
    left, right = before.copy(), before.copy()
    left[:, :32] = right[:, 32:] = (200, 60, 60)
    assert hints.spread_of_wrong_hint(gray, before, left, np.array([30, 2])) == 0
    assert hints.spread_of_wrong_hint(gray, before, right, np.array([30, 2])) > 30
