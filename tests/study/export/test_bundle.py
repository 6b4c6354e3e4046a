import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

import study as study_package
from study.analysis.results import report_of_file
from study.cli.main import main
from study.export.bundle import write_bundle
from study.export.preregistration import preregistration
from study.questions.question import STANDARD
from study.recruiting.panel import Panel
from study.recruiting.quotas import Quota
from tests.studies import make_study, take_part
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    study = make_study(tmp_path_factory.mktemp("export") / "cats", state="draft")
    study.update(target_participants=6, compared=("tinted", "vivid"))
    study.update(state="open")
    take_part(study, 6)
    take_part(study, 1, response_ms=20, first=90)
    return study


@pytest.fixture(scope="module")
def bundle(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "cats"
    assert write_bundle(study, folder) == 63
    return folder


def expected_table(study):
    rates = {**study.report().rates.models, "real": study.report().rates.real}
    for name, r in sorted(rates.items()):
        counts = f"{r.n_votes},{r.n_participants},{r.n_stimuli}"
        yield f"{name},{counts},{r.rate:.4f},{r.wilson_low:.4f},{r.wilson_high:.4f}"


def test_the_votes_alone_give_the_headline(study, bundle, tmp_path):
    alone = tmp_path / "votes.csv"
    alone.write_text((bundle / "votes.csv").read_text())
    ours = study.report()
    for path in (bundle / "votes.csv", alone):
        found = report_of_file(path)
        assert (found.rates, found.all_rates, found.excluded) == (ours.rates, ours.all_rates, ours.excluded)
    assert set(ours.excluded.values().__iter__().__next__()) == {"too_fast"}


def test_votes_read_alone_say_that_the_rules_are_missing(bundle, tmp_path, capsys):
    shutil.copy(bundle / "votes.csv", tmp_path / "votes.csv")
    assert main(["report", str(tmp_path / "votes.csv")]) == 0
    assert "study.json is not beside the votes" in capsys.readouterr().err
    assert main(["report", str(bundle / "votes.csv")]) == 0
    assert capsys.readouterr().err == ""


def test_every_column_is_in_the_dictionary_and_every_file_has_its_checksum(bundle):
    columns = (bundle / "votes.csv").read_text().splitlines()[0].split(",")
    assert [row["column"] for row in csv.DictReader(io.StringIO((bundle / "dictionary.csv").read_text()))] == columns
    sums = dict(line.split()[::-1] for line in (bundle / "SHA256SUMS").read_text().splitlines())
    assert {path.name for path in bundle.iterdir()} == {*sums, "SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((bundle / name).read_bytes()).hexdigest() == digest
    assert json.loads((bundle / "software.json").read_text())["huestory"] == "0.1.0"


def test_python_script_prints_the_same_numbers(study, bundle):
    run = subprocess.run([sys.executable, "analysis.py"], cwd=bundle, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[1:4] == list(expected_table(study))


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.long
def test_r_script_prints_the_same_numbers(study, bundle):
    run = subprocess.run(["Rscript", "analysis.R"], cwd=bundle, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[1:4] == list(expected_table(study))
    python = subprocess.run([sys.executable, "analysis.py"], cwd=bundle, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[:9] == python.stdout.splitlines(), "both tables"


def test_preregistration_says_what_is_fixed(study, tmp_path, capsys):
    assert main(["preregister", str(study.folder), "--output", str(tmp_path / "sheet.md")]) == 0
    text = (tmp_path / "sheet.md").read_text()
    for words in ("6 people have answered everything", "`tinted` and `vivid`", "weights 123", "absurd colours"):
        assert words in text
    assert "was opened" in capsys.readouterr().err


def test_preregistration_says_who_comes_and_in_which_languages(tmp_path):
    study = make_study(tmp_path / "cats", state="draft", languages=("de", "en"), target_participants=9)
    assert "Who has the link. The study is in German, English." in preregistration(study.config, study.pool)
    study.update(panel=Panel("PROLIFIC_PID"), quotas=(Quota("device", "phone", 3),))
    text = preregistration(study.config, study.pool)
    assert "known by its `PROLIFIC_PID`" in text and "- at most 3 with `device` phone" in text
    assert "**Worum es geht.**" in text and "**What this is about.**" in text


def test_frames_are_typed(study, bundle):
    votes = study_package.votes_frame(bundle / "votes.csv")
    assert len(votes) == 63 and votes["judged_real"].dtype == bool
    assert str(votes["voted_at"].dt.tz) == "UTC"
    assert votes["model"].dtype == "category" and "real" in set(votes["model"])
    assert votes["server_ms"].isna().all() and str(votes["server_ms"].dtype) == "Int64"
    rates = study_package.rates_frame(bundle / "votes.csv")
    mine = rates[(rates["model"] == "tinted") & (rates["counted"] == "by the rules")].iloc[0]
    assert mine["rate"] == study.report().rates.models["tinted"].rate
    assert not pd.read_csv(bundle / "votes.csv").empty


def test_bundle_leaves_out_the_panels_ids(tmp_path):
    study = make_study(tmp_path / "dogs")
    study.update(panel=Panel("PROLIFIC_PID"))
    for trial in study.enrol("p1", "phone", external_id="5f2ab3"):
        study.answer("p1", {trial.trial: True}, 900, "0.1.0")
    write_bundle(study, tmp_path / "bundle")
    assert all(b"5f2ab3" not in path.read_bytes() for path in (tmp_path / "bundle").iterdir())
    study.export(tmp_path / "votes.csv")
    assert "5f2ab3" in (tmp_path / "votes.csv").read_text()


def test_answers_are_in_the_bundle_with_what_their_codes_mean_and_comments_are_not(tmp_path):
    questions = [STANDARD[name] for name in ("age_group", "plates", "comment")]
    study = make_study(tmp_path / "cats", questions=questions, languages=("en", "de"), photos=10)
    study.save_answers("p1", "before", {"age_group": "25-34"}, "de", "1.0.0")
    study.save_answers("p1", "after", {}, "de", "1.0.0", "I am Ann.")
    folder = tmp_path / "bundle"
    write_bundle(study, folder)
    answers = pd.read_csv(folder / "answers.csv")
    meanings = pd.read_csv(folder / "questions.csv", dtype=str)
    assert set(answers.question) <= set(meanings.question)
    assert answers.set_index("question").answer["age_group"] == "25-34"
    assert meanings[(meanings.question == "plates-control") & (meanings.answer == "nothing")].right.item() == "7"
    assert "I am Ann." not in "".join(path.read_text() for path in folder.iterdir())
    consent = (folder / "consent.md").read_text()
    assert "**Questions.**" in consent and "**Fragen.**" in consent
    assert "`age_group`: How old are you?" in (folder / "preregistration.md").read_text()
