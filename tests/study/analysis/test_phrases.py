from dataclasses import replace

import pytest

from study.analysis import phrases
from study.analysis.results import Comparison
from study.analysis.signal_detection import Sensitivity
from study.analysis.statistics import Rate
from study.folder import Attendance

RATE = Rate(0.412, 0.301, 0.529, 0.35, 0.47, 492, 41, 48)


@pytest.mark.parametrize(
    ("d_prime", "criterion", "words"),
    [
        (0.0, 0.0, "a: people could hardly tell recoloured pictures from real ones (d′\u00a00.00), and did not lean"),
        (1.5, 0.4, "fairly well (d′\u00a01.50), and leaned towards “recoloured” (criterion\u00a0+0.40)"),
        (3.4, -0.4, "nearly always (d′\u00a03.40), and leaned towards “real” (criterion\u00a0−0.40)"),
        (-0.8, None, "taken for real more readily than real ones (d′\u00a0−0.80)."),
    ],
)
def test_sensitivity_in_words(d_prime, criterion, words):
    assert words in phrases.sensitivity("a", Sensitivity(d_prime, criterion, None, None))


def test_sensitivity_that_cannot_be_had_is_not_spoken_of():
    assert phrases.sensitivity("a", Sensitivity(None, None, None, None)) == ""


@pytest.mark.parametrize(
    ("difference", "low", "high", "words"),
    [
        (0.2, 0.1, 0.3, "A less b: +20.0 points (+10.0 to +30.0 points); more often taken for real: A."),
        (-0.2, -0.3, -0.1, "more often taken for real: b."),
        (0.2, -0.1, 0.5, "no difference is shown: the interval holds 0."),
        (0.2, None, None, "too few answers for an interval."),
    ],
)
def test_difference_in_words(difference, low, high, words):
    assert words in phrases.comparison(Comparison("a", "b", difference, low, high), {"a": "A"})


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
