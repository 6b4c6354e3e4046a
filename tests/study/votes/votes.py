"""Votes and allocations for the tests of this folder."""

from dataclasses import replace

from study.votes.allocation import Allocation
from study.votes.record import Vote, now_utc

VOTE = Vote(
    study="cats",
    participant_id="p1",
    trial=1,
    phase="test",
    stimulus="s1",
    model="koalarization",
    is_real=False,
    judged_real=True,
    response_ms=1234,
    voted_at="2026-11-21T10:00:00.000Z",
    device="phone",
    app_version="0.1.0",
)
LINE = "cats,p1,1,test,s1,koalarization,false,true,1234,2026-11-21T10:00:00.000Z,phone,0.1.0,,,,,,,,"
OLD_LINE = LINE.removesuffix(",,,,,,,")
"""The same line as the first version wrote it: without the columns from `photo` on."""


def vote(number, participant="p1", **changes):
    return replace(VOTE, participant_id=participant, trial=number, stimulus=f"s{number}", **changes)


def allocation(participant="p1", trials=({"stimulus": "s1", "phase": "test"},), started_at=None):
    return Allocation(participant, started_at or now_utc(), "phone", tuple(trials))
