import hashlib
import os

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer import images
from colorizer.cli import loading
from colorizer.cli.main import main
from colorizer.color import lab
from colorizer.inference.hints.hint import Hint
from colorizer.inference.hints.sidecar import Edits, sidecar_path, write_edits
from tests.tiny import TinyColorizer


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: TinyColorizer())


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / "scans" / "a.png"
    path.parent.mkdir()
    Image.fromarray(skimage.data.camera()[::2, ::2]).save(path)
    return path


HINTS = (Hint(60, 190, (30, 40)), Hint(200, 40, (-20, 20), radius=9))


def edits(photograph, size=(256, 256), **changes):
    sha256 = hashlib.sha256(photograph.read_bytes()).hexdigest()
    return write_edits(Edits(**{"size": size, "sha256": sha256, "hints": HINTS} | changes))


def run(*arguments) -> int:
    return main([str(a) for a in arguments])


def result(folder, name="a_colorized.png"):
    return (folder / name).read_bytes()


def test_a_hint_is_shown_and_counted_in_the_mark(photograph, tmp_path):
    assert run("colorize", photograph, "--output", tmp_path / "out", "--hint", "200,40,#90b0d0") == 0
    data = result(tmp_path / "out")
    shown = lab.rgb_to_lab(images.read(data).pixels[40, 200])[1:]
    assert np.hypot(*(shown - lab.rgb_to_lab(np.uint8([0x90, 0xB0, 0xD0]))[1:])) < 3
    assert b"the colour of 1 place was given by a person" in data


def test_a_file_of_edits_gives_the_same_bytes_by_option_beside_the_photograph_and_in_a_batch(
    photograph, tmp_path, capsys
):
    apart = tmp_path / "apart.json"
    apart.write_bytes(edits(photograph))
    assert run("colorize", photograph, "--output", tmp_path / "option", "--edits", apart) == 0
    sidecar_path(photograph).write_bytes(edits(photograph))
    assert run("colorize", photograph.parent, "--output", tmp_path / "beside") == 0
    assert run("batch", photograph.parent, tmp_path / "batch") == 0
    assert result(tmp_path / "option") == result(tmp_path / "beside") == result(tmp_path / "batch")
    assert b"the colour of 2 places was given by a person" in result(tmp_path / "option")
    assert "Not taken" not in capsys.readouterr().out  # a sidecar is no file of an unknown kind


def test_a_batch_does_a_photograph_again_when_its_hints_change(photograph, tmp_path):
    assert run("batch", photograph.parent, tmp_path / "out") == 0
    plain = result(tmp_path / "out")
    sidecar_path(photograph).write_bytes(edits(photograph))
    assert run("batch", photograph.parent, tmp_path / "out", "--resume") == 0
    hinted = result(tmp_path / "out")
    os.utime(sidecar_path(photograph), (0, 0))
    assert hinted != plain and run("batch", photograph.parent, tmp_path / "out", "--resume") == 0
    sidecar_path(photograph).unlink()
    assert run("batch", photograph.parent, tmp_path / "out", "--resume") == 0
    assert result(tmp_path / "out") == plain


def test_a_sidecar_of_another_photograph_refuses_it_by_name(photograph, tmp_path, capsys):
    sidecar_path(photograph).write_bytes(edits(photograph, sha256="0" * 64))
    assert run("colorize", photograph, "--output", tmp_path / "out") == 1
    assert "a.png.edits.json: The hints must have been given for this photograph" in capsys.readouterr().err
    assert run("batch", photograph.parent, tmp_path / "batch") == 1
    assert "a.png.edits.json: The hints must" in (tmp_path / "batch" / "failures.csv").read_text()


def test_a_hint_outside_the_photograph_refuses_it(photograph, tmp_path, capsys):
    assert run("colorize", photograph, "--output", tmp_path / "out", "--hint", "256,0,#ff0000") == 1
    assert "inside the photograph, x from 0 to 255" in capsys.readouterr().err
    assert not os.listdir(tmp_path / "out")


@pytest.mark.parametrize("text", ["1,2,red", "1,2", "a,2,#ff0000", "1,2,#ff0000,3"])
def test_a_hint_that_cannot_be_read_is_wrong_usage(photograph, tmp_path, text, capsys):
    with pytest.raises(SystemExit) as stopped:
        run("colorize", photograph, "--output", tmp_path / "out", "--hint", text)
    assert stopped.value.code == 2 and "#RRGGBB" in capsys.readouterr().err


def test_hints_for_several_photographs_are_wrong_usage(photograph, tmp_path, capsys):
    Image.fromarray(skimage.data.camera()[::4, ::4]).save(photograph.with_name("b.png"))
    for option in (("--hint", "1,2,#ff0000"), ("--edits", tmp_path / "x.json")):
        assert run("colorize", photograph.parent, "--output", tmp_path / "out", *option) == 2
        assert "are for one photograph. Received 2" in capsys.readouterr().err


def test_edits_that_cannot_be_read_are_wrong_usage(photograph, tmp_path, capsys):
    (tmp_path / "bad.json").write_text("{}")
    for name, reason in (("bad.json", "huestory-edits"), ("missing.json", "No such file")):
        assert run("colorize", photograph, "--output", tmp_path / "out", "--edits", tmp_path / name) == 2
        assert reason in capsys.readouterr().err


def test_mood_warmth_and_reference_change_the_colours_and_stand_in_the_mark(photograph, tmp_path):
    reference = tmp_path / "coffee.png"
    Image.fromarray(skimage.data.coffee()[::4, ::4]).save(reference)
    options = [(), ("--mood", "kodachrome"), ("--warmth", "0.5"), ("--reference", reference)]
    results = []
    for number, option in enumerate(options):
        assert run("colorize", photograph, "--output", tmp_path / f"{number}", *option) == 0
        results.append(result(tmp_path / f"{number}"))
    assert len(set(results)) == 4
    assert b"mood kodachrome" in results[1] and b"warmth 0.5" in results[2] and b"reference photograph" in results[3]
    assert run("batch", photograph.parent, tmp_path / "batch", "--mood", "kodachrome") == 0
    assert result(tmp_path / "batch") == results[1]


def test_moods_and_references_that_cannot_be_used_are_wrong_usage(photograph, tmp_path, capsys):
    for option, reason in (
        (("--mood", "sepia"), "A mood must be one of kodachrome"),
        (("--reference", tmp_path / "missing.jpg"), "No such file"),
        (("--reference", photograph), "must be a colour photograph"),
    ):
        assert run("colorize", photograph, "--output", tmp_path / "out", *option) == 2
        assert reason in capsys.readouterr().err
    assert run("batch", photograph.parent, tmp_path / "out", "--mood", str(tmp_path / "my.csv")) == 2


def test_a_mood_is_learnt_by_one_command(photo_folder, tmp_path):
    assert run("mood", photo_folder, "--against", photo_folder, "--output", tmp_path / "my.csv") == 0
    assert (tmp_path / "my.csv").read_text().startswith("a,b,log_ratio\n")
