"""The script for a training on a lent machine: everything travels in parts, and comes out as it went in."""

import importlib.util
import json
import shlex
import tarfile

import pytest

from colorizer.cli.main import make_parser
from tests.conftest import ROOT

SPEC = importlib.util.spec_from_file_location("train_on_gpu", ROOT / "weights" / "train_on_gpu.py")
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

TRAINER = """
import signal, sys, time
from pathlib import Path

def save(*_):
    (state / "progress.json").write_text("{}")
    sys.exit()

state = Path(sys.argv[sys.argv.index("--output") + 1] + ".state")
state.mkdir(exist_ok=True)
signal.signal(signal.SIGINT, save)
print("resumed" if "--resume" in sys.argv else "began", flush=True)
time.sleep(60)
"""
"""Stands in for `colorizer train`: it saves its state when it is interrupted."""


@pytest.fixture
def big_file(tmp_path, rng):
    file = tmp_path / "big.bin"
    file.write_bytes(rng.bytes(2500))
    return file


@pytest.fixture
def load(tmp_path, rng):
    """What `prepare` makes of two packs and some weights to start from, in folders of one part each."""
    packs = [tmp_path / f"a_0{i}.npz" for i in range(2)]
    start = tmp_path / "my.weights.h5"
    for file in (*packs, start):
        file.write_bytes(rng.bytes(200_000))
    start.with_name("my.weights.json").write_text("{}")
    command = [
        "prepare",
        tmp_path / "load",
        "--start",
        start,
        "--no-wheels",
        "--part-bytes",
        500_000,
        "--packs",
        *packs,
    ]
    assert script.main(list(map(str, command))) == 0
    return tmp_path / "load"


@pytest.fixture
def work(load, tmp_path):
    """The folder of the other machine when everything has arrived."""
    folder = tmp_path / "work"
    for part in reversed(sorted(load.iterdir())):
        assert script.main(["receive", str(part), "--work", str(folder)]) == 0
    return folder


def test_parts_are_no_larger_than_asked_for_and_join_to_the_same_file(big_file, tmp_path):
    parts = script.split(big_file, tmp_path / "parts", 1000)
    assert [part.stat().st_size for part in parts] == [1000, 1000, 500]
    script.join(tmp_path / "parts", "big.bin", tmp_path / "joined")
    assert (tmp_path / "joined").read_bytes() == big_file.read_bytes()


@pytest.mark.parametrize("damage", ["lose", "alter", "lose the list"])
def test_parts_that_are_missing_or_damaged_are_named(big_file, tmp_path, damage):
    part = script.split(big_file, tmp_path / "parts", 1000)[1]
    if damage == "alter":
        part.write_bytes(part.read_bytes()[:-1] + b"x" * 2)
    else:
        (part if damage == "lose" else part.with_name("big.bin.json")).unlink()
    with pytest.raises(script.TransferError, match=r"big\.bin\.(001|json)"):
        script.join(tmp_path / "parts", "big.bin", tmp_path / "joined")
    assert not (tmp_path / "joined").exists()


def test_each_folder_that_travels_has_one_part_and_the_script(load, tmp_path):
    folders = sorted(load.iterdir())
    assert len(folders) > 1 and folders[0].name == "00"
    for number, folder in enumerate(folders):
        names = {file.name for file in folder.iterdir()}
        assert names == {"train_on_gpu.py", "load.tar.json", f"load.tar.{number:03}"}
        assert (folder / f"load.tar.{number:03}").stat().st_size <= 500_000


def test_the_last_folder_to_arrive_completes_code_weights_and_packs(work, tmp_path):
    assert (work / "packs" / "a_01.npz").read_bytes() == (tmp_path / "a_01.npz").read_bytes()
    assert (work / "start.weights.h5").read_bytes() == (tmp_path / "my.weights.h5").read_bytes()
    assert (work / "colorizer" / "__main__.py").exists() and (work / "weights" / "train_on_gpu.py").exists()


def test_packages_that_do_not_fit_the_machine_are_said_so(work, load, capsys):
    (work / "wheels").mkdir()
    (work / "wheels" / "keras-3.15.1-cp27-none-win32.whl").write_bytes(b"")
    assert script.main(["receive", str(load / "00"), "--work", str(work)]) == 1
    assert "prepare again with this --python" in capsys.readouterr().err


def test_a_training_is_started_stopped_and_continued_in_the_background(work, capsys):
    (work / "colorizer" / "__main__.py").write_text(TRAINER)
    log, place = work / "run" / "log", ["--work", str(work)]
    for said in ("began", "resumed"):
        assert script.main(["start", *place, "--seconds", "0"]) == 0
        assert script.main(["start", *place]) == 1
        assert "One training at a time" in capsys.readouterr().err
        while not log.read_text().endswith(f"{said}\n"):
            script._wait(work, 0.1)
            assert script._running(work), log.read_text()
        assert script.main(["stop", *place, "--seconds", "30"]) == 0
        assert "not running" in capsys.readouterr().out
    command = next(line for line in log.read_text().splitlines() if line.startswith("$"))
    assert "--train-classifier" in command and "a_00.npz" in command and "--minutes 24" in command


def test_the_other_script_is_started_with_what_it_needs_and_single_files_come_back(work, tmp_path, capsys):
    start = ["start", "--work", str(work), "--seconds", "30", "--adversarial", "--minutes 0 9"]
    assert script.main(start) == 1
    assert "prepare --features" in capsys.readouterr().err
    (work / "features.npz").write_bytes(b"")
    trainer = "import sys, pathlib; pathlib.Path('run/now.npz').write_text(' '.join(sys.argv[1:])); sys.exit('broke')"
    (work / "weights" / "train_adversarially.py").write_text(trainer)
    assert script.main(start) == 0
    assert "broke" in capsys.readouterr().out  # its errors are in the log
    export = ["export", str(tmp_path / "back"), "--work", str(work), "--files", "now.npz", "last.npz"]
    assert script.main(export) == 0 and script.main(["join", str(tmp_path / "back"), str(tmp_path / "here")]) == 0
    assert [file.name for file in (tmp_path / "here" / "run").iterdir()] == ["now.npz"]
    words = (tmp_path / "here" / "run" / "now.npz").read_text().split()
    assert words[0] == "train" and words[-3:] == ["--minutes", "0", "9"]
    assert words[1].endswith("a_00.npz") and {"--start", "--features", "--output"} <= set(words)


def test_the_recipe_is_one_that_train_understands():
    command = ["train", "--data", "a_00.npz", "--model", script.MODEL, "--output", "my.weights.h5"]
    options = make_parser().parse_args([*command, *shlex.split(script.RECIPE)])
    assert (options.batch_size, options.tint_weight, options.train_classifier) == (256, 2, True)


def test_a_training_without_its_data_is_not_started(tmp_path, capsys):
    assert script.main(["start", "--work", str(tmp_path)]) == 1
    assert "receive the rest" in capsys.readouterr().err


def test_results_come_back_a_few_parts_at_a_time_and_go_on_elsewhere(work, tmp_path, rng):
    run, back, here = work / "run", tmp_path / "back", tmp_path / "here"
    (run / "new.weights.h5.state").mkdir(parents=True)
    (run / "new.weights.h5.state" / "progress.json").write_text(json.dumps({"steps": 7}))
    (run / "new.weights.h5").write_bytes(rng.bytes(9000))
    command = ["export", str(back), "--work", str(work), "--state", "--part-bytes", "4000", "--count", "2"]
    for first in ("0", "2", "4"):
        assert script.main([*command, "--first", first]) == 0
    assert script.main(["join", str(back), str(here)]) == 0
    assert (here / "run" / "new.weights.h5").read_bytes() == (run / "new.weights.h5").read_bytes()
    start = ["--start", str(tmp_path / "my.weights.h5"), "--packs", str(tmp_path / "a_00.npz")]
    assert script.main(["prepare", str(tmp_path / "again"), *start, "--no-wheels", "--state", str(here)]) == 0
    with tarfile.open(tmp_path / "again" / "00" / "load.tar.000") as tar:
        assert "run/new.weights.h5.state/progress.json" in tar.getnames()
