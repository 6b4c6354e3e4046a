"""The votes of one study in a CSV file: the default, for one server."""

import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from storage.journal import Journal
from storage.together import Together
from study.votes.allocation import Admit, Allocate, Allocation, AlreadyUsedError, Attended
from study.votes.csv_file import HEADER, convert_header, is_whole_line
from study.votes.index import Index
from study.votes.record import Vote
from study.votes.servings import HEADER as SERVINGS_HEADER
from study.votes.servings import Serving, ServingIndex, is_whole_serving


class CsvVotes:
    """The votes of one study in `votes.csv`; allocations in `draws.jsonl` and servings in `served.csv` beside it.

    Several threads and processes may use the files at the same time. The methods are those of `store.VoteStore`.
    """

    def __init__(self, path: Path):
        path = Path(path)
        self._votes = Journal(path, HEADER, is_whole_line, convert=convert_header)
        self._allocations = Journal(path.with_name("draws.jsonl"), "", _is_json)
        self._served = Journal(path.with_name("served.csv"), SERVINGS_HEADER, is_whole_serving)
        self._index_lock = threading.Lock()
        self._index, self._servings = Index(self._votes, self._allocations), ServingIndex(self._served)
        self._append_together, self._serve_together = Together(self._append_all), Together(self._serve_all)
        self._refresh_together = Together(self._refresh)  # one look at the files serves all who wait for one
        self._refresh_servings_together = Together(self._refresh_servings)

    def append(self, votes: Iterable[Vote]) -> int:
        lines: dict[tuple[str, str], str] = {}
        for vote in votes:
            lines.setdefault(_key(vote), vote.line())
        return self._append_together(lines)

    def _append_all(self, asked: list[dict[tuple[str, str], str]]) -> list[int]:
        """Append the votes of several callers, given as their lines by key; returns how many of each are new."""
        with self._votes.exclusive():
            with self._fresh_index() as index:
                people = {participant for lines in asked for participant, _ in lines}
                known = {_key(vote) for participant in people for vote in index.votes_of(participant)}
            new = []
            for lines in asked:
                new.append([line for key, line in lines.items() if key not in known])
                known |= set(lines)
            self._votes.append([line for lines in new for line in lines])
        return [len(lines) for lines in new]

    def read(self) -> list[Vote]:
        with self._fresh_index() as index:
            return index.votes()

    def votes_of(self, participant_id: str) -> list[Vote]:
        with self._fresh_index() as index:
            return index.votes_of(participant_id)

    def enrol(self, participant_id: str, allocate: Allocate, admit: Admit | None = None) -> Allocation:
        with self._allocations.exclusive():
            with self._fresh_index() as index:
                kept = index.allocation_of(participant_id)
                shown = Counter() if kept else index.shown()
            if kept is not None:
                return kept
            if admit:
                admit(self.attended())
            new = allocate(shown)
            if field := self._index.used_field(new):
                raise AlreadyUsedError(field)
            self._allocations.append([json.dumps(asdict(new), separators=(",", ":"))])
        return new

    def allocations(self) -> list[Allocation]:
        with self._fresh_index() as index:
            return index.allocations()

    def allocation_of(self, participant_id: str) -> Allocation | None:
        with self._fresh_index() as index:
            return index.allocation_of(participant_id)

    def started(self) -> int:
        with self._fresh_index() as index:
            return index.started

    def attended(self) -> list[Attended]:
        with self._fresh_index() as index:
            return index.attended()

    def moment(self) -> tuple[list[Vote], list[Allocation]]:
        with self._fresh_index() as index:
            before = None
            while before is not index.moment:  # an allocation was added or removed while the votes were read
                before = index.moment
                index.refresh()
            return index.votes(), index.allocations()

    def state(self) -> str:
        return " ".join(_file_state(journal.path) for journal in (self._votes, self._allocations))

    def serve(self, serving: Serving) -> None:
        self._serve_together(serving.line())

    def _serve_all(self, lines: list[str]) -> list[None]:
        with self._served.exclusive():
            self._served.append(lines, durable=False)
        return [None] * len(lines)

    def servings_of(self, participant_id: str) -> list[Serving]:
        self._refresh_servings_together(None)
        with self._index_lock:
            return self._servings.of(participant_id)

    def damaged(self) -> list[str]:
        with self._fresh_index() as index:
            index.votes()
            return list(index.damaged)

    def delete(self, participant_id: str) -> int:
        with self._allocations.exclusive():
            self._allocations.rewrite(lambda line: not line.startswith(_line_start(participant_id)))
        with self._served.exclusive():
            self._served.rewrite(lambda line: not line.startswith(f"{participant_id},"))
        with self._votes.exclusive():
            return self._votes.rewrite(lambda line: line.split(",", 2)[1:2] != [participant_id])

    def clear(self) -> None:
        for journal in (self._allocations, self._served, self._votes):
            with journal.exclusive():
                journal.rewrite(lambda line: False)

    @contextmanager
    def _fresh_index(self) -> Iterator[Index]:
        """The index with all that was in the files when this was called; nobody else uses it inside the block."""
        self._refresh_together(None)
        with self._index_lock:
            yield self._index

    def _refresh(self, asked: list[None]) -> list[None]:
        with self._index_lock:
            self._index.refresh()
        return asked

    def _refresh_servings(self, asked: list[None]) -> list[None]:
        with self._index_lock:
            self._servings.refresh()
        return asked


def _file_state(path: Path) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return "none"
    return f"{found.st_ino}/{found.st_size}/{found.st_mtime_ns}"


def _key(vote: Vote) -> tuple[str, str]:
    return vote.participant_id, vote.stimulus


def _line_start(participant_id: str) -> str:
    """The start of an allocation's line. The participant is its first field, so that most lines need not be parsed."""
    return f'{{"participant_id":"{participant_id}",'


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
