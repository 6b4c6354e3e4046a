"""The allocation of pictures to one participant, and how often each picture was shown so far."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from study.votes.record import Vote, check_id

OPEN_ALLOCATION = timedelta(hours=1)
"""How long unanswered pictures of a participant count as shown. Later the participant counts as having left."""


@dataclass(frozen=True)
class Allocation:
    """The pictures given to one participant, saved so that a session can resume and drop-outs are known."""

    participant_id: str
    started_at: str
    device: str
    trials: tuple[dict, ...]
    """the trials in order, each with at least `stimulus` and `phase`"""

    def __post_init__(self) -> None:
        check_id("participant_id", self.participant_id)
        check_id("device", self.device)


def shown_counts(votes: Iterable[Vote], allocations: Iterable[Allocation], now: datetime | None = None) -> Counter:
    """How often each picture was shown: votes, plus unanswered pictures of allocations within OPEN_ALLOCATION."""
    since = ((now or datetime.now(UTC)) - OPEN_ALLOCATION).isoformat()
    seen = {(vote.participant_id, vote.stimulus) for vote in votes}
    for allocation in allocations:
        if allocation.started_at >= since:
            seen.update((allocation.participant_id, trial["stimulus"]) for trial in allocation.trials)
    return Counter(stimulus for _, stimulus in seen)
