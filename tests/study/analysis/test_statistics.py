import doctest
from dataclasses import asdict

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from study.analysis import planning, statistics
from study.analysis.logit_model import PICTURE_SD, model_design_effect
from study.analysis.statistics import (
    Judgements,
    NoVotesError,
    acceptance_rate,
    clustered_interval,
    holm,
    rate_difference,
    two_way_variance,
    wilson_interval,
)
from tests.benchmarks import interval_coverage


def crossed(participants, pictures):
    """Everybody judges everything: labels of both, vote by vote."""
    return np.repeat(np.arange(participants), pictures), np.tile(np.arange(pictures), participants)


def test_examples_in_the_docstrings():
    assert doctest.testmod(statistics).failed == 0


# === Wilson ===


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (188, 410), (1, 492), (7, 13)])
def test_wilson_is_that_of_scipy_and_statsmodels(k, n):
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert wilson_interval(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert wilson_interval(k, n, 0.9) == pytest.approx(proportion_confint(k, n, 0.1, method="wilson"), abs=1e-12)


@pytest.mark.parametrize("n", range(1, 40))
def test_wilson_reaches_the_ends_exactly(n):
    assert wilson_interval(0, n)[0] == 0
    assert wilson_interval(n, n)[1] == 1


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_impossible_counts(k, n):
    with pytest.raises(NoVotesError, match=f"Received {k} of {n}"):
        wilson_interval(k, n)


# === The headline interval ===


@pytest.mark.parametrize("pictures", [12, 48, 120])
def test_headline_covers_the_truth_and_wilson_does_not(pictures):
    result = planning.simulate(participants=41, pictures=pictures, shown=12, rate=0.4, studies=500)
    assert 0.92 <= result.coverage <= 0.985
    assert result.coverage_wilson < result.coverage - 0.05


@pytest.mark.parametrize(
    ("participants", "pictures", "shown", "rate"),
    [(10, 12, 12, 0.4), (200, 12, 12, 0.4), (41, 48, 12, 0.1), (41, 48, 12, 0.9), (20, 60, 12, 0.4), (100, 8, 4, 0.5)],
)
def test_headline_covers_in_other_designs_too(participants, pictures, shown, rate):
    result = planning.simulate(participants, pictures, shown, rate, studies=500, seed=1)
    assert 0.92 <= result.coverage <= 0.99


def test_headline_does_not_waste_votes_where_nothing_goes_together():
    result = planning.simulate(41, 120, 12, 0.4, studies=500, participant_sd=0, picture_sd=0)
    assert 0.93 <= result.coverage <= 0.99
    assert result.half_width < 1.15 * result.half_width_wilson


def test_two_way_variance_is_that_of_statsmodels():
    rng = np.random.default_rng(5)
    people, things = crossed(15, 9)
    keep = rng.random(people.size) < 0.8
    people, things = people[keep], things[keep]
    lean = rng.normal(0, 1.5, 15)[people] + rng.normal(0, 1.5, 9)[things]
    votes = (rng.random(people.size) < 1 / (1 + np.exp(-lean))).astype(float)
    model = sm.OLS(votes, np.ones_like(votes))
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": np.column_stack([people, things]), "use_correction": True})
    mine = two_way_variance((votes - votes.mean()) / votes.size, people, things)
    assert mine == pytest.approx(float(fit.cov_params()[0, 0]), rel=1e-9)


def test_variance_is_never_below_that_of_independent_votes():
    people, things = crossed(6, 6)
    votes = (people + things) % 2  # every person and every picture has exactly half: both clusterings see nothing
    influence = (votes - votes.mean()) / votes.size
    assert two_way_variance(influence, people, things) >= votes.var(ddof=1) / votes.size * (1 - 1e-9)


def test_interval_by_hand(monkeypatch):
    monkeypatch.setattr(statistics, "_design_effect", lambda found, *sizes: found)  # without what it adds near the ends
    # Two people, two pictures, votes 1 1 / 1 0. Rate 3/4, influences 1/16 1/16 / 1/16 -3/16, sums of each person and
    # each picture 1/8 and -1/8: S = (1/64 + 1/64) * 2 = 1/16; single votes: (3/256 + 9/256) * 4/3 = 1/16. So
    # V = max(1/16 + 1/16 - 1/16, ...) = 1/16 = that of independent votes: effective number of votes 4, t(1) = 12.706.
    people, things = crossed(2, 2)
    q = stats.t.ppf(0.975, 1)
    middle, half = (0.75 + q**2 / 8) / (1 + q**2 / 4), q * np.sqrt(0.75 * 0.25 / 4 + q**2 / 64) / (1 + q**2 / 4)
    assert clustered_interval(np.array([1, 1, 1, 0]), people, things) == pytest.approx((middle - half, middle + half))


@pytest.mark.parametrize("answer", [0, 1])
def test_unanimous_votes_give_an_interval_with_width(answer):
    people, things = crossed(41, 12)
    rate = acceptance_rate(np.full(people.size, answer), people, things)
    usual, wide = (model_design_effect(0.001, 492, 41, 12, sd) for sd in (PICTURE_SD, statistics.EDGE_PICTURE_SD))
    share = (2 * 0.5 / 493 - 1) ** 2
    edge = stats.t.ppf(0.975, 11) ** 2 / (492 / max(usual, 1 - share + share * wide))
    far = edge / (1 + edge)  # Wilson at 0 of n: q^2 / (n + q^2), n = 492 votes over the design effect
    assert rate.rate == answer
    expected = (0, far) if answer == 0 else (1 - far, 1)
    assert (rate.ci_low, rate.ci_high) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("people", "things"), [([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [1, 1, 1]), ([1], [1])])
def test_one_participant_or_one_picture_is_not_estimable(people, things):
    rate = acceptance_rate([True, False, True][: len(people)], people, things)
    assert (rate.ci_low, rate.ci_high) == (None, None)
    assert rate.wilson_low is not None


def test_no_votes_no_numbers():
    rate = acceptance_rate([], [], [])
    assert (rate.rate, rate.ci_low, rate.wilson_low, rate.n_votes) == (None, None, None, 0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60))
def test_intervals_hold_the_rate_and_stay_within_0_and_1(votes):
    rate = acceptance_rate(*zip(*votes, strict=True))
    assert 0 <= rate.wilson_low <= rate.rate <= rate.wilson_high <= 1
    if rate.ci_low is not None:
        assert 0 <= rate.ci_low <= rate.rate + 1e-12
        assert rate.rate - 1e-12 <= rate.ci_high <= 1
        assert rate.ci_low < rate.ci_high


def test_order_and_names_do_not_matter():
    rng = np.random.default_rng(0)
    people, things = crossed(8, 7)
    votes = rng.random(people.size) < 0.4
    shuffle = rng.permutation(people.size)
    names = [f"p{9 - p}" for p in people[shuffle]], [f"s{t * 31 % 7}" for t in things[shuffle]]
    got, expected = acceptance_rate(votes[shuffle], *names), acceptance_rate(votes, people, things)
    assert asdict(got) == pytest.approx(asdict(expected), rel=1e-9)


# === Differences ===


def simulated_pair(rng, participants=41, photos=24, each=6, rates=(0.4, 0.3), shared=0.7):
    """Two models on the same photographs: everybody judges `each` photographs of either, never one twice."""
    spread = np.hypot(0.5, 0.8)
    centers = [planning.logit_center(rate, spread) for rate in rates]
    base = rng.normal(0, 0.8 * np.sqrt(shared), photos)
    effects = [base + rng.normal(0, 0.8 * np.sqrt(1 - shared), photos) for _ in rates]
    drawn = np.stack([rng.permutation(photos)[: 2 * each] for _ in range(participants)])
    lenient = rng.normal(0, 0.5, participants)
    columns = []
    for center, effect, seen in zip(centers, effects, (drawn[:, :each], drawn[:, each:]), strict=True):
        people, things = np.repeat(np.arange(participants), each), seen.ravel()
        chance = 1 / (1 + np.exp(-(center + lenient[people] + effect[things])))
        columns.append(Judgements(rng.random(people.size) < chance, people, things))
    return columns


def test_difference_covers_the_truth():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(500):
        result = rate_difference(*simulated_pair(rng))
        inside += result.ci_low <= 0.1 <= result.ci_high
    assert 0.92 <= inside / 500 <= 0.985


def test_knowing_the_photographs_narrows_a_difference():
    rng = np.random.default_rng(3)
    narrow, wide = [], []
    for _ in range(50):
        a, b = simulated_pair(rng, shared=1)
        apart = b._replace(pictures=b.pictures + 1000)
        narrow.append(np.ptp([(d := rate_difference(a, b)).ci_low, d.ci_high]))
        wide.append(np.ptp([(d := rate_difference(a, apart)).ci_low, d.ci_high]))
    assert np.mean(narrow) < 0.9 * np.mean(wide)


def test_difference_turns_round():
    a, b = simulated_pair(np.random.default_rng(4))
    there, back = rate_difference(a, b), rate_difference(b, a)
    assert there.difference == pytest.approx(acceptance_rate(*a).rate - acceptance_rate(*b).rate)
    assert (back.difference, back.ci_low, back.ci_high) == pytest.approx(
        (-there.difference, -there.ci_high, -there.ci_low)
    )


def test_difference_of_certainties_stays_within_reach():
    people, things = crossed(5, 5)
    all_of_them, none = (Judgements(np.full(25, answer), people, things) for answer in (1, 0))
    result = rate_difference(all_of_them, none)
    assert result.difference == 1
    assert result.ci_low < 0.9
    assert result.ci_high == 1


def test_difference_of_one_participant_is_not_estimable():
    one = Judgements([True, False], ["p", "p"], ["x", "y"])
    result = rate_difference(one, one)
    assert (result.difference, result.ci_low, result.ci_high) == (0, None, None)


def test_difference_needs_votes_of_both():
    with pytest.raises(NoVotesError, match="Received 1 and 0"):
        rate_difference(Judgements([True], ["p"], ["x"]), Judgements([], [], []))


def test_answers_that_cancel_each_other_have_an_interval():
    people, pictures = ["ann", "ann", "bob", "bob"] * 2, ["x", "x", "y", "y", "y", "y", "x", "x"]
    rate = acceptance_rate([1, 0] * 4, people, pictures)  # every person and every picture is at one half exactly
    assert rate.rate == 0.5 and rate.ci_low < 0.2 < 0.8 < rate.ci_high


@pytest.mark.parametrize("count", range(1, 9))
def test_holm_by_statsmodels(count, rng):
    p_values = rng.choice([0.0, 0.01, 0.04, 0.2, 1.0, *rng.uniform(0, 0.1, 5)], count)  # with ties
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values.tolist()) == pytest.approx(expected.tolist(), abs=1e-12)


def test_p_value_of_a_difference_belongs_to_its_interval():
    rng = np.random.default_rng(4)
    people, pictures = np.repeat(np.arange(20), 12), np.tile(np.arange(12), 20)
    a = Judgements(rng.random(240) < 0.55, people, pictures)
    b = Judgements(rng.random(240) < 0.4, people, pictures)
    p = rate_difference(a, b).p_value
    assert 0 < p < 0.5
    near = rate_difference(a, b, confidence=1 - p)
    assert min(abs(near.ci_low), abs(near.ci_high)) == pytest.approx(0, abs=1e-4)
    assert rate_difference(a, a).p_value == 1


def upper_end(events, participants=41, pictures=12):
    people, shown = crossed(participants, pictures)
    accepted = np.zeros(people.size)
    accepted[np.linspace(3, people.size - 5, events).astype(int)] = 1
    return acceptance_rate(accepted, people, shown).ci_high


def test_design_effect_by_hand():
    # 6 of 24 votes: weight 5/11 for the model's, whatever the votes show; smoothed rate 6.5/25 = 0.26.
    usual = model_design_effect(0.26, 24, 4, 6, PICTURE_SD)
    edge = (2 * 0.26 - 1) ** 2
    floor = 1 - edge + edge * model_design_effect(0.26, 24, 4, 6, statistics.EDGE_PICTURE_SD)
    assert statistics._design_effect(3.0, 0.25, 24, 4, 6) == pytest.approx(6 / 11 * 3 + 5 / 11 * usual)
    assert statistics._design_effect(None, 0.25, 24, 4, 6) == pytest.approx(max(usual, floor))
    parts = planning.variance_components(0.26, 0.5, 0.8)
    variance = parts.participant / 4 + parts.picture / 6 + parts.residual / 24
    assert usual == pytest.approx(variance / (0.26 * 0.74 / 24))


def test_interval_has_no_jump_at_none():
    ends = [upper_end(events) for events in range(7)]
    assert all(0 < step < 0.01 for step in np.diff(ends))
    assert ends[0] < 0.02, "0 of 492, where it once was 28.8 %"


@pytest.mark.long
@pytest.mark.parametrize("cell", interval_coverage.CELLS, ids=str)
def test_interval_covers_over_a_wide_grid(cell):
    assert float(interval_coverage.run_cell(cell, studies=4000)["coverage"]) >= interval_coverage.LEAST


@pytest.mark.parametrize("labels", [[7, 3, 3, 9], [5], ["b", "a", "b"], [10**9, 3, 3], [-1, 4], [True, False]])
def test_cluster_codes_are_whole_numbers_in_the_order_of_the_labels(labels):
    codes = statistics.cluster_codes(labels)
    assert codes.tolist() == [sorted(set(labels)).index(label) for label in labels]
    assert statistics.cluster_codes([]).size == 0
