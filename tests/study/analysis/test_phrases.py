from dataclasses import replace
from types import SimpleNamespace

import pytest

from study.analysis import phrases
from study.analysis.results import Comparison
from study.analysis.signal_detection import Sensitivity
from study.analysis.statistics import Rate
from study.votes.attendance import Attendance

RATE = Rate(0.412, 0.301, 0.529, 0.35, 0.47, 492, 41, 48)


@pytest.mark.parametrize(
    ("d_prime", "criterion", "words"),
    [
        (0.0, 0.0, "a: people could hardly tell recoloured pictures from real ones (d′\u00a00.00, 95 % interval"),
        (1.5, 0.4, "fairly well (d′\u00a01.50, 95 % interval 1.40 to 1.60), and leaned towards “recoloured”"),
        (3.4, -0.4, "3.30 to 3.50), and leaned towards “real” (criterion\u00a0−0.40)"),
        (-0.8, None, "taken for real more readily than real ones (d′\u00a0−0.80, 95 % interval −0.90 to −0.70)."),
    ],
)
def test_sensitivity_in_words(d_prime, criterion, words):
    found = Sensitivity(d_prime, criterion, None, None, d_prime - 0.1, d_prime + 0.1)
    assert words in phrases.sensitivity("a", found)


def test_few_answers_get_numbers_and_no_words():
    few = Sensitivity(1.5, None, None, None, 0.4, 2.6)
    assert phrases.sensitivity("a", few) == "a: d′\u00a01.50, 95 % interval 0.40 to 2.60."
    assert "too few answers" in phrases.sensitivity("a", replace(few, ci_low=None, ci_high=None))


def test_sensitivity_that_cannot_be_had_is_not_spoken_of():
    assert phrases.sensitivity("a", Sensitivity(None, None, None, None)) == ""


@pytest.mark.parametrize(
    ("difference", "low", "high", "words"),
    [
        (
            0.2,
            0.1,
            0.3,
            "A less b: +20.0 points (+10.0 to +30.0 points); more often taken for real: A (p\u00a0< 0.001).",
        ),
        (-0.2, -0.3, -0.1, "more often taken for real: b (p"),
        (0.2, -0.1, 0.5, "no difference is shown (p\u00a00.400)."),
        (0.2, None, None, "too few answers for an interval."),
    ],
)
def test_difference_in_words(difference, low, high, words):
    p = None if low is None else 0.0001 if low * high > 0 else 0.4
    assert words in phrases.comparison(Comparison("a", "b", difference, low, high, p, p), {"a": "A"})


def test_corrected_and_named_comparisons_say_so():
    one = Comparison("a", "b", 0.2, 0.01, 0.39, 0.04, 0.6, family=15)
    assert "no difference is shown (p\u00a00.600, corrected for 15 comparisons" in phrases.comparison(one, {})
    named = replace(one, p_holm=0.04, family=1, named_beforehand=True)
    assert "taken for real: a (p\u00a00.040, named beforehand)" in phrases.comparison(named, {})


@pytest.mark.parametrize(
    ("started", "finished", "words"),
    [
        (0, 0, "Nobody has begun yet."),
        (1, 1, "1 person began and answered everything."),
        (41, 38, "41 people began, 38 answered everything, 3 did not (or not yet)."),
    ],
)
def test_attendance_in_words(started, finished, words):
    assert phrases.attendance(Attendance(started, finished)).startswith(words)


def test_rates_in_words():
    assert phrases.counted(RATE) == "95 % interval 30.1 to 52.9 %; 492 answers of 41 people about 48 pictures"
    assert "needs two people" in phrases.counted(replace(RATE, ci_low=None, ci_high=None))
    assert phrases.percent(None) == "–"


def test_interim_look_is_called_one():
    config = SimpleNamespace(target_participants=41, end_date=None, state="open", stops=lambda n, at: n >= 41)
    early = phrases.stopping(config, Attendance(20, 12), "2026-11-27")
    assert early.startswith("This is an interim look: set before") and "12 have answered everything so far" in early
    assert phrases.stopping(config, Attendance(50, 41), "2026-11-27").endswith("That is reached.")
    unplanned = SimpleNamespace(target_participants=None, end_date=None, state="closed")
    assert phrases.stopping(unplanned, Attendance(1, 1), "2026-11-27").startswith("No number of participants or date")
