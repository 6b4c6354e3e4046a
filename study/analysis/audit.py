"""Patterns that made-up participants leave: what an organizer should look at before believing a result.

A pattern is no proof. A class begins at the same time, and somebody may answer "real" to everything in earnest.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from study.votes.allocation import Allocation
from study.votes.record import Vote

BURST, BURST_WITHIN = 10, timedelta(minutes=1)
"""So many participants who begin within this time are a burst."""

SHORTEST_SEQUENCE = 10
"""Fewest answers after practice that can be called the same sequence by other than chance: 1 in 1,024 at 50 %."""

CLOCK_TOLERANCE_MS = 250
"""How much longer than the server's the browser's time may be: clocks of two servers differ by as much."""

EQUAL_TIMES = 5
"""Fewest answers of one participant whose response times are all the same to the millisecond."""

KINDS = {
    "burst": f"{BURST} or more began within a minute",
    "same_answers": "several participants gave the same answers in the same order",
    "one_answer": "the same answer to every picture",
    "impossible_times": "the browser reports more time than has passed on the server",
    "equal_times": "every answer took the same time to the millisecond",
}
"""Kind of a finding -> what it means."""


@dataclass(frozen=True)
class Finding:
    """One pattern."""

    kind: str
    """one of `KINDS`"""
    participants: tuple[str, ...]
    detail: str


def find_patterns(votes: Sequence[Vote], allocations: Sequence[Allocation]) -> list[Finding]:
    """All patterns in the votes and allocations of one study, by kind."""
    by_participant: dict[str, list[Vote]] = defaultdict(list)
    for vote in sorted(votes, key=lambda vote: vote.trial):
        if vote.phase != "practice":
            by_participant[vote.participant_id].append(vote)
    return [
        *_bursts(allocations),
        *_same_answers(by_participant),
        *_one_answer(by_participant),
        *_impossible_times(by_participant),
        *_equal_times(by_participant),
    ]


def _bursts(allocations: Iterable[Allocation]) -> Iterator[Finding]:
    begun = sorted((datetime.fromisoformat(each.started_at), each.participant_id) for each in allocations)
    first = 0
    while first < len(begun):
        end = first
        while end < len(begun) and begun[end][0] - begun[first][0] < BURST_WITHIN:
            end += 1
        if end - first < BURST:
            first += 1
            continue
        start = begun[first][0].strftime("%Y-%m-%d %H:%M UTC")
        yield Finding("burst", tuple(name for _, name in begun[first:end]), f"{end - first} began from {start}")
        first = end


def _same_answers(by_participant: dict[str, list[Vote]]) -> Iterator[Finding]:
    groups: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    for participant, votes in by_participant.items():
        if len(votes) >= SHORTEST_SEQUENCE and len({vote.judged_real for vote in votes}) > 1:
            groups[tuple(vote.judged_real for vote in votes)].append(participant)
    for answers, people in groups.items():
        if len(people) > 1:
            yield Finding("same_answers", tuple(people), f"{len(people)} times the same {len(answers)} answers")


def _one_answer(by_participant: dict[str, list[Vote]]) -> Iterator[Finding]:
    for participant, votes in by_participant.items():
        if len(votes) >= SHORTEST_SEQUENCE and len({vote.judged_real for vote in votes}) == 1:
            answer = "real" if votes[0].judged_real else "recoloured"
            yield Finding("one_answer", (participant,), f"{answer!r} {len(votes)} times")


def _impossible_times(by_participant: dict[str, list[Vote]]) -> Iterator[Finding]:
    for participant, votes in by_participant.items():
        known = [vote for vote in votes if vote.server_ms is not None]
        wrong = [vote for vote in known if vote.response_ms > vote.server_ms + CLOCK_TOLERANCE_MS]
        if wrong:
            yield Finding("impossible_times", (participant,), f"{len(wrong)} of {len(known)} answers")


def _equal_times(by_participant: dict[str, list[Vote]]) -> Iterator[Finding]:
    for participant, votes in by_participant.items():
        trials = {vote.trial: vote.response_ms for vote in votes}
        pages = {vote.voted_at for vote in votes}  # the pictures of a grid share one time
        if len(pages) >= EQUAL_TIMES and len(set(trials.values())) == 1:
            yield Finding("equal_times", (participant,), f"{votes[0].response_ms} ms, {len(trials)} times")
