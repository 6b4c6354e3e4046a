"""Votes in a database: the same methods as `CsvVotes`, for several servers behind one address.

The table `votes` has the columns of the CSV and a unique key (study, participant_id, stimulus), so the database ensures
one vote per participant and picture. It works with SQLite and PostgreSQL, given as an SQLAlchemy URL.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache, lru_cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.functions import count
from sqlalchemy.sql.functions import max as largest

from storage.engine import DatabaseError, add_missing_columns, create_engine, migrate, reading, transaction
from storage.files import NotSavedError
from storage.journal import WrongHeaderError
from storage.together import Together
from study.votes.allocation import ONCE, Admit, Allocate, Allocation, AlreadyUsedError, Attended, open_between
from study.votes.record import COLUMNS, FIRST_COLUMNS, Vote
from study.votes.servings import Serving

_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_TYPES = {"trial": Integer, "response_ms": Integer, "server_ms": Integer, "exposure_ms": Integer, "shown_ms": Integer}
_TYPES |= {"is_real": Boolean, "judged_real": Boolean}
_OPTIONAL = ("server_ms", "exposure_ms", "shown_ms")
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")


def _vote_column(name: str) -> Column:
    """A column of the votes. Those added after the first version have a default for the rows from before."""
    if name in _OPTIONAL:
        return Column(name, _TYPES[name], nullable=True)
    default = None if name in FIRST_COLUMNS else ""
    return Column(name, _TYPES.get(name, String(64)), nullable=False, server_default=default)


VERSIONS: tuple[tuple[str, ...], ...] = ((),)
"""Steps of the tables that an earlier program could not go on with; new columns with a default need none."""

_metadata = MetaData()
VOTES = Table(
    "votes",
    _metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),  # order in which votes were saved; not exported
    *map(_vote_column, COLUMNS),
    UniqueConstraint("study", "participant_id", "stimulus", name="one_vote_per_picture"),
    Index("votes_by_order", "study", "id"),  # finds what is new since a vote
)
ALLOCATIONS = Table(
    "draws",
    _metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("study", String(64), nullable=False),
    Column("participant_id", String(64), nullable=False),
    Column("started_at", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("trials", Text, nullable=False),
    *(Column(name, String(64), nullable=False, server_default="") for name in (*ONCE, "language")),
    Column("consent_version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("study", "participant_id", name="one_draw_per_participant"),
    Index("draws_by_start", "study", "started_at"),
    *(Index(f"draws_by_{name}", "study", name) for name in ONCE),
)
SERVINGS = Table(
    "served",
    _metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("study", String(64), nullable=False),
    Column("participant_id", String(64), nullable=False),
    Column("trial", Integer, nullable=False),
    Column("place", String(8), nullable=False),
    Column("served_at", String(64), nullable=False),
    Index("served_to", "study", "participant_id"),
)
REMOVALS = Table(
    "vote_removals",
    _metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("study", String(64), nullable=False, index=True),
)
"""One row for each time that votes were deleted, so that other servers count anew. It does not say whose they were."""


class DatabaseVotes:
    """The votes and allocations of one study in a database. The methods are those of `store.VoteStore`.

    Raises:
        DatabaseUrlError, DatabaseError, NewerSchemaError: see `storage.engine`.
        WrongHeaderError: the database has a table `votes` with other columns.
    """

    def __init__(self, study: str, url: str):
        self._study, self._engine = study, _open_engine(url)
        self._lock, self._enrolling = threading.Lock(), threading.Lock()
        self._kept: list[Vote] = []
        self._kept_until = 0
        self._counts: Counter[str] = Counter()
        self._counted_until, self._removals = 0, None
        self._append_together, self._serve_together = Together(self._append_all), Together(self._serve_all)

    def append(self, votes: Iterable[Vote]) -> int:
        return self._append_together([asdict(vote) for vote in votes])

    def _append_all(self, asked: list[list[dict]]) -> list[int]:
        """Save the votes of several callers in one transaction; returns how many of each are new."""
        insert = _INSERT[self._engine.dialect.name](VOTES)
        key = ["study", "participant_id", "stimulus"]
        insert = insert.on_conflict_do_nothing(index_elements=key).returning(VOTES.c.id)
        with _saving(self._engine) as connection:
            return [sum(len(connection.execute(insert, row).all()) for row in rows) for rows in asked]

    def read(self) -> list[Vote]:
        with reading(self._engine) as connection:
            return self._all_votes(connection)

    def votes_of(self, participant_id: str) -> list[Vote]:
        with reading(self._engine) as connection:
            return [vote for _, vote in self._votes(connection, VOTES.c.participant_id == participant_id)]

    def enrol(self, participant_id: str, allocate: Allocate, admit: Admit | None = None) -> Allocation:
        # Those who wait for the database's lock hold a connection each, and `allocate` may need a further one: of this
        # server, only one waits there.
        with self._enrolling, _saving(self._engine, lock=f"draw {self._study}") as connection:
            kept = self._allocations(connection, ALLOCATIONS.c.participant_id == participant_id)
            if kept:
                return kept[0]
            if admit:
                admit(self._attended(connection))
            new = allocate(self._shown(connection))
            for field in ONCE:
                value = getattr(new, field)
                if value and self._allocations(connection, ALLOCATIONS.c[field] == value):
                    raise AlreadyUsedError(field)
            values = {**asdict(new), "study": self._study, "trials": json.dumps(new.trials)}
            connection.execute(ALLOCATIONS.insert().values(values))
        return new

    def allocations(self) -> list[Allocation]:
        with reading(self._engine) as connection:
            return self._allocations(connection)

    def allocation_of(self, participant_id: str) -> Allocation | None:
        with reading(self._engine) as connection:
            kept = self._allocations(connection, ALLOCATIONS.c.participant_id == participant_id)
        return kept[0] if kept else None

    def started(self) -> int:
        query = select(count()).where(ALLOCATIONS.c.study == self._study)
        with reading(self._engine) as connection:
            return connection.scalar(query)

    def attended(self) -> list[Attended]:
        with reading(self._engine) as connection:
            return self._attended(connection)

    def moment(self) -> tuple[list[Vote], list[Allocation]]:
        with reading(self._engine) as connection:
            return self._all_votes(connection), self._allocations(connection)

    def state(self) -> str:
        tables = (VOTES, ALLOCATIONS, REMOVALS)
        numbers = [select(count(), largest(table.c.id)).where(table.c.study == self._study) for table in tables]
        last = select(VOTES.c.participant_id, VOTES.c.voted_at).order_by(VOTES.c.id.desc()).limit(1)
        with reading(self._engine) as connection:
            found = [connection.execute(each).one() for each in numbers]
            return f"{found} {connection.execute(last.where(VOTES.c.study == self._study)).all()}"

    def serve(self, serving: Serving) -> None:
        self._serve_together({"study": self._study, **asdict(serving)})

    def _serve_all(self, rows: list[dict]) -> list[None]:
        with _saving(self._engine) as connection:
            connection.execute(SERVINGS.insert(), rows)
        return [None] * len(rows)

    def servings_of(self, participant_id: str) -> list[Serving]:
        columns = [SERVINGS.c[name] for name in Serving.__annotations__]
        query = SERVINGS.select().with_only_columns(*columns).order_by(SERVINGS.c.id)
        ours = (SERVINGS.c.study == self._study) & (SERVINGS.c.participant_id == participant_id)
        with reading(self._engine) as connection:
            return [Serving(*row) for row in connection.execute(query.where(ours))]

    def damaged(self) -> list[str]:
        return []  # the database checks what it is given

    def delete(self, participant_id: str) -> int:
        return self._delete(lambda table: table.c.participant_id == participant_id)

    def clear(self) -> None:
        self._delete(lambda table: true())

    def _delete(self, condition: Callable[[Table], ColumnElement[bool]]) -> int:
        with _saving(self._engine) as connection:
            for table in (ALLOCATIONS, SERVINGS, VOTES):
                ours = table.delete().where(table.c.study == self._study, condition(table))
                deleted = connection.execute(ours).rowcount
            connection.execute(REMOVALS.insert().values(study=self._study))
        return deleted

    def _all_votes(self, connection: Connection) -> list[Vote]:
        """Every vote. Only those saved since the last call are fetched, unless earlier ones were changed."""
        with self._lock:
            before = select(count()).where(VOTES.c.study == self._study, VOTES.c.id <= self._kept_until)
            if connection.scalar(before) != len(self._kept):  # some were deleted, or saved with a lower number
                self._kept, self._kept_until = [], 0
            for number, vote in self._votes(connection, VOTES.c.id > self._kept_until):
                self._kept.append(vote)
                self._kept_until = number
            return list(self._kept)

    def _votes(self, connection: Connection, condition: ColumnElement[bool]) -> list[tuple[int, Vote]]:
        query = select(VOTES.c.id, *(VOTES.c[name] for name in COLUMNS))
        rows = connection.execute(query.where(VOTES.c.study == self._study, condition)).all()
        # Sorted here: SQLite would read all votes in their order to find those of one participant.
        return [(number, Vote(*values)) for number, *values in sorted(rows, key=lambda row: row[0])]

    def _allocations(self, connection: Connection, *conditions: ColumnElement[bool]) -> list[Allocation]:
        query = ALLOCATIONS.select().where(ALLOCATIONS.c.study == self._study, *conditions).order_by(ALLOCATIONS.c.id)
        return [Allocation.from_dict({**row, "trials": json.loads(row["trials"])}) for row in _rows(connection, query)]

    def _attended(self, connection: Connection) -> list[Attended]:
        votes = select(VOTES.c.participant_id, count()).where(VOTES.c.study == self._study)
        answered = dict(connection.execute(votes.group_by(VOTES.c.participant_id)).all())
        columns = (ALLOCATIONS.c.participant_id, ALLOCATIONS.c.device, ALLOCATIONS.c.started_at)
        starts = select(*columns).where(ALLOCATIONS.c.study == self._study).order_by(ALLOCATIONS.c.id)
        return [Attended(*start, answered.get(start.participant_id, 0)) for start in connection.execute(starts)]

    def _shown(self, connection: Connection) -> Counter[str]:
        """How often each picture was shown: its votes, and the unanswered pictures of participants who are at it."""
        shown = self._vote_counts(connection)
        lately = (ALLOCATIONS.c.study == self._study) & (ALLOCATIONS.c.started_at.between(*open_between()))
        given = select(ALLOCATIONS.c.participant_id, ALLOCATIONS.c.trials).where(lately)
        at_it = select(ALLOCATIONS.c.participant_id).where(lately)
        answers = select(VOTES.c.participant_id, VOTES.c.stimulus)
        answers = answers.where(VOTES.c.study == self._study, VOTES.c.participant_id.in_(at_it))
        answered = set(map(tuple, connection.execute(answers)))
        for participant, trials in connection.execute(given):
            shown.update(s for s in _stimuli(trials) if (participant, s) not in answered)
        return shown

    def _vote_counts(self, connection: Connection) -> Counter:
        """Votes of each picture. Only those saved since the last call are counted, unless some were deleted."""
        removals = connection.scalar(select(largest(REMOVALS.c.id)).where(REMOVALS.c.study == self._study))
        with self._lock:
            if removals != self._removals:
                self._counts, self._counted_until, self._removals = Counter(), 0, removals
            new = select(VOTES.c.stimulus, count(), largest(VOTES.c.id)).group_by(VOTES.c.stimulus)
            new = new.where(VOTES.c.study == self._study, VOTES.c.id > self._counted_until)
            for stimulus, votes, last in connection.execute(new).all():
                self._counts[stimulus] += votes
                self._counted_until = max(self._counted_until, last)
            return Counter(self._counts)


@cache
def _open_engine(url: str) -> Engine:
    engine = create_engine(url)
    with transaction(engine, lock="tables of votes") as connection:
        inspector = inspect(connection)
        if inspector.has_table(VOTES.name):
            _check_columns({column["name"] for column in inspector.get_columns(VOTES.name)})
        for table in (VOTES, ALLOCATIONS):
            if inspector.has_table(table.name):
                add_missing_columns(connection, table)
                for index in table.indexes:
                    index.create(connection, checkfirst=True)
        migrate(connection, "votes_schema", VERSIONS)
        _metadata.create_all(connection)
    return engine


def _check_columns(found: set[str]) -> None:
    if not found >= set(FIRST_COLUMNS):
        missing = ", ".join(sorted(set(FIRST_COLUMNS) - found))
        raise WrongHeaderError(
            f"the table {VOTES.name!r} must have the columns of a votes file. It lacks {missing}; nothing was changed. "
            "Give another database."
        )


def _rows(connection: Connection, query: Select) -> list[dict]:
    return [dict(row) for row in connection.execute(query).mappings()]


@lru_cache(maxsize=4096)
def _stimuli(trials: str) -> tuple[str, ...]:
    return tuple(trial["stimulus"] for trial in json.loads(trials))


@contextmanager
def _saving(engine: Engine, lock: str = "") -> Iterator[Connection]:
    try:
        with transaction(engine, lock) as connection:
            yield connection
    except DatabaseError as error:
        raise NotSavedError(
            f"nothing counts as saved before the database has it. It said: {error.reason}. Try again; what was saved "
            "before is safe."
        ) from error
