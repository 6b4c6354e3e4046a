from dataclasses import replace
from datetime import UTC, datetime, timedelta

from study.analysis.audit import find_patterns
from tests.study.votes.votes import VOTE, allocation

START = datetime(2026, 11, 27, 9, tzinfo=UTC)


def session(participant, answers, **changes):
    return [
        replace(
            VOTE, participant_id=participant, trial=n, stimulus=f"{participant}{n}", judged_real=answer == "r",
            response_ms=1000 + 37 * n, server_ms=1200 + 37 * n, voted_at=f"2026-11-27T09:00:{n:02}Z", **changes,
        )
        for n, answer in enumerate(answers, start=1)
    ]  # fmt: skip


def kinds(votes, allocations=()):
    return [(finding.kind, finding.participants) for finding in find_patterns(votes, allocations)]


def test_ordinary_sessions_have_no_pattern():
    assert kinds(session("p1", "rfrfrrfrfrff") + session("p2", "ffrfrrfrfrff")) == []


def test_same_answers_one_answer_and_short_sessions():
    votes = session("p1", "rfrfrrfrfrff") + session("p2", "rfrfrrfrfrff") + session("p3", "r" * 10)
    assert kinds(votes) == [("same_answers", ("p1", "p2")), ("one_answer", ("p3",))]
    assert kinds(session("p1", "rf") + session("p2", "rf")) == [], "two answers agree by chance"


def test_times_no_browser_can_have_measured():
    late = [replace(vote, response_ms=5000 + vote.trial) for vote in session("p1", "rfr")]
    same = [replace(vote, response_ms=1100) for vote in session("p2", "rfrff")]
    older = [replace(vote, response_ms=5000 + vote.trial, server_ms=None) for vote in session("p3", "rfr")]
    assert kinds(late + same + older) == [("impossible_times", ("p1",)), ("equal_times", ("p2",))]


def test_burst_is_ten_within_a_minute():
    def begun(every, count=10):
        starts = [START + n * timedelta(seconds=every) for n in range(count)]
        return [allocation(f"p{n}", started_at=start.isoformat()) for n, start in enumerate(starts)]

    assert kinds([], begun(7)) == []
    (found,) = find_patterns([], begun(6))
    assert found.kind == "burst" and found.detail == "10 began from 2026-11-27 09:00 UTC"
