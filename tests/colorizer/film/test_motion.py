from itertools import pairwise

import numpy as np
import pytest

from colorizer.film import footage, motion
from tests.colorizer.film.clips import SHAPE, photos


def small(frames):
    return [motion.normalize(frame[..., 0]) for frame in footage.gray(list(frames))]


def both(target, source):
    there, back = motion.flow(target, source), motion.flow(source, target)
    return there, motion.trust(target, source, there, back)


def cuts(frames) -> list[int]:
    found = []
    for number, (source, target) in enumerate(pairwise(frames), start=1):
        if motion.is_cut(target, source, *both(target, source)):
            found.append(number)
    return found


def test_flow_finds_the_motion_of_a_pan():
    source, target = small(footage.pan(photos()[0], 2, SHAPE, step=3))
    found, trusted = both(target, source)
    inside = found[8:-8, 8:-12]
    assert np.median(inside[..., 0]) == pytest.approx(3, abs=0.3)
    assert np.median(inside[..., 1]) == pytest.approx(0, abs=0.3)
    assert trusted[:, -2:].mean() < 0.5 < trusted[8:-8, 8:-12].mean(), "what comes into view has no past"


def test_two_motions_in_a_chain_are_one_of_both_lengths():
    one = np.full((20, 30, 2), (2, 0), np.float32)
    assert motion.chain(one, 2 * one)[5, 5] == pytest.approx((6, 0))


@pytest.mark.parametrize(
    "shot",
    [
        lambda: footage.pan(photos()[0], 6, SHAPE, 5),
        lambda: footage.zoom(photos()[1], 12, SHAPE),
        lambda: footage.cutout(photos()[1], photos()[2], 12, SHAPE, 3),
        lambda: footage.fade(list(footage.pan(photos()[2], 24, SHAPE))),
        lambda: footage.grainy(list(footage.pan(photos()[2], 6, SHAPE)), 10),
    ],
    ids=["pan", "zoom", "cut-out", "fade", "grain"],
)
def test_no_cut_is_seen_in_a_shot(shot):
    assert cuts(small(shot())) == []


@pytest.mark.parametrize("grain", [0, 10])
def test_cuts_are_seen(grain):
    frames = [frame for photo in photos() for frame in footage.pan(photo, 3, SHAPE)]
    assert cuts(small(footage.grainy(frames, grain))) == [3, 6]


def test_brightness_and_contrast_do_not_count():
    frame = next(footage.pan(photos()[0], 1, SHAPE))[..., 0]
    darker = (frame * 0.4 + 20).astype(np.uint8)
    assert np.abs(motion.normalize(frame).astype(int) - motion.normalize(darker)).mean() < 2
