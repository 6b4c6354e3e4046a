import numpy as np
import pytest

from colorizer.color import lab
from colorizer.film import benchmark, footage, motion, source, steady
from tests.colorizer.film import clips
from tests.colorizer.film.jittery import JitteryColorizer, KnowingColorizer
from tests.tiny import TinyColorizer


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three shots of sixteen frames."""
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    return source.probe(clips.write(path, footage.gray(clips.shots(48)), options={"crf": "10"}))


def color(film, colorizer, **options):
    way = steady.Steady(colorizer, (film.height, film.width), **options)
    return way, list(way.color(source.read_frames(film)))


def test_every_frame_is_coloured_once_and_shots_are_told_apart(film):
    way, colored = color(film, TinyColorizer())
    assert [one.step.frame.index for one in colored] == list(range(48))
    assert [number for number, one in enumerate(colored) if one.starts_shot] == [0, 16, 32]
    assert way.network_runs == sum(one.is_key for one in colored) < 16


def test_lightness_of_every_frame_is_untouched(film):
    _, colored = color(film, JitteryColorizer())
    for one in colored[::7]:
        before = lab.rgb_to_lightness(one.step.frame.pixels())
        assert np.abs(lab.rgb_to_lightness(one.rgb()) - before).max() < 0.5


@pytest.mark.parametrize("name", ["three shots", "pan", "moving cut-out", "grain", "fade"])
def test_colours_are_steadier_than_frame_by_frame(name):
    frames = benchmark.clips(clips.photos(), 24, clips.SHAPE)[name]
    row = benchmark.measure(name, frames, KnowingColorizer(frames, jittery=True))
    assert row["steadier"] > 0.6


def test_colours_do_not_trail_behind_what_moves():
    frames = list(footage.cutout(*clips.photos()[:2], 20, (120, 160), 3))
    row = benchmark.measure("cut-out", frames, KnowingColorizer(frames))
    assert row["error_film"] < row["error_single"] + 0.5
    assert row["edge_error_film"] < row["edge_error_single"] + 2


def test_a_cut_takes_nothing_from_the_shot_before(film):
    _, whole = color(film, TinyColorizer())
    frames = list(source.read_frames(film))
    alone = list(steady.Steady(TinyColorizer(), (film.height, film.width)).color(frames[16:32]))
    for one, other in zip(whole[16:32], alone, strict=True):
        np.testing.assert_array_equal(one.colors, other.colors)


def test_it_goes_on_from_a_key_frame_as_if_nothing_had_happened(film):
    frames = list(source.read_frames(film))
    _, whole = color(film, JitteryColorizer(), segment=10)
    way = steady.Steady(JitteryColorizer(), (film.height, film.width), segment=10)
    for _ in way.color(frames[:10]):
        pass
    key, way = way.key, steady.Steady(JitteryColorizer(), (film.height, film.width), segment=10)
    for one, other in zip(whole[10:], way.color(frames[10:], key), strict=True):
        np.testing.assert_array_equal(one.colors, other.colors)


def test_what_was_hidden_takes_its_colours_from_the_side_where_it_is_seen():
    shape = (4, 5)
    red, blue = np.full((*shape, 2), 50, np.float32), np.full((*shape, 2), -50, np.float32)
    trusted, hidden = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    assert steady._blend((red, hidden), (blue, trusted), 0.1).mean() == pytest.approx(-50, abs=2)
    assert steady._blend((red, trusted), (blue, trusted), 0.5).mean() == pytest.approx(0, abs=1e-3)
    assert steady._blend((red, hidden), (blue, hidden), 0.5).mean() == pytest.approx(0, abs=1e-3)


def test_black_frames_between_shots_are_no_trouble(tmp_path):
    black = [np.zeros((*clips.SHAPE, 3), np.uint8)] * 5
    frames = [*footage.gray(clips.shots(6)), *black, *footage.gray(clips.shots(6))]
    _, colored = color(source.probe(clips.write(tmp_path / "a.mp4", frames)), TinyColorizer())
    assert all(np.isfinite(one.colors).all() for one in colored)
    assert np.abs(colored[8].rgb().astype(int)).max() < 12


def test_flat_frames_have_no_motion():
    flat = np.full((20, 30), 128, np.uint8)
    there = motion.flow(flat, flat)
    assert np.abs(there).max() < 0.5 and motion.trust(flat, flat, there, there).mean() > 0.9
