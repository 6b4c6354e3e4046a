import errno
import hashlib
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from colorizer.film import errors, footage, job, output, segments, source, steady
from colorizer.film.hints.edits import FilmHint
from colorizer.inference.hints.hint import Hint
from tests.colorizer.film import clips
from tests.colorizer.film.jittery import JitteryColorizer
from tests.tiny import TinyColorizer


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    monkeypatch.setattr(segments, "LENGTH", 10)
    monkeypatch.setattr(job, "LENGTH", 10)


@pytest.fixture(scope="module")
def grays():
    return footage.gray(clips.shots(24))


@pytest.fixture(scope="module")
def film(tmp_path_factory, grays):
    """A film of 24 frames with sound, subtitles, a title and a place."""
    path = tmp_path_factory.mktemp("film") / "a.mkv"
    metadata = {"title": "A walk", "location": "+48.2/16.3"}
    return source.probe(clips.write(path, grays, sound=True, subtitles=True, metadata=metadata))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def made(film, tmp_path_factory):
    """What becomes of the film, and where it is."""
    target = tmp_path_factory.mktemp("made") / "b.mp4"
    return job.color_film(film, target, TinyColorizer()), target


def test_a_film_keeps_its_frames_times_sound_and_size(film, made):
    result, target = made
    assert (result.frames, result.shots, result.resumed) == (24, 3, 0)
    assert clips.times(target) == clips.times(film.path)
    for (time, data), (time_before, before) in zip(
        clips.packets(target, "audio"), clips.packets(film.path, "audio"), strict=True
    ):
        assert data == before and float(time) == pytest.approx(float(time_before), abs=0.001)
    with av.open(str(target)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 96, 64)
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert video.frames == 24 and float(video.duration * video.time_base) == pytest.approx(24 / 25, abs=0.002)
        assert container.metadata["title"] == "A walk" and "location" not in container.metadata
        assert "Coloured by software" in container.metadata["comment"]
        assert "compositeWithTrainedAlgorithmicMedia" in container.metadata["comment"]
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "it must play while it loads"
    assert not list(target.parent.glob("*.parts"))


def test_subtitles_come_along(made):
    _, target = made
    [(time, data)] = [(time, data) for time, data in clips.packets(target, "subtitle") if len(data) > 2]
    assert float(time) == pytest.approx(0.1, abs=0.01) and b"Good morning" in data


def test_frames_are_coloured_and_as_light_as_before(made, grays):
    _, target = made
    for made, gray in list(zip(clips.pictures(target), grays, strict=True))[::8]:
        assert np.ptp(made.astype(int), axis=-1).mean() > 5
        assert np.abs(made.mean(axis=(0, 1)).mean() - gray.mean()) < 12


def test_times_of_a_variable_frame_rate_stay(grays, tmp_path):
    times = [0, 40, 100, 110, 300, 340, 380, 500, 501, 600, 640, 700]
    film = source.probe(clips.write(tmp_path / "a.mkv", grays[:12], times=times))
    job.color_film(film, tmp_path / "b.mp4", TinyColorizer())
    assert [round(1000 * time) for time in clips.times(tmp_path / "b.mp4")] == times


def test_a_part_begins_at_zero(film, tmp_path):
    result = job.color_film(film, tmp_path / "b.mp4", TinyColorizer(), source.Part(0.2, 0.6))
    assert result.frames == 10
    assert float(clips.times(tmp_path / "b.mp4")[0]) == 0
    sound = clips.packets(tmp_path / "b.mp4", "audio")
    assert float(sound[0][0]) < 0.2 and float(sound[-1][0]) < 0.41


@pytest.fixture(scope="module")
def whole(film, tmp_path_factory):
    """What the film becomes at one go."""
    target = tmp_path_factory.mktemp("whole") / "b.mp4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "LENGTH", 10)
        patch.setattr(job, "LENGTH", 10)
        job.color_film(film, target, JitteryColorizer())
    return target


@pytest.mark.parametrize("after", [1, 10, 17])
def test_a_stopped_film_goes_on_and_is_the_same_file(after, film, whole, tmp_path):
    done = []
    with pytest.raises(errors.StoppedError):
        job.color_film(
            film,
            tmp_path / "b.mp4",
            JitteryColorizer(),
            progress=lambda count, total: done.append(count),
            stopped=lambda: len(done) == after,
        )
    assert not (tmp_path / "b.mp4").exists()
    result = job.color_film(film, tmp_path / "b.mp4", JitteryColorizer(), resume=True)
    assert result.resumed == after // 10 * 10 and result.frames == 24
    assert digest(tmp_path / "b.mp4") == digest(whole)


def test_hints_are_marked_and_a_stopped_film_goes_on_with_them(film, tmp_path):
    hints = [FilmHint(0.4, Hint(30, 30, (0, -25), radius=9))]
    job.color_film(film, tmp_path / "whole.mp4", JitteryColorizer(), hints=hints)
    with av.open(str(tmp_path / "whole.mp4")) as container:
        assert "with 1 hint of a person" in container.metadata["comment"]
    done = []
    with pytest.raises(errors.StoppedError):
        job.color_film(
            film,
            tmp_path / "b.mp4",
            JitteryColorizer(),
            hints=hints,
            progress=lambda count, total: done.append(count),
            stopped=lambda: len(done) == 11,
        )
    with pytest.raises(errors.ResumeError, match="another hints"):
        job.color_film(film, tmp_path / "b.mp4", JitteryColorizer(), resume=True)
    job.color_film(film, tmp_path / "b.mp4", JitteryColorizer(), hints=hints, resume=True)
    assert digest(tmp_path / "b.mp4") == digest(tmp_path / "whole.mp4")


@pytest.mark.long
def test_the_same_frames_become_the_same_bytes_whatever_the_process_did_before(film, tmp_path):
    noise = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (64, 156, 3), dtype=np.uint8), (0, 0), 3)
    frames = [np.ascontiguousarray(noise[:, 2 * step : 2 * step + 96]) for step in range(20)]
    parts = segments.Segments(tmp_path / "b.mp4", {})
    parts.begin(resume=False)
    made = set()
    for _ in range(300):
        segment = parts.write(0, film)
        for pts, frame in enumerate(frames):
            segment.add(frame, 40 * pts, 40)
        segment.close()
        made.add(digest(segment.part))
        clips.write(tmp_path / "other.mp4", frames, options={"x264-params": "asm=0"})  # something in between
    assert len(made) == 1


def test_going_on_with_other_settings_is_refused(film, tmp_path):
    with pytest.raises(errors.StoppedError):
        job.color_film(film, tmp_path / "b.mp4", TinyColorizer(), stopped=lambda: True)
    with pytest.raises(errors.ResumeError, match="another saturation"):
        job.color_film(film, tmp_path / "b.mp4", TinyColorizer(), saturation=0.5, resume=True)
    assert job.color_film(film, tmp_path / "b.mp4", TinyColorizer(), saturation=0.5).frames == 24


def test_no_more_frames_are_held_than_lie_between_two_key_frames(film, tmp_path, monkeypatch):
    read, ahead = [], []
    read_frames = source.read_frames

    def count(*arguments):
        for frame in read_frames(*arguments):
            read.append(frame.index)
            yield frame

    monkeypatch.setattr(source, "read_frames", count)
    job.color_film(
        film, tmp_path / "b.mp4", TinyColorizer(), progress=lambda done, total: ahead.append(len(read) - done)
    )
    assert len(ahead) == 24 and max(ahead) <= steady.KEY_EVERY + 1


def test_a_full_disk_is_called_one(film, tmp_path, monkeypatch):
    def add(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segments.Segment, "add", add)
    with pytest.raises(errors.DiskFullError, match="free some space"):
        job.color_film(film, tmp_path / "b.mp4", TinyColorizer())
    assert not (tmp_path / "b.mp4").exists()


def test_sound_that_mp4_cannot_hold_is_told_before_the_work(film, tmp_path, monkeypatch):
    monkeypatch.setattr("colorizer.film.output._mp4_codecs", lambda: set())
    colorizer = TinyColorizer()
    with pytest.raises(errors.FilmSoundError, match="--no-sound"):
        job.color_film(film, tmp_path / "b.mp4", colorizer)
    assert colorizer.runs == 0
    job.color_film(film, tmp_path / "b.mp4", colorizer, sound=False)
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert not container.streams.audio


def test_subtitles_that_are_pictures_are_left_out_and_it_is_said(grays, tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.height, video.width, video.pix_fmt = clips.SHAPE[0], clips.SHAPE[1], "yuv420p"
        pictures = container.add_stream("dvdsub")
        pictures.codec_context.time_base = Fraction(1, 1000)
        for gray in grays[:3]:
            container.mux(video.encode(av.VideoFrame.from_ndarray(gray, "rgb24")))
        container.mux(video.encode())
    film = source.probe(path)
    assert output.subtitle_notes(film) == [
        "Subtitles of the kind dvdsub are pictures, which MP4 cannot hold: left out."
    ]
    job.color_film(film, tmp_path / "b.mp4", TinyColorizer())
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]
