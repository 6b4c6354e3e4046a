"""The allocation of pictures to one participant, and how often each picture was shown so far."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from study import StudyError
from study.votes.record import check_id

OPEN_ALLOCATION = timedelta(hours=1)
"""How long unanswered pictures of a participant count as shown. Later the participant counts as having left."""

ONCE = ("invitation", "external_id")
"""Fields of an allocation that two participants of a study cannot share, unless they are empty."""


class AlreadyUsedError(StudyError):
    """An invitation, or a participant id of a panel, has already begun this study."""

    def __init__(self, field: str):
        self.field = field
        words = {"invitation": "an invitation", "external_id": "a participant id of a panel"}[field]
        super().__init__(f"{words} begins a study once. This one has begun it already.")


@dataclass(frozen=True)
class Allocation:
    """The pictures given to one participant, saved so that a session can resume and drop-outs are known."""

    participant_id: str
    started_at: str
    device: str
    trials: tuple[dict, ...]
    """the trials in order, each with at least `stimulus` and `phase`"""
    external_id: str = ""
    """the participant's id at the panel that sent them; empty without one"""
    invitation: str = ""
    """hash of the one-use invitation; empty without one"""
    language: str = ""
    consent_version: int = 1
    """version of the consent text that the participant has agreed to"""

    def __post_init__(self) -> None:
        check_id("participant_id", self.participant_id)
        check_id("device", self.device)
        for name in ("external_id", "invitation", "language"):
            if getattr(self, name) != "":
                check_id(name, getattr(self, name))

    @classmethod
    def from_dict(cls, values: Mapping) -> "Allocation":
        """Read what `dataclasses.asdict` gives; fields of a later version are ignored."""
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        return cls(**{**known, "trials": tuple(values["trials"])})


@dataclass(frozen=True)
class Attended:
    """How far one participant has come."""

    participant_id: str
    device: str
    started_at: str
    answered: int
    """number of trials answered"""

    @property
    def is_at_it(self) -> bool:
        """Whether the participant began less than `OPEN_ALLOCATION` ago."""
        return is_open(self.started_at)


Allocate = Callable[[Counter[str]], Allocation]
"""A function that makes the allocation of a new participant. It is given how often each picture was shown so far."""
Admit = Callable[[list[Attended]], None]
"""A function that refuses a new participant by an error, because of those who are there."""


class ShownCounts:
    """How often each picture was shown: votes, plus unanswered pictures of allocations within OPEN_ALLOCATION.

    Votes and allocations are added one at a time, in the order of their times, so a count costs the same however many
    there are.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._open: deque[tuple[str, str]] = deque()  # start and participant, oldest first
        self._waiting: dict[str, set[str]] = {}  # participant -> pictures not answered yet

    def add_votes(self, votes: Iterable[tuple[str, str]]) -> None:
        """Count pairs of participant and stimulus, each given once."""
        for participant, stimulus in votes:
            waiting = self._waiting.get(participant)
            if waiting and stimulus in waiting:
                waiting.discard(stimulus)  # it is counted already
            else:
                self._counts[stimulus] += 1

    def add_allocation(self, allocation: Allocation) -> None:
        """Count the pictures of an allocation; the votes on them are added after it."""
        if not is_open(allocation.started_at):
            return
        waiting = {trial["stimulus"] for trial in allocation.trials}
        self._waiting[allocation.participant_id] = waiting
        self._open.append((allocation.started_at, allocation.participant_id))
        self._counts.update(waiting)

    def now(self) -> Counter[str]:
        """The counts at this moment, of pictures shown at least once."""
        while self._open and not is_open(self._open[0][0]):
            self._counts.subtract(self._waiting.pop(self._open.popleft()[1], ()))
        return +self._counts


def open_between() -> tuple[str, str]:
    """The first and the last start of an allocation that still counts as shown, in the format of `started_at`.

    The last is in the future, for servers whose clocks differ; later ones are from before the clock was set back.
    """
    now = datetime.now(UTC)
    return (now - OPEN_ALLOCATION).isoformat(), (now + OPEN_ALLOCATION).isoformat()


def is_open(started_at: str) -> bool:
    """Whether an allocation that began then still counts as shown."""
    first, last = open_between()
    return first <= started_at <= last
