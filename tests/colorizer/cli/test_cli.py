import json
import os
import subprocess
import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer import images, models
from colorizer.cli import loading
from colorizer.cli.main import COMMANDS, main
from colorizer.color import lab
from colorizer.inference.colorizer import Colorizer
from tests.conftest import ROOT
from tests.tiny import UndecidedColorizer

FIESTA = ROOT / "colorizer" / "gallery" / "photographs" / "fiesta.jpg"


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    (folder / "old").mkdir(parents=True)
    gray = Image.fromarray(skimage.data.camera()[:200, :240])
    gray.save(folder / "a.jpg")
    gray.save(folder / "a.png")
    gray.save(folder / "old" / "B.TIF")
    (folder / "notes.txt").write_text("no photograph")
    return folder


@pytest.fixture
def undecided(monkeypatch):
    """A model that makes two variants of each photograph, in place of the one that ships."""
    model = UndecidedColorizer()
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: model)


def run(*arguments) -> int:
    return main([str(a) for a in arguments])


def test_colorize_a_folder_by_extension_with_names_of_the_contract(scans, tmp_path, capsys):
    assert run("colorize", scans, "--output", tmp_path / "out") == 0
    assert sorted(os.listdir(tmp_path / "out")) == ["B_colorized.png", "a_colorized.jpg", "a_colorized.png"]
    for path in (tmp_path / "out").iterdir():
        photo = images.read(path)
        assert (photo.height, photo.width) == (200, 240) and photo.is_color
        error = np.abs(lab.rgb_to_lightness(photo.pixels) - lab.rgb_to_lightness(skimage.data.camera()[:200, :240]))
        assert error.mean() < 1  # JPEG, twice
    assert capsys.readouterr().err == ""


def test_variants_and_confidence_are_written_beside_the_colouring(scans, tmp_path):
    output = tmp_path / "out"
    Image.open(FIESTA).resize((300, 200)).convert("L").save(scans / "a.jpg")  # a crowd in clothes of any colour
    assert run("colorize", scans / "a.jpg", "--output", output, "--variants", "3", "--confidence") == 0
    names = sorted(os.listdir(output))
    assert names[0] == "a_colorized.jpg" and names[-1] == "a_confidence.png" and "a_colorized_2.jpg" in names
    first, second = (images.read(output / name).pixels.astype(int) for name in names[:2])
    assert np.abs(first - second).mean() > 2
    assert run("colorize", scans / "a.jpg", "--output", tmp_path / "plain") == 0
    assert (output / names[0]).read_bytes() == (tmp_path / "plain" / names[0]).read_bytes()


def test_two_inputs_that_meet_in_one_name_of_a_variant_or_a_confidence_picture(scans, tmp_path, undecided):
    (scans / "more").mkdir()
    (scans / "more" / "a.png").write_bytes((scans / "a.png").read_bytes())
    inputs = scans / "a.jpg", scans / "a.png", scans / "more" / "a.png"
    options = "--format", "jpeg", "--variants", 2, "--confidence"
    assert run("colorize", *inputs, "--output", tmp_path / "o", *options) == 0
    assert sorted(os.listdir(tmp_path / "o")) == [
        "a.png_colorized.jpg",
        "a.png_colorized_2.jpg",
        "a.png_colorized_3.jpg",
        "a.png_colorized_3_2.jpg",
        "a.png_confidence.png",
        "a.png_confidence_2.png",
        "a_colorized.jpg",
        "a_colorized_2.jpg",
        "a_confidence.png",
    ]


def test_two_inputs_that_meet_in_one_name(scans, tmp_path):
    assert run("colorize", scans / "a.jpg", scans / "a.png", "--output", tmp_path / "o", "--format", "jpeg") == 0
    assert sorted(os.listdir(tmp_path / "o")) == ["a.png_colorized.jpg", "a_colorized.jpg"]


def test_bad_inputs_are_named_and_the_others_done(scans, tmp_path, capsys):
    (scans / "broken.jpg").write_bytes(b"")
    status = run("colorize", scans / "broken.jpg", scans / "none.png", scans / "a.png", "--output", tmp_path / "out")
    assert status == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: {scans / 'broken.jpg'}: ") and "0 bytes" in first
    assert second == f"error: {scans / 'none.png'}: No such file or directory"
    assert os.listdir(tmp_path / "out") == ["a_colorized.png"]


def test_same_input_same_bytes(scans, tmp_path):
    for output in ("one", "two"):
        assert run("colorize", scans / "a.png", "--output", tmp_path / output, "--saturation", "1.2") == 0
    assert (tmp_path / "one/a_colorized.png").read_bytes() == (tmp_path / "two/a_colorized.png").read_bytes()


def test_results_in_the_folder_of_the_scans_are_not_coloured_again(scans):
    for _ in range(2):
        assert run("colorize", scans, "--output", scans) == 0
    assert sorted(p.name for p in scans.glob("*_colorized*")) == [
        "B_colorized.png",
        "a_colorized.jpg",
        "a_colorized.png",
    ]


def test_variants_and_confidence_pictures_in_the_folder_of_the_scans_are_not_coloured(scans, undecided):
    everything = "colorize", scans, "--output", scans, "--variants", 3, "--confidence"
    assert run(*everything) == 0
    before = sorted(scans.rglob("*"))
    assert len(before) == 5 + 3 * 3
    assert run(*everything) == run("batch", scans, scans) == 0
    made_by_batch = {"manifest.jsonl", "skipped.csv", ".huestory-batch.lock", "B_colorized.png"}
    assert {path.name for path in set(scans.rglob("*")) - set(before)} <= made_by_batch


def test_a_photograph_that_is_only_called_like_a_confidence_picture_is_coloured(scans, undecided):
    (scans / "a.png").rename(scans / "self_confidence.png")
    for _ in range(2):
        assert run("colorize", scans, "--output", scans) == 0
    assert (scans / "self_confidence_colorized.png").exists()


def test_a_photograph_of_which_nothing_is_unsure_has_a_confidence_picture_without_orange(scans, tmp_path, undecided):
    assert run("colorize", scans / "a.png", "--output", tmp_path / "o", "--confidence", "--caption") == 0
    assert sorted(os.listdir(tmp_path / "o")) == ["a_colorized.png", "a_confidence.png"]
    assert not images.read(tmp_path / "o" / "a_confidence.png").is_color


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["colorize", "a.png"], "--output"),
        (["colorize", "a.png", "--output", "o", "--saturation", "3"], "from 0 to 2"),
        (["colorize", "a.png", "--output", "o", "--format", "gif"], "gif"),
        (["colorize", "a.png", "--output", "o", "--model", "nobody"], "resnet50_unet"),
        (["evaluate", "--data", "no_such_folder"], "no_such_folder"),
        (["train", "--data", "d", "--model", "m", "--output", "o", "--epochs", "1", "--minutes", "1"], "not allowed"),
        (["train", "--data", "d", "--model", "nobody", "--output", "o.weights.h5"], "resnet50_unet"),
        (["train", "--data", "d", "--model", "resnet50_unet", "--output", "o.h5"], "weights.h5"),
        (["samples", "download", "mona"], "camera"),
        (["benchmark", "--megapixels", "0"], "0.01"),
        ([], "COMMAND"),
    ],
)
def test_wrong_usage(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        status = run(*arguments)
    except SystemExit as stop:
        status = stop.code
    assert status == 2 and message in capsys.readouterr().err


def test_an_output_that_is_a_file_is_wrong_usage(scans, tmp_path, capsys):
    (tmp_path / "out").touch()
    assert run("colorize", scans, "--output", tmp_path / "out") == 2
    assert "must be a folder" in capsys.readouterr().err


def test_models_as_json(capsys, monkeypatch):
    names = ["two_layer", "eccv16", models.DEFAULT_MODEL]  # each is built, which takes a second or two
    monkeypatch.setattr(models, "list_models", lambda: names)
    assert run("models", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == names
    assert set(rows[0]) == {"name", "parameters", "trainable_parameters", "default", "weights", "source"}
    assert [row["name"] for row in rows if row["default"]] == [models.DEFAULT_MODEL]
    assert [row["name"] for row in rows if row["weights"] is None] == ["eccv16"]


def test_evaluate_prints_and_writes_a_row_a_model(photo_folder, tmp_path, capsys):
    table = tmp_path / "table.csv"
    assert run("evaluate", "--data", photo_folder, "--size", "64", "--limit", "4", "--output", table) == 0
    assert [line.split(",")[0] for line in table.read_text().splitlines()] == ["model", "grayscale", "resnet50_unet"]
    assert "resnet50_unet" in capsys.readouterr().out


def test_samples_are_listed_and_written(tmp_path, capsys):
    assert run("samples") == run("samples", "list") == 0
    assert "camera: A man with a camera" in capsys.readouterr().out
    assert run("samples", "download", "camera", "--output", tmp_path) == 0
    assert images.read(tmp_path / "camera.png").width == 512


def test_help_shows_examples_and_loads_nothing_heavy():
    code = """
import sys
from colorizer.cli.main import COMMANDS, main
for command in COMMANDS:
    try:
        main([command, "--help"])
    except SystemExit:
        pass
rooms = [f"colorizer.{room}" for room in ("training", "evaluation", "archive", "gallery")]
print("loaded:", [name for name in ("tensorflow", "keras", "ray", *rooms) if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    for command in COMMANDS:
        assert f"example: python -m colorizer {command} " in done.stdout
    assert done.stdout.endswith("loaded: []\n")


def test_standard_error_of_a_real_process_is_silent(scans, tmp_path):
    command = [sys.executable, "-m", "colorizer", "colorize", str(scans / "a.png"), "--output", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout == f"{scans / 'a.png'} -> {tmp_path / 'out' / 'a_colorized.png'}\n"


def test_a_blank_page_is_written_as_it_is_and_own_colours_are_kept(tmp_path, undecided, monkeypatch, capsys):
    monkeypatch.setattr(UndecidedColorizer, "predict", _predict_with_border(UndecidedColorizer.predict))
    stamped = np.repeat(skimage.data.camera()[..., None], 3, axis=-1)
    stamped[40:100, 380:440] = (40, 60, 150)
    Image.fromarray(stamped).save(tmp_path / "stamp.png")
    Image.new("RGB", (80, 60), (244, 236, 216)).save(tmp_path / "back.png")
    inputs = tmp_path / "stamp.png", tmp_path / "back.png"
    assert run("colorize", *inputs, "--output", tmp_path / "out", "--keep-colors", "--caption") == 0
    assert "back.png is blank: it is written as it is." in capsys.readouterr().out
    assert (images.read(tmp_path / "out" / "back_colorized.png").pixels == (244, 236, 216)).all()
    stamp = images.read(tmp_path / "out" / "stamp_colorized.png").pixels[50:90, 390:430].mean(axis=(0, 1))
    assert stamp == pytest.approx((40, 60, 150), abs=3)


def _predict_with_border(predict):
    """The stand-in's prediction for a photograph, the library's for a blank page."""

    def look_first(self, image, for_hints=True):
        return Colorizer.predict(self, image) if np.ptp(image[..., 0]) == 0 else predict(self, image)

    return look_first
