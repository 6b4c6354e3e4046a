import json

import pytest

from study.consent import default_consent
from study.protocol import (
    PRESETS,
    Exclusions,
    ProtocolError,
    StudyProtocol,
    TooFewPhotosError,
    preset,
)


def test_presets_are_those_of_the_design():
    balanced, koala, pairs = (preset(name) for name in ("balanced", "koalarization", "pairs"))
    assert (balanced.layout, balanced.real, balanced.recolored, balanced.catch, balanced.practice) == (
        "single", 12, 12, 2, 4,
    )  # fmt: skip
    assert (koala.layout, koala.real, koala.recolored, koala.catch) == ("grid", 3, 9, 0)
    assert (pairs.layout, pairs.real) == ("pairs", 0)


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(ProtocolError, match=r"balanced, koalarization, pairs\. Received 'x'"):
        preset("x")


@pytest.mark.parametrize(
    "protocol",
    [*PRESETS.values(), StudyProtocol("mine", time_limit_ms=1000), StudyProtocol("timed", exposures_ms=(100, 300))],
    ids=lambda p: p.name,
)
def test_protocol_survives_json(protocol):
    assert StudyProtocol.from_dict(json.loads(json.dumps(protocol.as_dict()))) == protocol


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"layout": "carousel"}, "layout"),
        ({"real": 0}, "real must be a whole number from 1"),
        ({"real": 3, "layout": "pairs"}, "real must be a whole number from 0 to 0"),
        ({"recolored": 0}, "recolored"),
        ({"recolored": 61}, "recolored"),
        ({"recolored": 2.5}, "recolored"),
        ({"catch": -1}, "catch"),
        ({"practice": 21}, "practice"),
        ({"time_limit_ms": 50}, "time_limit_ms"),
        ({"exposures_ms": (20,)}, "exposure"),
        ({"exposures_ms": (100, 100)}, "different times"),
        ({"exposures_ms": (100,), "time_limit_ms": 1000}, "replace time_limit_ms"),
        ({"exposures_ms": (100, 200), "layout": "grid"}, "for one time"),
        ({"real": 60, "recolored": 60, "catch": 2}, "real . recolored . catch"),
        ({"layout": "grid", "real": 13, "recolored": 12, "catch": 0}, "1 to 24"),
    ],
)
def test_custom_numbers_have_limits(wrong, named):
    with pytest.raises(ProtocolError, match=named):
        StudyProtocol("mine", **wrong)


@pytest.mark.parametrize("wrong", [{"max_missed_catch": -1}, {"min_median_ms": 10**6}])
def test_exclusions_have_limits(wrong):
    with pytest.raises(ProtocolError, match=next(iter(wrong))):
        Exclusions(**wrong)


def test_unknown_field_is_refused():
    with pytest.raises(ProtocolError, match="surprise"):
        StudyProtocol.from_dict({"name": "x", "surprise": 1})


@pytest.mark.parametrize("photos", [30, 31, 500])
def test_enough_photographs_leave_the_protocol_alone(photos):
    assert preset("balanced").fit(photos) is preset("balanced")


@pytest.mark.parametrize("name", PRESETS)
def test_a_small_collection_is_used_up_in_proportion(name):
    protocol = preset(name)
    for photos in range(1 if name == "pairs" else 2, protocol.photos):
        small = protocol.fit(photos)
        assert small.photos == photos
        assert small.recolored >= 1
        assert small.real >= (name != "pairs")
        for kind in ("real", "recolored", "catch", "practice"):
            whole = getattr(protocol, kind)
            assert 0 <= getattr(small, kind) <= whole
            assert abs(getattr(small, kind) - whole * photos / protocol.photos) < 1.5


@pytest.mark.parametrize(
    ("protocol", "photos", "recolored_real_practice_catch"),
    [
        (preset("balanced"), 20, (8, 8, 2, 2)),  # exact shares 8, 8, 2.67, 1.33; the rule needs 2 catch trials
        (preset("balanced"), 6, (2, 2, 1, 1)),  # 2.4, 2.4, 0.8, 0.4
        (preset("balanced"), 2, (1, 1, 0, 0)),
        (preset("koalarization"), 8, (6, 2, 0, 0)),
        (preset("pairs"), 1, (1, 0, 0, 0)),
        (StudyProtocol("mine", real=1, recolored=60, catch=0, practice=0), 5, (4, 1, 0, 0)),
        # 0.5, 0.5, 10, 5: a guarantee for each of the first two leaves one seat less for the others
        (StudyProtocol("mine", real=1, recolored=1, catch=10, practice=20), 16, (1, 1, 9, 5)),
    ],
)
def test_shares_go_by_largest_remainders(protocol, photos, recolored_real_practice_catch):
    small = protocol.fit(photos)
    assert (small.recolored, small.real, small.practice, small.catch) == recolored_real_practice_catch


@pytest.mark.parametrize(("name", "photos"), [("balanced", 1), ("balanced", 0), ("koalarization", 1), ("pairs", 0)])
def test_too_few_photographs(name, photos):
    with pytest.raises(TooFewPhotosError, match=f"Received {photos}"):
        preset(name).fit(photos)


def test_the_published_rate_belongs_to_its_own_protocol_only():
    assert preset("koalarization").reference.rate == 0.4587
    assert preset("koalarization").fit(8).reference is None
    assert preset("balanced").reference is None
    assert preset("pairs").reference is None


@pytest.mark.parametrize("protocol", PRESETS.values(), ids=PRESETS)
def test_consent_says_what_it_must(protocol):
    text = default_consent(protocol)
    for word in ("minute", "stop at any moment", "What is kept", "code", "18 years", "colour vision", "No name"):
        assert word in text
    assert f"{protocol.photos} pictures" in text


@pytest.mark.parametrize("photos", range(2, 30))
def test_shrinking_never_disarms_the_rule_on_catch_trials(photos):
    fitted = preset("balanced").fit(photos)
    allowed = fitted.exclusions.max_missed_catch
    assert fitted.photos == photos and fitted.real and fitted.recolored
    assert (fitted.catch == 0) == (allowed is None)
    assert allowed is None or fitted.catch > allowed, "who judges everything real is left out"
    assert photos < 15 or fitted.catch == 2


def test_rule_that_cannot_leave_anybody_out_stays_what_the_organizer_wrote():
    lenient = StudyProtocol("lenient", catch=2, exclusions=Exclusions(max_missed_catch=5))
    assert lenient.fit(20).exclusions.max_missed_catch == 5
