"""The votes of one study in a CSV file: the default, for one server."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from storage.journal import Journal
from study.votes.allocation import Allocation, shown_counts
from study.votes.csv_file import HEADER, is_whole_line, parse_votes
from study.votes.record import Vote


class CsvVotes:
    """The votes of one study in `votes.csv` and its allocations in `draws.jsonl` in the same folder.

    Several threads and processes may use the files at the same time. The methods are those of `store.VoteStore`.
    """

    def __init__(self, path: Path):
        path = Path(path)
        self._votes = Journal(path, HEADER, is_whole_line)
        self._allocations = Journal(path.with_name("draws.jsonl"), "", _is_json)
        self._seen: set[tuple[str, str]] = set()

    def append(self, votes: Iterable[Vote]) -> int:
        new: dict[tuple[str, str], Vote] = {}
        for vote in votes:
            new.setdefault((vote.participant_id, vote.stimulus), vote)
        with self._votes.exclusive() as news:
            if news.fresh:
                self._seen.clear()
            self._seen.update(map(_key_of_line, news.lines))
            lines = [vote.line() for key, vote in new.items() if key not in self._seen]
            self._votes.append(lines)
            self._seen.update(new)
        return len(lines)

    def read(self) -> list[Vote]:
        return parse_votes(self._votes.path, self._votes.read())

    def votes_of(self, participant_id: str) -> list[Vote]:
        lines = [line for line in self._votes.read() if _key_of_line(line)[0] == participant_id]
        return parse_votes(self._votes.path, lines)

    def enrol(self, participant_id: str, allocate: Callable[[Counter], Allocation]) -> Allocation:
        with self._allocations.exclusive():
            kept = self.allocation_of(participant_id)
            if kept is not None:
                return kept
            new = allocate(shown_counts(self.read(), self.allocations()))
            self._allocations.append([json.dumps(asdict(new), separators=(",", ":"))])
        return new

    def allocations(self) -> list[Allocation]:
        return [_read_allocation(line) for line in self._allocations.read()]

    def allocation_of(self, participant_id: str) -> Allocation | None:
        ours = (line for line in self._allocations.read() if line.startswith(_line_start(participant_id)))
        return next(map(_read_allocation, ours), None)

    def delete(self, participant_id: str) -> int:
        with self._allocations.exclusive():
            self._allocations.rewrite(lambda line: not line.startswith(_line_start(participant_id)))
        with self._votes.exclusive():
            return self._votes.rewrite(lambda line: _key_of_line(line)[0] != participant_id)

    def clear(self) -> None:
        for journal in (self._allocations, self._votes):
            with journal.exclusive():
                journal.rewrite(lambda line: False)


def _line_start(participant_id: str) -> str:
    """The start of an allocation's line. The participant is its first field, so that most lines need not be parsed."""
    return f'{{"participant_id":"{participant_id}",'


def _read_allocation(line: str) -> Allocation:
    values = json.loads(line)
    return Allocation(**{**values, "trials": tuple(values["trials"])})


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _key_of_line(line: str) -> tuple[str, str]:
    cells = line.split(",", 5)
    return (cells[1], cells[4]) if len(cells) > 4 else ("", "")
