import pytest

from study.cli.main import main
from study.folder import Study
from study.recruiting.panel import Panel
from study.recruiting.quotas import Quota
from tests.studies import make_study
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    return str(make_study(tmp_path / "cats", target_participants=40).folder)


def test_panel_is_set_piece_by_piece_and_its_link_is_printed(folder, capsys):
    assert main(["panel", folder, "--parameter", "PROLIFIC_PID", "--completion", "C1AB"]) == 0
    link = "http://localhost:8501/survey?study=cats&PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}"
    assert link in capsys.readouterr().out
    more = ["--screened-out", "https://x.example/away", "--quota", "device=phone:20", "--quota", "device=tablet:0"]
    assert main(["panel", folder, *more, "--close-itself"]) == 0
    config = Study(folder).config
    assert config.panel == Panel("PROLIFIC_PID", "C1AB", "https://x.example/away")
    assert config.quotas == (Quota("device", "phone", 20), Quota("device", "tablet", 0)) and config.closes_itself
    assert main(["panel", folder, "--parameter", "", "--quota", "", "--no-close-itself"]) == 0
    config = Study(folder).config
    assert (config.panel.parameter, config.quotas, config.closes_itself) == ("", (), False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--quota", "phone"], "given as device=phone:20"),
        (["--quota", "device=watch:3"], "a device is one of"),
        (["--parameter", "study"], "a parameter has a name"),
        (["--completion", "http://x"], "https://"),
    ],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(folder, capsys, wrong, words):
    before = Study(folder).config
    assert main(["panel", folder, *wrong]) == 1
    assert words in capsys.readouterr().err
    assert Study(folder).config == before
