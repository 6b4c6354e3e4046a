import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from colorizer import images
from study.cli.main import main
from study.folder import Study
from study.votes.csv_file import HEADER, csv_text, read_votes
from tests.conftest import ROOT
from tests.study_photos import (  # noqa: F401
    VIVID,
    files,
    no_waiting_for_the_disk,
    photograph,
    png,
    tint,
)


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("HUESTORY_DATABASE_URL", raising=False)


@pytest.fixture
def real(tmp_path):
    """A folder of ten colour photographs."""
    for name, data in files(10).items():
        path = tmp_path / "real" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "real"


@pytest.fixture
def elsewhere(tmp_path, real):
    """The same photographs as somebody else coloured them."""
    for path in sorted(real.rglob("*.png")):
        target = tmp_path / "theirs" / path.relative_to(real)
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(tint("", images.to_gray(images.read(path).pixels))).save(target)
    return tmp_path / "theirs"


def build(real, output, *more, models):
    return main(["build", "--real", str(real), "--models", models, "--output", str(output), *more])


def votes_of(study, participants=6):
    for n in range(participants):
        for trial in study.enrol(f"p{n}", "phone"):
            picture = study.pool.by_id[trial.stimulus]
            judged = picture.model != "catch" and (int(picture.id[1:5], 16) + n) % 3 > 0
            study.answer(f"p{n}", {trial.trial: judged}, 1500, "0.1.0")


# === build ===


def test_build_makes_an_open_study_from_a_folder(real, elsewhere, tmp_path, capsys):
    assert build(real, tmp_path / "cats", models=f"theirs={elsewhere}") == 0
    study = Study(tmp_path / "cats")
    assert (study.config.study, study.config.state, study.pool.models) == ("cats", "open", ("theirs",))
    output = capsys.readouterr().out
    assert "10/10 holiday/IMG_009.png" in output
    assert "Only a demonstration: the whole 'balanced' preset needs 30 photographs" in output
    assert "its id is cats" in output


def test_build_names_what_it_refuses_and_says_so_in_its_status(real, elsewhere, tmp_path, capsys):
    (real / "grey.png").write_bytes(png(images.to_gray(photograph(77))))
    (real / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    assert build(real, tmp_path / "cats", models=f"theirs={elsewhere}") == 1
    errors = capsys.readouterr().err
    assert "error: grey.png: it is a grey photograph" in errors
    assert "error: torn.jpg: " in errors
    assert len(Study(tmp_path / "cats").pool.photos) == 10


def test_build_takes_registered_models(real, tmp_path, monkeypatch):
    loaded = []

    def load_model(name):
        loaded.append(name)
        return SimpleNamespace(name=name, weights_sha256="abc", colorize=lambda gray: VIVID.recolor("", gray))

    monkeypatch.setattr("colorizer.inference.colorizer.load_model", load_model)
    assert build(real, tmp_path / "cats", "--preset", "pairs", "--size", "128", "--draft", models="one,two") == 0
    study = Study(tmp_path / "cats")
    assert loaded == ["one", "two"]
    assert study.pool.conditions[0] == {"name": "one", "source": "model one, weights sha256 abc"}
    assert (study.config.preset, study.config.state) == ("pairs", "draft")


def test_build_reads_an_archive(real, elsewhere, tmp_path):
    import shutil

    archive = shutil.make_archive(str(tmp_path / "photos"), "zip", real)
    assert build(archive, tmp_path / "cats", models=f"theirs={elsewhere}") == 0
    assert len(Study(tmp_path / "cats").pool.photos) == 10


def test_build_makes_the_demonstration_from_the_samples(tmp_path, monkeypatch):
    fake = SimpleNamespace(name="one", weights_sha256="abc", colorize=lambda gray: VIVID.recolor("", gray))
    monkeypatch.setattr("colorizer.inference.colorizer.load_model", lambda name: fake)
    assert build("samples", tmp_path / "demo", models="one") == 0
    config = Study(tmp_path / "demo").config
    assert config.demonstration
    assert config.protocol.photos >= 4


def test_build_can_be_given_again(real, elsewhere, tmp_path):
    assert build(real, tmp_path / "cats", models=f"theirs={elsewhere}") == 0
    before = {path: path.read_bytes() for path in (tmp_path / "cats").rglob("*") if path.is_file()}
    assert build(real, tmp_path / "cats", models=f"theirs={elsewhere}") == 0
    assert before == {path: path.read_bytes() for path in (tmp_path / "cats").rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("real_name", "models", "message"),
    [
        ("missing", "theirs=theirs", "holds none"),
        ("real", "no_such_model", "no_such_model"),
        ("real", "theirs=nowhere", "holds none"),
        ("real", "real=theirs", "must not be called"),
        ("real", ",", "at least one condition"),
        ("one", "theirs=theirs", "a study needs at least 2 colour photographs"),
    ],
)
def test_build_refuses_wrong_usage(real, elsewhere, tmp_path, monkeypatch, capsys, real_name, models, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "IMG_000.png").write_bytes((real / "holiday" / "IMG_000.png").read_bytes())
    assert build(real_name, "cats", models=models) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert message in error
    assert not (tmp_path / "cats" / "study.json").exists()


# === report ===


@pytest.fixture
def study(real, elsewhere, tmp_path):
    build(real, tmp_path / "data" / "studies" / "cats", models=f"theirs={elsewhere}")
    study = Study(tmp_path / "data" / "studies" / "cats")
    votes_of(study)
    return study


def test_report_as_json_is_the_contract(study, capsys):
    capsys.readouterr()
    assert main(["report", str(study.folder / "votes.csv"), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    votes = [v for v in read_votes(study.folder / "votes.csv") if v.phase == "test"]
    for name, found in [("theirs", values["models"]["theirs"]), ("", values["real"])]:
        group = [v for v in votes if v.model == name]
        assert found["rate"] == pytest.approx(np.mean([v.judged_real for v in group]))
        assert found["n_votes"] == len(group)
        assert 0 <= found["ci_low"] <= found["wilson_low"] <= found["rate"] <= found["wilson_high"] <= 1


def test_report_of_a_folder_is_that_of_its_file(study, capsys):
    capsys.readouterr()
    main(["report", str(study.folder), "--json"])
    of_folder = capsys.readouterr().out
    main(["report", str(study.folder / "votes.csv"), "--json"])
    assert of_folder == capsys.readouterr().out


def test_report_applies_the_rules_only_where_the_study_is_known(study, tmp_path, capsys):
    for trial in study.enrol("hasty", "phone"):
        study.answer("hasty", {trial.trial: True}, 20, "0.1.0")
    (tmp_path / "alone.csv").write_bytes((study.folder / "votes.csv").read_bytes())
    capsys.readouterr()
    main(["report", str(study.folder / "votes.csv"), "--json"])
    assert json.loads(capsys.readouterr().out)["excluded"]["participants"] == 1
    main(["report", str(tmp_path / "alone.csv"), "--json"])
    assert json.loads(capsys.readouterr().out)["excluded"]["participants"] == 0


def test_report_for_people(study, capsys):
    capsys.readouterr()
    assert main(["report", str(study.folder / "votes.csv")]) == 0
    text = capsys.readouterr().out
    for word in ("Study cats: 6 participants", "95 % interval", "Wilson", "theirs", "real photographs", "d' "):
        assert word in text


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "must be readable"), ("a,b\n1,2\n", "first line"), (f"{HEADER}\n", "at least one vote"),
     (f"{HEADER}\nx\ny\n", "line 2")],
)  # fmt: skip
def test_report_refuses_by_name(tmp_path, capsys, content, message):
    path = tmp_path / "votes.csv"
    if content is not None:
        path.write_text(content)
    assert main(["report", str(path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {path}: ")
    assert message in error


# === plan, simulate, export ===


def test_plan(capsys):
    assert main(["plan", "--half-width", "0.05"]) == 0
    text = capsys.readouterr().out
    assert "Why more pictures beat more people" in text
    assert text.count("<- recommended") == 1
    assert main(["plan", "--half-width", "0.05", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["recommended"] in values["rows"]
    assert main(["plan", "--half-width", "7"]) == 2


def test_simulate(capsys):
    numbers = ["--participants", "41", "--pictures", "48", "--shown", "12", "--rate", "0.4"]
    assert main(["simulate", *numbers, "--studies", "100", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["coverage_wilson"] < values["coverage"] <= 1
    assert 0.05 < values["half_width"] < 0.09
    assert main(["simulate", *numbers, "--studies", "20"]) == 0
    assert "clustered interval holds it in" in capsys.readouterr().out
    assert main(["simulate", *numbers[:-1], "1.4"]) == 2


def test_export_by_id_and_by_folder(study, tmp_path, capsys):
    for name in ("cats", str(study.folder)):
        assert main(["export", name, "--output", str(tmp_path / "out.csv")]) == 0
        assert (tmp_path / "out.csv").read_text() == csv_text(study.store.read())
    assert main(["export", "dogs", "--output", str(tmp_path / "x.csv")]) == 1
    assert "error: dogs: " in capsys.readouterr().err


def test_votes_in_a_database_are_exported_as_the_same_csv(real, elsewhere, tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", f"sqlite:///{tmp_path}/h.db")
    build(real, tmp_path / "data" / "studies" / "cats", models=f"theirs={elsewhere}")
    study = Study(tmp_path / "data" / "studies" / "cats")
    votes_of(study, 2)
    assert not (study.folder / "votes.csv").exists()
    assert main(["export", "cats", "--output", str(tmp_path / "out.csv")]) == 0
    assert read_votes(tmp_path / "out.csv") == study.store.read()


@pytest.mark.parametrize("command", ["build", "report", "plan", "simulate", "export"])
def test_every_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"example: python -m study {command}" in capsys.readouterr().out


def test_it_runs_as_a_module_without_tensorflow():
    code = (
        "import sys, study.__main__ as m; status = m.main(['plan', '--half-width', '0.05']);"
        "heavy = {'tensorflow', 'keras', 'streamlit', 'colorizer', 'sqlalchemy'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0
    ran = subprocess.run([sys.executable, "-m", "study"], cwd=ROOT, capture_output=True)
    assert ran.returncode == 2
