"""The vote record and where votes are kept: a CSV file (the default) or a database (for many servers).

One vote is one line of codes and ids: no free text, and no id that a spreadsheet could take for a formula. Both stores
hold one vote per participant and picture, and both say "saved" only when the vote is on the disk.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from study import StudyError
from study.files import Journal, split_records, write_file

PHASES = ("practice", "test", "catch")
CATCH_MODEL = "catch"
"""What `model` says for a catch trial: a picture coloured absurdly on purpose, no model's work."""

MAX_RESPONSE_MS = 24 * 60 * 60 * 1000
OPEN_DRAW = timedelta(hours=1)
"""How long the unanswered pictures of a participant count as shown. Later the participant is taken to have left."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_TRUTH = {"true": True, "false": False}


class BadVoteError(StudyError, ValueError):
    """A value cannot stand in the votes file."""


class MissingVotesError(StudyError):
    """There is no votes file at the path."""


@dataclass(frozen=True)
class Vote:
    """One answer. The fields are the columns of the votes CSV, in its order.

    Raises:
        BadVoteError: a value breaks the rule of its column.
    """

    study: str
    participant_id: str
    trial: int
    """place in the participant's session, from 1"""
    phase: str
    """`practice` and `catch` are never counted in a rate"""
    stimulus: str
    """the picture shown; in `pairs` the recoloured one of the two"""
    model: str
    """what coloured it; empty for a real picture, `catch` for an absurd one"""
    is_real: bool
    judged_real: bool
    response_ms: int
    """from paint to answer, by the browser's clock"""
    voted_at: str
    """ISO 8601, UTC (also where it names no zone)"""
    device: str
    """`phone`, `tablet`, `desktop`, or empty where unknown"""
    app_version: str
    partner: str = ""
    """in `pairs` the original of the two; else empty"""

    def __post_init__(self) -> None:
        for name in ("study", "participant_id", "stimulus"):
            check_id(name, getattr(self, name))
        for name in ("model", "device", "app_version", "partner"):
            if getattr(self, name) != "":
                check_id(name, getattr(self, name))
        _check(type(self.trial) is int and 1 <= self.trial <= 10_000, "trial", "count from 1", self.trial)
        _check(self.phase in PHASES, "phase", f"be one of {', '.join(PHASES)}", self.phase)
        for name in ("is_real", "judged_real"):
            _check(isinstance(getattr(self, name), bool), name, "be true or false", getattr(self, name))
        named = self.model != "" or self.phase == "catch"
        _check(self.model == "" if self.is_real else named, "model", "be empty for a real picture only", self.model)
        _check(
            type(self.response_ms) is int and 0 <= self.response_ms <= MAX_RESPONSE_MS,
            "response_ms",
            f"be whole milliseconds from 0 to {MAX_RESPONSE_MS}",
            self.response_ms,
        )
        _check(_is_utc(self.voted_at), "voted_at", "be an ISO 8601 time in UTC", self.voted_at)

    @classmethod
    def from_row(cls, row: list[str]) -> "Vote":
        """Read the cells of one CSV line. Truth values may be in any case: spreadsheets write `TRUE`.

        Raises:
            BadVoteError: there are not as many cells as columns, or one cell is wrong.
        """
        _check(len(row) == len(COLUMNS), "a line", f"have {len(COLUMNS)} cells", len(row))
        cells: dict = dict(zip(COLUMNS, row, strict=True))
        for name in ("trial", "response_ms"):
            _check(cells[name].isascii() and cells[name].isdigit(), name, "be a whole number", cells[name])
            cells[name] = int(cells[name])
        for name in ("is_real", "judged_real"):
            _check(cells[name].lower() in _TRUTH, name, "be true or false", cells[name])
            cells[name] = _TRUTH[cells[name].lower()]
        return cls(**cells)

    def line(self) -> str:
        """The vote as a CSV line without its end. No cell can hold a comma or a quote, so none is quoted."""
        return ",".join(str(v).lower() if isinstance(v, bool) else str(v) for v in asdict(self).values())


COLUMNS = tuple(field.name for field in fields(Vote))
HEADER = ",".join(COLUMNS)


@dataclass(frozen=True)
class Draw:
    """What one participant was given to judge, kept so that a reload resumes and a drop-out is seen."""

    participant_id: str
    started_at: str
    device: str
    trials: tuple[dict, ...]
    """the trials in order, each with at least `stimulus` and `phase`"""

    def __post_init__(self) -> None:
        check_id("participant_id", self.participant_id)
        check_id("device", self.device)


class VoteStore(Protocol):
    """Where the votes and draws of one study are kept."""

    def append(self, votes: Iterable[Vote]) -> int:
        """Save votes; returns how many are new. A second vote of a participant on a picture changes nothing.

        Raises:
            NotSavedError: nothing of these was saved.
        """

    def read(self) -> list[Vote]:
        """Every vote, oldest first."""

    def votes_of(self, participant_id: str) -> list[Vote]:
        """The votes of one participant, oldest first."""

    def enrol(self, participant_id: str, draw: Callable[[Counter], Draw]) -> Draw:
        """The participant's draw: the kept one, or else `draw(shown)`, made and kept while nobody else draws.

        `shown` counts how often each picture was shown: votes, and the pictures still before recent participants.
        """

    def draws(self) -> list[Draw]:
        """Every draw, oldest first."""

    def draw_of(self, participant_id: str) -> Draw | None:
        """The draw of one participant; None before `enrol`."""

    def delete(self, participant_id: str) -> int:
        """Forget a participant: votes and draw. Returns the number of votes deleted."""

    def clear(self) -> None:
        """Forget everybody."""


class CsvVotes:
    """Votes of one study in `votes.csv`, draws in `draws.jsonl` beside it; safe between threads and processes."""

    def __init__(self, path: Path):
        path = Path(path)
        self._votes = Journal(path, HEADER, is_whole_line)
        self._draws = Journal(path.with_name("draws.jsonl"), "", _is_json)
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

    def enrol(self, participant_id: str, draw: Callable[[Counter], Draw]) -> Draw:
        with self._draws.exclusive():
            kept = self.draw_of(participant_id)
            if kept is not None:
                return kept
            new = draw(shown_counts(self.read(), self.draws()))
            self._draws.append([json.dumps(asdict(new), separators=(",", ":"))])
        return new

    def draws(self) -> list[Draw]:
        return [_read_draw(line) for line in self._draws.read()]

    def draw_of(self, participant_id: str) -> Draw | None:
        ours = (line for line in self._draws.read() if line.startswith(_draw_start(participant_id)))
        return next(map(_read_draw, ours), None)

    def delete(self, participant_id: str) -> int:
        with self._draws.exclusive():
            self._draws.rewrite(lambda line: not line.startswith(_draw_start(participant_id)))
        with self._votes.exclusive():
            return self._votes.rewrite(lambda line: _key_of_line(line)[0] != participant_id)

    def clear(self) -> None:
        for journal in (self._draws, self._votes):
            with journal.exclusive():
                journal.rewrite(lambda line: False)


def open_store(study: str, folder: Path, url: str | None = None) -> VoteStore:
    """The votes of a study: in `folder` as CSV, or in the database at `url` (default: `HUESTORY_DATABASE_URL`).

    Raises:
        StudyError: the database cannot be used; the message says why.
    """
    check_id("study", study)
    url = url if url is not None else os.environ.get("HUESTORY_DATABASE_URL", "")
    if not url:
        return CsvVotes(folder / "votes.csv")
    from study.votes.sql import DatabaseVotes

    return DatabaseVotes(study, url)


def read_votes(path: Path) -> list[Vote]:
    """Read a votes CSV: ours, an export, or one that went through a spreadsheet.

    Raises:
        MissingVotesError: there is no such file.
        WrongHeaderError: the columns are not those of a votes file.
        BadVoteError: a line is not a vote, or stands there twice; the message gives its number.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise MissingVotesError(f"a votes CSV must be readable at {path}: {error.strerror}.") from error
    data = data.replace(b'"', b"")  # some programs quote every text; no vote has a quote in it
    return parse_votes(path, split_records(path, data, HEADER, is_whole_line)[0])


def parse_votes(path: Path, lines: list[str]) -> list[Vote]:
    """Votes of CSV lines (without the header), with the line number in every complaint.

    Raises:
        BadVoteError: a line is not a vote, or stands there twice.
    """
    votes, places = [], {}
    for number, line in enumerate(lines, start=2):
        try:
            vote = Vote.from_row(line.split(","))
        except BadVoteError as error:
            raise BadVoteError(f"{path}, line {number}: {error}") from error
        first = places.setdefault((vote.study, vote.participant_id, vote.trial, vote.stimulus, vote.model), number)
        if first != number:
            raise BadVoteError(f"{path}, line {number} says the same as line {first}: was a file joined to itself?")
        votes.append(vote)
    return votes


def export_votes(votes: Iterable[Vote], path: Path) -> None:
    """Write votes as the CSV of the contract, whole or not at all.

    Raises:
        NotSavedError: the disk refused.
    """
    write_file(Path(path), csv_text(votes).encode())


def csv_text(votes: Iterable[Vote]) -> str:
    """The votes CSV as text: header, then one line a vote."""
    return "".join(f"{line}\n" for line in [HEADER, *(vote.line() for vote in votes)])


def shown_counts(votes: Iterable[Vote], draws: Iterable[Draw], now: datetime | None = None) -> Counter:
    """How often each picture was shown: every vote, and the unanswered rest of draws younger than `OPEN_DRAW`."""
    since = ((now or datetime.now(UTC)) - OPEN_DRAW).isoformat()
    seen = {(vote.participant_id, vote.stimulus) for vote in votes}
    for draw in draws:
        if draw.started_at >= since:
            seen.update((draw.participant_id, trial["stimulus"]) for trial in draw.trials)
    return Counter(stimulus for _, stimulus in seen)


def now_utc() -> str:
    """The time in the form of `voted_at`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check_id(name: str, value: object) -> None:
    """Ids hold ASCII letters, digits, `.`, `_` and `-`, and start with a letter or digit, as no formula does.

    Raises:
        BadVoteError: this one does not.
    """
    rule = "have 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit"
    _check(isinstance(value, str) and _ID.fullmatch(value) is not None, name, rule, value)


def is_whole_line(line: str) -> bool:
    """Whether a last line without its end is a vote all the same; a torn partner, shorter than its kind, is not."""
    try:
        vote = Vote.from_row(line.split(","))
    except BadVoteError:
        return False
    return vote.partner == "" or len(vote.partner) == len(vote.stimulus)


def _check(holds: bool, name: str, rule: str, value: object) -> None:
    if not holds:
        raise BadVoteError(f"{name} must {rule}. Received {value!r}.")


def _is_utc(text: object) -> bool:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return text.isascii() and "," not in text and time.utcoffset() in (None, timedelta(0))


def _draw_start(participant_id: str) -> str:
    return f'{{"participant_id":"{participant_id}",'  # the first of a draw's fields: most lines need not be parsed


def _read_draw(line: str) -> Draw:
    values = json.loads(line)
    return Draw(**{**values, "trials": tuple(values["trials"])})


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _key_of_line(line: str) -> tuple[str, str]:
    cells = line.split(",", 5)
    return (cells[1], cells[4]) if len(cells) > 4 else ("", "")
