from pathlib import Path

import av
import numpy as np
import pytest

from colorizer.film import errors, footage, source
from tests.colorizer.film import clips

LOSS = 8
"""Mean difference that codecs at their usual quality make, in grey levels; neighbouring frames differ by more."""


@pytest.fixture(scope="module")
def frames():
    return footage.gray(clips.shots(12))


def read(path, part=source.Part()):  # noqa: B008
    return list(source.read_frames(source.probe(path), part))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mov", "mjpeg"), ("a.mkv", "mpeg4"), ("a.webm", "libvpx-vp9"), ("a.avi", "mpeg4")],
)
def test_containers_are_read_with_all_frames(name, codec, frames, tmp_path):
    path = clips.write(tmp_path / name, frames, codec, "yuvj420p" if codec == "mjpeg" else "yuv420p")
    film = source.probe(path)
    assert (film.height, film.width, round(film.rate)) == (64, 96, 25)
    found = list(source.read_frames(film))
    assert [frame.index for frame in found] == list(range(12))
    assert np.diff([float(frame.pts * film.time_base) for frame in found]) == pytest.approx(0.04, abs=0.001)
    assert np.abs(found[5].pixels().astype(int) - frames[5][..., 0]).mean() < LOSS


def test_variable_frame_rates_keep_their_times(frames, tmp_path):
    times = [0, 40, 100, 110, 300, 340, 380, 500, 501, 600, 640, 700]
    found = read(clips.write(tmp_path / "a.mkv", frames, times=times))
    assert [frame.pts for frame in found] == times
    assert [frame.duration for frame in found[:-1]] == list(np.diff(times))


def test_a_part_begins_and_ends_where_it_should(frames, tmp_path):
    path = clips.write(tmp_path / "a.mp4", frames, options={"g": "6"})
    film = source.probe(path)
    found = read(path, source.Part(0.2, 0.4))
    assert [float(frame.pts * film.time_base) for frame in found] == pytest.approx([0.2, 0.24, 0.28, 0.32, 0.36])
    assert film.expected_frames(source.Part(0.2, 0.4)) == 5
    with pytest.raises(errors.TrimError, match="9 to its end"):
        read(path, source.Part(9))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_films_are_read_upright(rotation, frames, tmp_path):
    turned = [np.ascontiguousarray(np.rot90(frame, -rotation // 90)) for frame in frames]
    path = clips.write(tmp_path / "a.mp4", turned, rotation=rotation)
    frame = read(path)[3]
    assert frame.shape == (64, 96)
    assert np.abs(frame.pixels().astype(int) - frames[3][..., 0]).mean() < LOSS
    assert frame.gray((32, 48)).shape == (32, 48)


def test_odd_sides_lose_a_pixel_and_it_is_said(tmp_path):
    frames = [np.full((65, 97, 3), 10 * number, np.uint8) for number in range(3)]
    path = clips.write(tmp_path / "a.mkv", frames, "ffv1", "yuv444p")
    film = source.probe(path)
    assert (film.height, film.width) == (64, 96)
    assert read(path)[1].pixels().shape == (64, 96)
    assert "cropped" in " ".join(film.notes)


def test_ten_bits_are_read_and_it_is_said(frames, tmp_path):
    path = clips.write(tmp_path / "a.mp4", frames, "libx265", "yuv420p10le", options={"x265-params": "log-level=none"})
    film = source.probe(path)
    assert film.notes == ["Its 10 bits become 8."]
    assert np.abs(read(path)[2].pixels().astype(int) - frames[2]).mean() < LOSS


def test_interlaced_films_are_deinterlaced_with_as_many_frames(tmp_path):
    moving = list(footage.pan(clips.photos()[0], 24, clips.SHAPE, 4))
    woven = []
    for even, odd in zip(moving[::2], moving[1::2], strict=True):
        frame = even.copy()
        frame[1::2] = odd[1::2]
        woven.append(frame)
    options = {"flags": "+ilme+ildct", "qscale": "2"}
    path = clips.write(tmp_path / "a.avi", footage.gray(woven), "mpeg2video", options=options | {"top": "1"})
    film = source.probe(path)
    assert film.interlaced and "deinterlaced" in film.notes[0]
    found = read(path)
    assert len(found) == 12
    assert [frame.pts for frame in found] == list(range(found[0].pts, found[0].pts + 12))

    def combing(pixels):
        return np.abs(pixels[1:-1:2].astype(int) * 2 - pixels[:-2:2] - pixels[2::2]).mean()

    assert combing(found[5].pixels()) < 0.6 * combing(footage.gray(woven)[5][..., 0])


def test_colour_films_are_read_in_colour(tmp_path):
    path = clips.write(tmp_path / "a.mp4", clips.shots(12))
    assert read(path)[0].pixels().shape == (64, 96, 3)


@pytest.mark.parametrize("content", [b"", b"no film at all" * 100, b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n"])
def test_other_files_are_refused(content, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(errors.BrokenFilmError, match=r"a\.mp4 cannot be opened"):
        source.probe(path)


def test_a_playlist_is_no_film(frames, tmp_path):
    clips.write(tmp_path / "a.mp4", frames)
    path = tmp_path / "list.mp4"
    path.write_text("ffconcat version 1.0\nfile a.mp4\n")
    with pytest.raises(errors.BrokenFilmError):
        source.probe(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        source.probe(tmp_path / "a.mp4")


def test_sound_alone_is_no_film(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        clips._add_tone(container, container.add_stream("aac", rate=8000), 0.5)
    with pytest.raises(errors.NoVideoError, match="has none"):
        source.probe(path)


def test_one_frame_is_a_photograph(frames, tmp_path):
    with pytest.raises(errors.OneFrameError, match="as a photograph"):
        source.probe(clips.write(tmp_path / "a.mp4", frames[:1]))


def test_an_unknown_codec_is_told(frames, tmp_path):
    path = clips.write(tmp_path / "a.avi", frames, "mpeg4")
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZ9Y"))
    with pytest.raises(errors.UnknownCodecError, match=r"H\.264"):
        source.probe(path)


def test_a_file_that_is_cut_off_gives_what_there_is(frames, tmp_path):
    path = clips.write(tmp_path / "a.mkv", frames, options={"g": "1"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    assert 2 <= len(read(path)) < 12


def test_length_is_checked():
    film = source.Film(Path("a.mp4"), 64, 96, 7200.0, None, None, None, "h264")
    with pytest.raises(errors.TooLongError, match=r"10 minutes.*120\.0 minutes"):
        source.check_length(film, 600)
    source.check_length(film, 7200)
