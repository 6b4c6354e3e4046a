import json
import re
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from study.analysis import phrases, statistics
from study.analysis.results import MixedStudiesError, excluded_participants, picture_table, report
from study.analysis.statistics import NoVotesError
from study.protocol import Exclusions
from study.votes.record import Vote

RATE_KEYS = {
    "rate", "ci_low", "ci_high", "wilson_low", "wilson_high", "n_votes", "n_participants", "n_stimuli",
}  # fmt: skip


def vote(participant, stimulus, judged_real, model="a", phase="test", response_ms=2000, study="cats", partner=""):
    return Vote(
        study, participant, 1, phase, stimulus, model, model == "", judged_real, response_ms,
        "2026-11-21T10:00:00Z", "phone", "0.1.0", partner,
    )  # fmt: skip


def small_study(participants=6):
    """Model a: fools on s0 only; model b: never; real pictures: always believed but r0."""
    votes = []
    for p in range(participants):
        votes += [vote(f"p{p}", f"s{i}", i == 0) for i in range(4)]
        votes += [vote(f"p{p}", f"t{i}", False, "b") for i in range(4)]
        votes += [vote(f"p{p}", f"r{i}", i != 0, "") for i in range(4)]
        votes += [vote(f"p{p}", "c0", False, "catch", "catch"), vote(f"p{p}", "w0", True, "a", "practice")]
    return votes


def test_report_has_the_shape_of_the_contract():
    values = json.loads(json.dumps(report(small_study()).as_dict()))
    assert set(values["models"]) == {"a", "b"}
    for rate in (values["models"]["a"], values["models"]["b"], values["real"]):
        assert set(rate) == RATE_KEYS
    assert (values["models"]["a"]["rate"], values["models"]["b"]["rate"], values["real"]["rate"]) == (0.25, 0, 0.75)
    assert values["models"]["a"]["n_votes"] == 24
    assert (values["real"]["n_participants"], values["real"]["n_stimuli"]) == (6, 4)


def test_report_names_no_participant():
    text = json.dumps(report([*small_study(), vote("p9", "c0", True, "catch", "catch")], Exclusions(0)).as_dict())
    assert '"participants": 1' in text
    assert not re.search(r'"p\d"', text)


def test_practice_and_catch_are_not_counted():
    with_them, without = report(small_study()), report([v for v in small_study() if v.phase == "test"])
    assert with_them.rates == without.rates
    assert with_them.pictures == without.pictures


def mixed_study(participants=14, pictures=9):
    """People and pictures of very different leaning, a fifth of the votes missing."""
    rng = np.random.default_rng(3)
    lenient, convincing = rng.normal(0, 1.2, participants), rng.normal(0, 1.2, pictures)
    return [
        vote(f"p{p}", f"s{i}", bool(rng.random() < 1 / (1 + np.exp(-lenient[p] - convincing[i]))))
        for p in range(participants)
        for i in range(pictures)
        if rng.random() < 0.8
    ]


def interval_by_statsmodels(votes):
    """The headline interval, made of another program's parts.

    Variance of the mean clustered both ways (statsmodels) -> effective number of votes -> Wilson's score interval at
    that number with a t quantile, as the two roots of (rate - p)^2 = q^2 p (1 - p) / n.
    """
    accepted = np.array([v.judged_real for v in votes], float)
    people, pictures = (np.unique([getattr(v, name) for v in votes], return_inverse=True)[1]
                        for name in ("participant_id", "stimulus"))  # fmt: skip
    model = sm.OLS(accepted, np.ones_like(accepted))
    clusters = {"groups": np.column_stack([people, pictures]), "use_correction": True}
    variance = float(model.fit(cov_type="cluster", cov_kwds=clusters).cov_params()[0, 0])
    rate = accepted.mean()
    independent = accepted.var(ddof=1) / accepted.size
    n = accepted.size * independent / variance
    q = stats.t.ppf(0.975, min(people.max(), pictures.max()))  # codes from 0: their largest is clusters - 1
    return sorted(np.roots([1 + q**2 / n, -(2 * rate + q**2 / n), rate**2]).real)


def test_headline_is_the_clustered_interval(monkeypatch):
    monkeypatch.setattr(statistics, "_design_effect", lambda found, *sizes: found)  # without what it adds near the ends
    votes = mixed_study()
    rate = report(votes).rates.models["a"]
    assert (rate.ci_low, rate.ci_high) == pytest.approx(interval_by_statsmodels(votes), rel=1e-9)
    assert rate.ci_high - rate.ci_low > 1.3 * (rate.wilson_high - rate.wilson_low), "the votes do go together"
    assert rate.rate == pytest.approx(sum(v.judged_real for v in votes) / len(votes))


def test_both_numbers_are_there_with_and_without_exclusions():
    careless = [vote("p9", f"s{i}", True) for i in range(4)] + [vote("p9", "c0", True, "catch", "catch")]
    result = report([*small_study(), *careless], Exclusions(max_missed_catch=0))
    assert result.excluded == {"p9": ["missed_catch"]}
    assert (result.rates.models["a"].rate, result.rates.models["a"].n_participants) == (0.25, 6)
    assert (result.all_rates.models["a"].rate, result.all_rates.models["a"].n_participants) == (10 / 28, 7)
    assert result.as_dict()["excluded"] == {"participants": 1, "missed_catch": 1, "too_fast": 0}
    assert result.n_participants == 7


def test_without_rules_nobody_is_left_out():
    votes = [vote("p1", "s1", True, response_ms=1), vote("p1", "c0", True, "catch", "catch")]
    assert report(votes).excluded == {}


@pytest.mark.parametrize(
    ("missed", "times", "broken"),
    [
        (1, [2000, 2000, 2000], None),
        (2, [2000, 2000, 2000], ["missed_catch"]),
        (0, [499, 499, 9000], ["too_fast"]),
        (0, [499, 500, 501], None),
        (2, [1, 1, 1], ["missed_catch", "too_fast"]),
    ],
)
def test_exclusion_rules(missed, times, broken):
    votes = [vote("p1", f"s{i}", True, response_ms=t) for i, t in enumerate(times)]
    votes += [vote("p1", f"c{i}", i < missed, "catch", "catch") for i in range(2)]
    votes += [vote("p1", "w0", True, phase="practice", response_ms=1)]
    assert excluded_participants(votes, Exclusions(1, 500)) == ({"p1": broken} if broken else {})


def test_when_all_are_left_out_the_report_says_none_rather_than_a_number():
    result = report([vote("p1", "s1", True, response_ms=1)], Exclusions())
    assert result.rates.models["a"].rate is None
    assert result.all_rates.models["a"].rate == 1
    assert (result.agreement, result.median_response_ms, result.pictures) == (None, None, [])


def test_models_are_compared_with_each_other_and_with_real_ones():
    result = report(small_study())
    found = {(c.a, c.b): round(c.difference, 3) for c in result.comparisons}
    assert found == {("a", "real"): -0.5, ("b", "real"): -0.75, ("a", "b"): 0.25}


def test_known_photographs_reach_the_comparison():
    votes = []
    for p in range(12):
        for i in range(6):
            votes.append(vote(f"p{p}", f"s{i}" if (p + i) % 2 else f"t{i}", i < 3, "a" if (p + i) % 2 else "b"))
    photo_of = {f"{kind}{i}": f"f{i}" for kind in "st" for i in range(6)}
    (apart,), (together,) = report(votes).comparisons, report(votes, photo_of=photo_of).comparisons
    assert together.ci_high - together.ci_low < 0.8 * (apart.ci_high - apart.ci_low)


def test_pairs_have_no_real_row_and_no_criterion():
    votes = [vote(f"p{p}", f"s{i}", (p + i) % 3 == 0, partner=f"r{i}") for p in range(6) for i in range(6)]
    result = report(votes)
    assert result.rates.real.n_votes == 0
    assert result.rates.models["a"].rate == pytest.approx(1 / 3)
    assert result.sensitivity["a"].criterion is None
    assert result.sensitivity["a"].d_prime > 0


def test_pictures_come_with_their_rate_most_accepted_first():
    rows = picture_table(small_study())
    assert [rows[0].rate, rows[-1].rate] == [1, 0]
    row = next(row for row in rows if row.stimulus == "s0")
    assert (row.model, row.is_real, row.rate, row.n_votes, row.median_response_ms) == ("a", False, 1, 6, 2000)
    assert {row.stimulus for row in rows} == {f"{kind}{i}" for kind in "str" for i in range(4)}


def test_no_votes():
    with pytest.raises(NoVotesError):
        report([])


def test_two_studies_in_one_table():
    with pytest.raises(MixedStudiesError, match="cats, dogs"):
        report([vote("p1", "s1", True), vote("p1", "s1", True, study="dogs")])


def several_models(rng, models=6, people=20, pictures=12):
    """Equal models: whoever finds a difference between them is wrong."""
    leaning = rng.normal(0, 0.5, people)
    votes = []
    for m in range(models):
        chance = 1 / (1 + np.exp(-(leaning[:, None] + rng.normal(0, 0.8, pictures)[None, :])))
        judged = rng.random((people, pictures)) < chance
        votes += [
            vote(f"p{p}", f"m{m}s{s}", bool(judged[p, s]), f"m{m}") for p in range(people) for s in range(pictures)
        ]
    return votes


def test_equal_models_are_seldom_called_different():
    rng, studies = np.random.default_rng(5), 30
    reports = [report(several_models(rng)) for _ in range(studies)]
    plain = sum(any(each.p_value < 0.05 for each in found.comparisons) for found in reports)
    corrected = sum(any(each.is_shown for each in found.comparisons) for found in reports)
    assert {each.family for each in reports[0].comparisons} == {15}
    assert plain / studies > 0.15, "without the correction"
    assert corrected / studies <= 0.1


def test_comparison_named_beforehand_is_not_corrected():
    found = report(several_models(np.random.default_rng(5), models=4), compared=("m3", "m1"))
    (named,) = [each for each in found.comparisons if each.named_beforehand]
    assert {named.a, named.b} == {"m1", "m3"} and named.p_holm == named.p_value
    assert {each.family for each in found.comparisons if each is not named} == {5}


def test_rates_after_each_exposure_are_told_apart_and_only_where_pictures_were_timed():
    assert report(small_study()).by_exposure == {}
    timed = [replace(each, exposure_ms=100 if each.participant_id < "p3" else 300) for each in small_study()]
    found = report(timed)
    assert set(found.by_exposure) == {"a", "b", "real"}
    assert all(list(rates) == [100, 300] for rates in found.by_exposure.values())
    for model, rates in found.by_exposure.items():
        for exposure, rate in rates.items():
            named = "" if model == "real" else model
            votes = [v for v in timed if (v.model, v.exposure_ms, v.phase) == (named, exposure, "test")]
            assert (rate.n_votes, rate.rate) == (len(votes), np.mean([v.judged_real for v in votes]))
    lines = phrases.exposure_lines(found, {})
    assert [(line.name, line.exposure) for line in lines[:2]] == [("a", "100 ms"), ("a", "300 ms")]
    assert json.loads(json.dumps(found.as_dict()))["by_exposure"]["real"]["300"]["n_votes"] > 0
