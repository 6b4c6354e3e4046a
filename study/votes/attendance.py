"""How many people took part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from study.votes.allocation import Allocation
from study.votes.record import Vote


@dataclass(frozen=True)
class Attendance:
    """How many people took part."""

    started: int
    finished: int
    """how many answered every trial"""


def count_attendance(votes: Iterable[Vote], allocations: Sequence[Allocation]) -> Attendance:
    """Count the participants who began, and those who answered every trial of their allocation."""
    given = {(vote.participant_id, vote.trial) for vote in votes}
    finished = sum(all((each.participant_id, trial["trial"]) in given for trial in each.trials) for each in allocations)
    return Attendance(started=len(allocations), finished=finished)
