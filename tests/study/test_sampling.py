from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from study.participants import participant_seed
from study.pool.stimuli import Pool, Stimulus
from study.protocol import StudyProtocol, preset
from study.sampling import PoolTooSmallError, draw_trials


def make_pool(photos, protocol, models=("a",)):
    """A pool without files: photographs f0, f1, ...; pictures `f0-real`, `f0-a`, `f0-catch`."""
    roles = ["practice"] * protocol.practice + ["catch"] * protocol.catch
    roles += ["test"] * (photos - len(roles))
    stimuli, entries = [], []
    for number, role in enumerate(roles):
        photo = f"f{number}"
        entries.append({"photo": photo, "name": photo, "sha256": "", "role": role})
        for model in ("", "catch") if role == "catch" else ("", *models):
            stimuli.append(Stimulus(f"{photo}-{model or 'real'}", photo, model, role, ""))
    conditions = tuple({"name": model, "source": ""} for model in models)
    return Pool(Path(), "0.1.0", 512, conditions, tuple(entries), tuple(stimuli), ())


def photo(trial):
    return trial.stimulus.split("-")[0]


def kinds(trials, phase):
    return Counter(trial.stimulus.split("-")[1] for trial in trials if trial.phase == phase)


@pytest.mark.parametrize("name", ["balanced", "koalarization", "pairs"])
@pytest.mark.parametrize("photos", [None, 200])
def test_everybody_gets_what_the_protocol_says(name, photos):
    protocol = preset(name)
    trials = draw_trials(make_pool(photos or protocol.photos, protocol), protocol, seed=1)
    assert [trial.trial for trial in trials] == list(range(1, protocol.photos + 1))
    assert +kinds(trials, "test") == +Counter({"a": protocol.recolored, "real": protocol.real})
    assert kinds(trials, "catch").total() == kinds(trials, "catch")["catch"] == protocol.catch
    assert kinds(trials, "practice").total() == protocol.practice
    assert all(trial.phase == "practice" for trial in trials[: protocol.practice])


@pytest.mark.parametrize("seed", range(20))
def test_nobody_sees_a_photograph_twice(seed):
    protocol = preset("balanced")
    trials = draw_trials(make_pool(31, protocol, ("a", "b")), protocol, seed)
    assert len({photo(trial) for trial in trials}) == len(trials)


def test_practice_and_catch_photographs_never_count():
    protocol = preset("balanced")
    pool = make_pool(60, protocol)
    for seed in range(20):
        trials = draw_trials(pool, protocol, seed)
        for trial in trials:
            assert pool.by_id[trial.stimulus].role == trial.phase


def test_half_of_the_practice_is_real():
    protocol = preset("balanced")
    assert kinds(draw_trials(make_pool(60, protocol), protocol, 0), "practice") == {"real": 2, "a": 2}


def test_the_same_seed_gives_the_same_trials_and_another_seed_others():
    protocol = preset("balanced")
    pool = make_pool(120, protocol)
    assert draw_trials(pool, protocol, 3) == draw_trials(pool, protocol, 3)
    assert draw_trials(pool, protocol, 3) != draw_trials(pool, protocol, 4)
    assert participant_seed("cats", "p1") == 0x5DF673AA5CE8B295  # printf 'cats\np1' | sha256sum: on any day and machine
    assert len({participant_seed("cats", "p1"), participant_seed("cats", "p2"), participant_seed("dogs", "p1")}) == 3


@pytest.mark.parametrize(
    ("protocol", "photos", "models"),
    [
        (preset("balanced"), 30, ("a",)),
        (preset("balanced"), 126, ("a",)),
        (preset("balanced"), 67, ("a", "b", "c")),
        (preset("balanced"), 67, ("a", "b", "c", "d", "e")),
        (preset("pairs"), 61, ("a", "b")),
        (preset("koalarization"), 12, ("a",)),
    ],
    ids=["all seen", "large pool", "three models", "five models", "pairs", "koalarization"],
)
def test_every_picture_is_shown_equally_often(protocol, photos, models):
    pool = make_pool(photos, protocol, models)
    shown = Counter()
    for seed in range(150):
        shown.update(trial.stimulus for trial in draw_trials(pool, protocol, seed, shown))
    for model in (*models, "") if protocol.real else models:
        counts = [shown[s.id] for s in pool.stimuli if s.role == "test" and s.model == model]
        assert np.ptp(counts) <= 3, (model, counts)
    per_model = [sum(shown[s.id] for s in pool.stimuli if s.role == "test" and s.model == model) for model in models]
    assert np.ptp(per_model) <= 1


def test_least_shown_pictures_come_first():
    protocol = StudyProtocol("mine", real=5, recolored=5, catch=0, practice=0)
    pool = make_pool(40, protocol)
    rare = {"f3-real", "f4-real", "f5-a", "f6-a", "f7-a"}
    shown = {stimulus.id: 0 if stimulus.id in rare else 2 for stimulus in pool.stimuli}
    for seed in range(10):
        assert rare <= {trial.stimulus for trial in draw_trials(pool, protocol, seed, shown)}


def test_ties_are_broken_by_lot():
    protocol = preset("balanced")
    pool = make_pool(126, protocol)
    first = Counter(photo(t) for seed in range(300) for t in draw_trials(pool, protocol, seed) if t.phase == "test")
    assert len(first) == 120
    assert 30 < min(first.values()) < max(first.values()) < 90  # 60 each expected, standard deviation 7


def test_order_tells_nothing():
    protocol = preset("balanced")
    pool = make_pool(60, protocol)
    places = {"real": [], "a": [], "catch": []}
    for seed in range(300):
        for trial in draw_trials(pool, protocol, seed):
            if trial.phase != "practice":
                places[trial.stimulus.split("-")[1]].append(trial.trial)
    means = [np.mean(each) for each in places.values()]
    assert np.ptp(means) < 1.2  # of places 5 to 30, standard error about 0.3 for the catch trials
    assert np.mean(means) == pytest.approx(17.5, abs=0.6)


def test_models_share_the_pictures_evenly():
    protocol = preset("balanced")
    drawn = kinds(draw_trials(make_pool(90, protocol, ("a", "b", "c", "d", "e")), protocol, 0), "test")
    assert sorted(drawn[model] for model in "abcde") == [2, 2, 2, 3, 3]


def test_pairs_show_both_versions_of_one_photograph_on_sides_that_tell_nothing():
    protocol = preset("pairs")
    pool = make_pool(60, protocol)
    sides = Counter()
    for seed in range(100):
        trials = draw_trials(pool, protocol, seed)
        for trial in trials:
            assert trial.partner == f"{photo(trial)}-real"
            assert trial.stimulus != trial.partner
        assert abs(sum(trial.stimulus_left for trial in trials) - len(trials) / 2) <= 1
        sides.update((trial.trial, trial.stimulus_left) for trial in trials)
    assert len(sides) == 2 * protocol.photos
    assert min(sides.values()) > 25  # each place of the session: 50 left and 50 right expected


def test_single_pictures_have_no_partner():
    protocol = preset("balanced")
    assert {t.partner for t in draw_trials(make_pool(30, protocol), protocol, 0)} == {""}


def test_a_pool_that_is_too_small_is_refused():
    with pytest.raises(PoolTooSmallError, match="24 test pictures are asked for, and the pool has 23"):
        draw_trials(make_pool(29, preset("balanced")), preset("balanced"), 0)


def test_exposures_are_drawn_equally_often_for_each_kind_of_picture_and_leave_the_rest_unchanged():
    plain = StudyProtocol("p", real=6, recolored=6, catch=0, practice=2)
    pool = make_pool(14, plain)
    timed = replace(plain, exposures_ms=(100, 300, 1000))
    before, after = draw_trials(pool, plain, 7), draw_trials(pool, timed, 7)
    assert [replace(trial, exposure_ms=None) for trial in after] == list(before)
    assert {trial.exposure_ms for trial in before} == {None}
    counts = Counter(
        (pool.by_id[trial.stimulus].is_real, trial.exposure_ms) for trial in after if trial.phase == "test"
    )
    assert {exposure for _, exposure in counts} == {100, 300, 1000}
    assert all(counts[True, exposure] == 2 for exposure in timed.exposures_ms)
    assert len({tuple(trial.exposure_ms for trial in draw_trials(pool, timed, seed)) for seed in range(5)}) > 1
