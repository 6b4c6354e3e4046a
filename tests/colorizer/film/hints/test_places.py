import numpy as np
import pytest

from colorizer.film import errors, footage, source, steady
from colorizer.film.hints import places
from colorizer.film.hints.edits import FilmHint
from colorizer.inference.hints.hint import Hint
from tests.colorizer.film import clips
from tests.colorizer.film.jittery import JitteryColorizer

BLUE = (0.0, -25.0)

STEP = 3
"""Pixels by which the disc moves from frame to frame."""


def disc(frame: int) -> tuple[float, float]:
    """Where the middle of the moving disc is: x, y."""
    return 8 + STEP * frame - 0.5, 31.5


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three shots: a still, a disc that moves, another still; 6, 14 and 6 frames, 25 in a second."""
    back, front, other = clips.photos()
    moving = footage.cutout(back, front, 14, clips.SHAPE, STEP)
    frames = [*footage.pan(other, 6, clips.SHAPE, 0), *moving, *footage.pan(front, 6, clips.SHAPE, 0)]
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    # Without loss: else x264 gives other frames on another processor, and the stand-in depends on every pixel.
    return source.probe(clips.write(path, footage.gray(frames), options={"qp": "0"}))


def hint_on(frame: int, **reach) -> FilmHint:
    """A hint on the disc in a frame of the second shot."""
    return FilmHint((6 + frame) / 25, Hint(*disc(frame), BLUE, **reach))


def followed(film, *hints):
    return places.follow(film, hints, steady.carry_shape((film.height, film.width)))


@pytest.mark.parametrize("given", [2, 7, 12])
def test_a_hint_is_followed_to_both_ends_of_its_shot(film, given):
    found = followed(film, hint_on(given))
    for frame in source.read_frames(film):
        hints = found.at(frame.pts)
        if not 6 <= frame.index < 20:
            assert not hints, "another shot"
            continue
        assert np.hypot(*np.subtract((hints[0].x, hints[0].y), disc(frame.index - 6))) < 3
        assert hints[0].ab == BLUE
        assert found.were_given_on(frame.pts) == (frame.index == 6 + given)


def test_the_beginning_of_a_long_shot_is_found_piece_by_piece(film, monkeypatch):
    whole = followed(film, hint_on(12))
    monkeypatch.setattr(places, "WINDOW", 0.1)
    pieces = followed(film, hint_on(12))
    times = [frame.pts for frame in source.read_frames(film)]
    assert [pieces.at(time) for time in times] == [whole.at(time) for time in times]


def test_of_two_hints_for_one_place_that_of_the_nearer_frame_counts(film):
    red = FilmHint(16 / 25, Hint(*disc(10), (50, 30)))
    found = followed(film, hint_on(2), red)
    colors = [found.at(frame.pts)[0].ab for frame in source.read_frames(film) if 6 <= frame.index < 20]
    assert colors[:3] == 3 * [BLUE] and colors[-3:] == 3 * [(50, 30)]
    assert all(len(found.at(frame.pts)) <= 1 for frame in source.read_frames(film))


def test_a_time_after_the_end_is_refused(film):
    with pytest.raises(errors.TrimError, match=r"1\.0 seconds long\. Received 7 seconds"):
        followed(film, FilmHint(7, Hint(3, 3, BLUE)))


def test_following_can_be_stopped(film):
    with pytest.raises(errors.StoppedError):
        places.follow(film, [hint_on(7)], (64, 96), stopped=lambda: True)


def test_a_hinted_thing_keeps_its_colour_in_its_shot_alone(film):
    found = followed(film, hint_on(7))
    shape = film.height, film.width
    plain = list(steady.Steady(JitteryColorizer(), shape).color(source.read_frames(film)))
    hinted = list(steady.Steady(JitteryColorizer(), shape, places=found).color(source.read_frames(film)))
    for before, after in zip(plain, hinted, strict=True):
        index = after.step.frame.index
        if not 6 <= index < 20:
            np.testing.assert_array_equal(before.colors, after.colors)
            continue
        x, y = np.round(disc(index - 6)).astype(int)
        there = after.ab()[y - 3 : y + 4, x - 3 : x + 4].mean(axis=(0, 1))
        assert np.hypot(*(there - BLUE)) < 12, index
    assert hinted[13].is_key, "the frame on which it was given"


def test_what_a_hint_has_coloured_keeps_some_of_its_colour_when_the_place_is_lost(film):
    found = followed(film, hint_on(0))
    for time in [frame.pts for frame in source.read_frames(film)][13:]:
        found._found.pop(time, None)

    def distance_from_blue(found) -> float:
        """Of the disc's mean colour, in the three frames after its place was lost."""
        shape = film.height, film.width
        way = steady.Steady(JitteryColorizer(), shape, places=found, key_every=3)
        colored = list(way.color(source.read_frames(film)))
        there = []
        for number in (13, 14, 15):
            x, y = np.round(disc(number - 6)).astype(int)
            there.append(colored[number].ab()[y - 3 : y + 4, x - 3 : x + 4].mean(axis=(0, 1)))
        return float(np.hypot(*(np.mean(there, axis=0) - BLUE)))

    assert distance_from_blue(found) < 0.7 * distance_from_blue(followed(film))
