"""What is known of a study's votes and allocations, kept in memory and fed with the new lines of its files.

Lines are kept as text and parsed when somebody asks for them, so that a participant's question costs the same however
many others there are.
"""

import json
from collections import Counter, defaultdict
from logging import getLogger

from storage.journal import Journal
from study.votes.allocation import ONCE, Allocation, Attended, ShownCounts
from study.votes.record import COLUMNS, BadVoteError, Vote

_PARTICIPANT, _STIMULUS = COLUMNS.index("participant_id"), COLUMNS.index("stimulus")


class Index:
    """The votes and allocations of one study, by participant. `refresh` takes in what was added to the files.

    A damaged line of the votes is logged and named in `damaged`, and all others count.
    """

    def __init__(self, votes: Journal, allocations: Journal):
        self._vote_journal, self._allocation_journal = votes, allocations
        self._clear()

    def _clear(self) -> None:
        self._vote_lines: list[str] = []
        self._vote_numbers: dict[str, dict[str, int]] = defaultdict(dict)  # participant -> stimulus -> line
        self._parsed_votes: list[Vote] = []
        self._parsed_lines = 0
        self._allocation_lines: dict[str, str] = {}
        self._starts: dict[str, tuple[str, str]] = {}  # participant -> device, start
        self._used: dict[str, set[str]] = {name: set() for name in ONCE}
        self._shown = ShownCounts()
        self.damaged: list[str] = []
        self.moment: object = object()
        """changes whenever an allocation was added or anything was removed"""

    def refresh(self) -> None:
        """Read what is new. Votes are read first, so that the allocation of each of them is known."""
        votes, allocations = self._vote_journal.news(), self._allocation_journal.news()
        vote_lines, allocation_lines = votes.lines, allocations.lines
        if votes.fresh or allocations.fresh:
            kept_votes, kept_allocations = self._vote_lines, list(self._allocation_lines.values())
            self._clear()
            vote_lines = vote_lines if votes.fresh else [*kept_votes, *vote_lines]
            allocation_lines = allocation_lines if allocations.fresh else [*kept_allocations, *allocation_lines]
        for line in allocation_lines:
            self._add_allocation(line)
        self._add_votes(vote_lines)

    def votes_of(self, participant_id: str) -> list[Vote]:
        """The votes of a participant, oldest first."""
        numbers = self._vote_numbers.get(participant_id, {}).values()
        votes = (self._parse(number) for number in numbers)
        return [vote for vote in votes if isinstance(vote, Vote)]

    def votes(self) -> list[Vote]:
        """Every vote, oldest first. Each line is parsed once."""
        for number in range(self._parsed_lines, len(self._vote_lines)):
            vote = self._parse(number)
            if isinstance(vote, Vote):
                self._parsed_votes.append(vote)
            else:
                self.damaged.append(f"{self._vote_journal.path.name}, line {number + 2}: {vote}")
                getLogger(__name__).error("a vote is left out: %s", self.damaged[-1])
        self._parsed_lines = len(self._vote_lines)
        return list(self._parsed_votes)

    def allocation_of(self, participant_id: str) -> Allocation | None:
        """The allocation of a participant."""
        line = self._allocation_lines.get(participant_id)
        return None if line is None else _read_allocation(line)

    def allocations(self) -> list[Allocation]:
        """Every allocation, oldest first."""
        return [_read_allocation(line) for line in self._allocation_lines.values()]

    @property
    def started(self) -> int:
        """How many participants have begun."""
        return len(self._allocation_lines)

    def attended(self) -> list[Attended]:
        """How far each participant has come, oldest first."""
        votes = self._vote_numbers
        return [Attended(who, *start, len(votes.get(who, ()))) for who, start in self._starts.items()]

    def used_field(self, new: Allocation) -> str | None:
        """Which of the fields `ONCE` of a new allocation another participant has used already."""
        return next((name for name in ONCE if getattr(new, name) in self._used[name]), None)

    def shown(self) -> Counter[str]:
        """How often each picture was shown: see `allocation.ShownCounts`."""
        return self._shown.now()

    def _add_votes(self, lines: list[str]) -> None:
        new = []
        for line in lines:
            participant, stimulus = _key_of_line(line)
            numbers = self._vote_numbers[participant]
            if stimulus not in numbers:
                new.append((participant, stimulus))
            if stimulus not in numbers or not isinstance(self._parse(numbers[stimulus]), Vote):
                numbers[stimulus] = len(
                    self._vote_lines
                )  # the first vote counts, or the one given after a damaged line
            self._vote_lines.append(line)
        self._shown.add_votes(new)

    def _add_allocation(self, line: str) -> None:
        allocation = _read_allocation(line)
        self._allocation_lines.setdefault(allocation.participant_id, line)
        self._starts.setdefault(allocation.participant_id, (allocation.device, allocation.started_at))
        for name in ONCE:
            if getattr(allocation, name):
                self._used[name].add(getattr(allocation, name))
        self._shown.add_allocation(allocation)
        self.moment = object()

    def _parse(self, number: int) -> Vote | BadVoteError:
        try:
            vote = Vote.from_row(self._vote_lines[number].split(","))
        except BadVoteError as error:
            return error
        if self._vote_numbers[vote.participant_id].get(vote.stimulus) != number:
            return BadVoteError(f"a second vote of {vote.participant_id} on {vote.stimulus}.")
        return vote


def _read_allocation(line: str) -> Allocation:
    return Allocation.from_dict(json.loads(line))


def _key_of_line(line: str) -> tuple[str, str]:
    cells = line.split(",", _STIMULUS + 1)
    return (cells[_PARTICIPANT], cells[_STIMULUS]) if len(cells) > _STIMULUS else ("", "")
