import json
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from colorizer.color import lab
from study.analysis import phrases
from study.analysis.classifier import (
    NoClassifierError,
    Telling,
    _cross_validate,
    _estimator,
    chroma_statistics,
    classify,
    fold_of,
    read_classifier,
)
from study.analysis.report import sentences
from study.analysis.results import Rates
from study.analysis.snapshot import take_snapshot
from study.analysis.statistics import acceptance_rate
from study.cli.main import main
from study.export.bundle import write_bundle
from study.pool.conditions import Condition
from tests.studies import make_study, take_part
from tests.study_photos import SMALL, TINT, photograph

TWIN = Condition("twin", "itself", lambda photo, gray: photograph(int(photo[-7:-4])))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("classified") / "cats", SMALL, (TINT, TWIN), photos=24)


def test_a_tint_is_told_apart_and_the_same_picture_is_not(study):
    found = read_classifier(study.folder)
    assert found == classify(study.pool, lab.rgb_to_lab)
    assert found["tinted"].single > 0.9 and found["tinted"].pairs == 1 and found["tinted"].photos == 21
    assert found["twin"].pairs == 0.5 and 0.3 < found["twin"].single < 0.7


def test_the_number_stands_beside_that_of_the_participants(study, capsys, tmp_path):
    take_part(study, 3)
    told = " ".join(sentences(take_snapshot(study), {}))
    assert "tinted: a simple classifier that sees only statistics of the chroma" in told and "(21 photographs" in told
    votes = [vote for vote in study.store.read() if vote.phase == "test"]
    shares = {
        model: np.mean([vote.judged_real == vote.is_real for vote in votes if vote.model == model])
        for model in ("tinted", "")
    }
    beside = f"Participants were right about {phrases.percent((shares['tinted'] + shares['']) / 2)} of single pictures"
    assert beside in told
    assert main(["report", str(study.folder)]) == 0
    assert beside.replace("\u00a0", " ") in capsys.readouterr().out
    assert main(["report", str(study.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classifier"]["tinted"]["photos"] == 21
    write_bundle(study, tmp_path / "bundle")
    assert main(["report", str(tmp_path / "bundle" / "votes.csv")]) == 0
    assert beside.replace("\u00a0", " ") in capsys.readouterr().out


def test_in_pairs_participants_are_counted_by_pairs():
    rates = Rates({"m": acceptance_rate([1, 0, 0, 0], list("abab"), list("xyyx"))}, acceptance_rate([], [], []))
    said = phrases.classifier_sentence("m", Telling(0.9, 0.8, 20), rates)
    assert said.endswith(f"Participants were right about {phrases.percent(0.75)} of pairs.")
    assert "Participants" not in phrases.classifier_sentence("m", Telling(0.9, 0.8, 20))


def test_folds_keep_versions_together_as_scikit_learn_would():
    rng = np.random.default_rng(0)
    real, recolored = rng.normal(0, 1, (30, 12)), rng.normal(0.6, 1, (30, 12))
    folds = np.arange(30) % 5
    rows, truth = np.concatenate([real, recolored]), np.repeat([1, 0], 30)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    groups = np.tile(folds, 2)
    scores = cross_val_predict(model, rows, truth, groups=groups, cv=GroupKFold(5), method="decision_function")
    ours = _cross_validate(_estimator(), real, recolored, folds)
    assert ours.single == pytest.approx(((scores > 0) == truth).mean())
    assert ours.pairs == pytest.approx((scores[:30] > scores[30:]).mean())


def test_folds_do_not_depend_on_the_order_and_are_of_one_size():
    photos = [f"f{n}" for n in range(23)]
    folds = dict(zip(photos, fold_of(photos), strict=True))
    assert folds == dict(zip(photos[::-1], fold_of(photos[::-1]), strict=True))
    assert sorted(np.bincount(list(folds.values())).tolist()) == [4, 4, 5, 5, 5]


def test_statistics_do_not_depend_on_where_things_are():
    picture = lab.rgb_to_lab(photograph(3))
    assert np.allclose(chroma_statistics(picture), chroma_statistics(picture[::-1]))
    assert np.isfinite(chroma_statistics(np.zeros((8, 8, 3)))).all()


def test_without_scikit_learn_a_study_is_built_and_the_lack_is_named(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(NoClassifierError, match="pip install scikit-learn"):
        classify(study.pool, lab.rgb_to_lab)
