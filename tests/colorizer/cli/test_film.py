import re
from fractions import Fraction

import av
import pytest

from colorizer.cli import film, loading
from colorizer.cli.main import main
from colorizer.film import footage, pace, source
from colorizer.film.hints import edits
from colorizer.inference.hints.hint import Hint
from tests.colorizer.film import clips
from tests.tiny import TinyColorizer


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch):
    monkeypatch.setattr(loading, "load_colorizer", lambda *names, **options: TinyColorizer())


@pytest.fixture
def path(tmp_path):
    return clips.write(tmp_path / "walk.mkv", footage.gray(clips.shots(24)), sound=True)


def test_a_film_is_coloured_and_the_steadiness_printed(path, tmp_path, capsys):
    assert main(["film", str(path), str(tmp_path / "out.mp4")]) == 0
    out = capsys.readouterr().out
    assert "24 frames, 3 shots" in out and "frames a second" in out
    assert re.search(r"steadiness: .* ab, frame by frame they would by .* less", out)


def test_a_preview_is_the_first_seconds(path, tmp_path):
    assert main(["film", str(path), str(tmp_path / "out.mp4"), "--preview", "0.4", "--start", "0.2"]) == 0
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].frames == 10


def test_a_broken_file_is_refused_by_name(tmp_path, capsys):
    (tmp_path / "a.mp4").write_bytes(b"no film")
    assert main(["film", str(tmp_path / "a.mp4"), str(tmp_path / "out.mp4")]) == 1
    assert re.match(r"error: .*a\.mp4: A film must be", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["out.avi"], "OUTPUT must be the name of an MP4"),
        (["nowhere/out.mp4"], "folder that exists"),
        (["out.mp4", "--start", "2", "--end", "1"], "--end must lie after --start"),
    ],
)
def test_wrong_usage(path, tmp_path, capsys, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    assert main(["film", str(path), *arguments]) == 2
    assert reason in capsys.readouterr().err


def test_hints_come_from_options_and_from_a_file(path, tmp_path, capsys):
    file = tmp_path / "hints.json"
    file.write_bytes(edits.write_film_edits(source.probe(path), [edits.FilmHint(0.1, Hint(30, 30, (0, -25)))]))
    out = str(tmp_path / "out.mp4")
    assert main(["film", str(path), out, "--edits", str(file), "--hint", "0.5,20,20,#ff0000"]) == 0
    with av.open(out) as container:
        assert "with 2 hints of a person" in container.metadata["comment"]
    capsys.readouterr()
    assert main(["film", str(path), out, "--hint", "0.5,200,20,#ff0000"]) == 1
    assert "must lie inside" in capsys.readouterr().err
    assert main(["film", str(path), out, "--hint", "5,20,20,#ff0000"]) == 1
    assert "The time must lie in the film" in capsys.readouterr().err
    file.write_text("{}")
    assert main(["film", str(path), out, "--edits", str(file)]) == 1
    assert "hints.json: A sidecar must be" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["3,4,#ff0000", "x,3,4,#ff0000", "-1,3,4,#ff0000", "1,3,4,red", ""])
def test_a_hint_that_cannot_be_read_is_wrong_usage(text, capsys):
    with pytest.raises(SystemExit) as exit:
        main(["film", "a.mp4", "b.mp4", f"--hint={text}"])
    assert exit.value.code == 2 and "must be SECONDS,X,Y,#RRGGBB" in capsys.readouterr().err


def test_a_film_takes_only_the_place_of_a_film_of_ours(path, tmp_path, capsys):
    out = tmp_path / "out.mp4"
    clips.write(out, footage.gray(clips.shots(24)))
    assert main(["film", str(path), str(out)]) == 2
    assert "has not made" in capsys.readouterr().err
    out.unlink()
    for _ in range(2):
        assert main(["film", str(path), str(out), "--preview", "0.2"]) == 0


def test_a_film_does_not_take_its_own_place(tmp_path, capsys):
    path = clips.write(tmp_path / "walk.mp4", footage.gray(clips.shots(24)))
    assert main(["film", str(path), str(path)]) == 2
    assert "another file than INPUT" in capsys.readouterr().err


def test_two_hours_are_taken_and_how_far_it_is_is_told_without_a_terminal(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(film, "SECONDS_BETWEEN_LINES", 0)
    monkeypatch.setattr(pace, "duration", lambda seconds: "long")
    frames = footage.gray(clips.shots(24))[:9]
    path = footage.write_film(tmp_path / "long.mp4", frames, rate=Fraction(1, 900))
    assert source.probe(path).duration == pytest.approx(8100)
    monkeypatch.setattr(pace.time, "monotonic", iter(range(100)).__next__)
    assert main(["film", str(path), str(tmp_path / "out.mp4")]) == 0
    assert re.search(r"5 of 9 frames, 0\.\d frames a second, about long left", capsys.readouterr().out)


def test_ctrl_c_says_how_to_go_on(path, tmp_path, capsys, monkeypatch):
    def stop(colorizer, image):
        raise KeyboardInterrupt

    monkeypatch.setattr(TinyColorizer, "predict", stop)
    assert main(["film", str(path), str(tmp_path / "out.mp4")]) == 130
    assert "the same command with --resume goes on there" in capsys.readouterr().out
    assert not (tmp_path / "out.mp4").exists()
