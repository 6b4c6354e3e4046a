import csv
import io
from collections import Counter

import pytest

from study.analysis import phrases
from study.analysis.report import html_report
from study.analysis.snapshot import take_snapshot
from study.analysis.tables import pictures_csv, rates_csv
from study.votes.csv_file import csv_text, parse_votes
from study.votes.csv_store import CsvVotes
from tests.studies import take_part


def test_files_agree_to_the_last_vote(study):
    take_part(study)
    snapshot = take_snapshot(study)
    take_part(study, first=20)  # whoever votes meanwhile belongs to the next reading
    votes = [vote for vote in parse_votes("x", csv_text(snapshot.votes).splitlines()[1:]) if vote.phase == "test"]
    page = html_report(snapshot)
    for row in csv.DictReader(io.StringIO(rates_csv(snapshot))):
        group = [vote for vote in votes if vote.model == row["kind"].replace("real", "")]
        assert int(row["n_votes"]) == len(group)
        assert float(row["rate"]) == pytest.approx(sum(vote.judged_real for vote in group) / len(group))
        assert f"<td>{len(group)}</td>" in page
        assert f"<td>{phrases.percent(float(row['rate']))}</td>" in page
    assert sum(int(row["n_votes"]) for row in csv.DictReader(io.StringIO(pictures_csv(snapshot)))) == len(votes)
    assert len(take_snapshot(study).votes) == 2 * len(snapshot.votes)


def test_times_leave_out_whom_the_rules_leave_out(study):
    take_part(study)
    take_part(study, participants=2, first=30, response_ms=10)
    times = take_snapshot(study).times
    assert set(times) == {"tinted", "vivid", ""}
    assert all(set(each) == {9000} for each in times.values())


def test_practice_alone_is_no_result(study):
    take_part(study, participants=1, until=2)
    assert take_snapshot(study).report is None


# === One moment ===


def after_reading_the_votes(monkeypatch, happen):
    """Let something happen once, right after votes have been read."""
    read, events = CsvVotes.read, [happen]

    def read_and_go_on(store):
        votes = read(store)
        if events:
            events.pop()()
        return votes

    monkeypatch.setattr(CsvVotes, "read", read_and_go_on)


def finished(votes, study):
    """How many participants have a vote for every trial, counted from the votes alone."""
    trials = len(study.preview())
    return sum(count == trials for count in Counter(vote.participant_id for vote in votes).values())


def test_a_vote_that_lands_during_the_reading_is_in_all_numbers_or_in_none(study, monkeypatch):
    take_part(study, participants=2)
    take_part(study, participants=1, first=2, until=-1)  # all but the last trial
    after_reading_the_votes(monkeypatch, lambda: take_part(study, participants=1, first=2))
    snapshot = take_snapshot(study)
    assert snapshot.attendance.finished == finished(snapshot.votes, study)


def test_a_participant_who_comes_during_the_reading_is_in_all_numbers_or_in_none(study, monkeypatch):
    take_part(study, participants=2)
    after_reading_the_votes(monkeypatch, lambda: take_part(study, participants=1, first=2))
    snapshot = take_snapshot(study)
    assert snapshot.attendance.started == len({vote.participant_id for vote in snapshot.votes})
    assert snapshot.attendance.finished == finished(snapshot.votes, study)
