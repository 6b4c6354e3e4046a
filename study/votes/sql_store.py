"""Votes in a database: the same methods as `CsvVotes`, for several servers behind one address.

The table `votes` has the columns of the CSV and a unique key (study, participant_id, stimulus), so the database ensures
one vote per participant and picture. It works with SQLite and PostgreSQL, given as an SQLAlchemy URL.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.engine import DatabaseError, create_engine, transaction
from storage.files import NotSavedError
from storage.journal import WrongHeaderError
from study.votes.allocation import Allocation, shown_counts
from study.votes.record import COLUMNS, Vote

_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_TYPES = {"trial": Integer, "response_ms": Integer, "is_real": Boolean, "judged_real": Boolean}
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

_metadata = MetaData()
VOTES = Table(
    "votes",
    _metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),  # order in which votes were saved; not exported
    *(Column(name, _TYPES.get(name, String(64)), nullable=False) for name in COLUMNS),
    UniqueConstraint("study", "participant_id", "stimulus", name="one_vote_per_picture"),
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
    UniqueConstraint("study", "participant_id", name="one_draw_per_participant"),
)


class DatabaseVotes:
    """The votes and allocations of one study in a database. The methods are those of `store.VoteStore`.

    Raises:
        DatabaseUrlError, DatabaseError: see `storage.engine`.
        WrongHeaderError: the database has a table `votes` with other columns.
    """

    def __init__(self, study: str, url: str):
        self._study, self._engine = study, _open_engine(url)

    def append(self, votes: Iterable[Vote]) -> int:
        rows = [asdict(vote) for vote in votes]
        insert = _INSERT[self._engine.dialect.name](VOTES)
        key = ["study", "participant_id", "stimulus"]
        insert = insert.on_conflict_do_nothing(index_elements=key).returning(VOTES.c.id)
        with _saving(self._engine) as connection:
            return sum(len(connection.execute(insert, row).all()) for row in rows)

    def read(self) -> list[Vote]:
        return self._read(VOTES.c.study == self._study)

    def votes_of(self, participant_id: str) -> list[Vote]:
        return self._read((VOTES.c.study == self._study) & (VOTES.c.participant_id == participant_id))

    def enrol(self, participant_id: str, allocate: Callable[[Counter], Allocation]) -> Allocation:
        with _saving(self._engine, lock=f"draw {self._study}") as connection:
            kept = self._allocations(connection, ALLOCATIONS.c.participant_id == participant_id)
            if kept:
                return kept[0]
            new = allocate(self._shown(connection, self._allocations(connection)))
            values = {**asdict(new), "study": self._study, "trials": json.dumps(new.trials)}
            connection.execute(ALLOCATIONS.insert().values(values))
        return new

    def allocations(self) -> list[Allocation]:
        with transaction(self._engine) as connection:
            return self._allocations(connection)

    def allocation_of(self, participant_id: str) -> Allocation | None:
        with transaction(self._engine) as connection:
            kept = self._allocations(connection, ALLOCATIONS.c.participant_id == participant_id)
        return kept[0] if kept else None

    def delete(self, participant_id: str) -> int:
        return self._delete(lambda table: table.c.participant_id == participant_id)

    def clear(self) -> None:
        self._delete(lambda table: true())

    def _delete(self, condition: Callable[[Table], ColumnElement[bool]]) -> int:
        with _saving(self._engine) as connection:
            for table in (ALLOCATIONS, VOTES):
                ours = table.delete().where(table.c.study == self._study, condition(table))
                deleted = connection.execute(ours).rowcount
        return deleted

    def _read(self, condition: ColumnElement[bool]) -> list[Vote]:
        query = VOTES.select().with_only_columns(*(VOTES.c[name] for name in COLUMNS)).where(condition)
        with transaction(self._engine) as connection:
            return [Vote(*row) for row in connection.execute(query.order_by(VOTES.c.id))]

    def _allocations(self, connection: Connection, *conditions: ColumnElement[bool]) -> list[Allocation]:
        query = ALLOCATIONS.select().where(ALLOCATIONS.c.study == self._study, *conditions).order_by(ALLOCATIONS.c.id)
        rows = connection.execute(query)
        return [Allocation(r.participant_id, r.started_at, r.device, tuple(json.loads(r.trials))) for r in rows]

    def _shown(self, connection: Connection, allocations: list[Allocation]) -> Counter:
        columns = (VOTES.c.participant_id, VOTES.c.stimulus)
        query = VOTES.select().with_only_columns(*columns).where(VOTES.c.study == self._study)
        return shown_counts(connection.execute(query), allocations)


@cache
def _open_engine(url: str) -> Engine:
    engine = create_engine(url)
    with transaction(engine, lock="tables of votes") as connection:
        _metadata.create_all(connection)
        found = {column["name"] for column in inspect(connection).get_columns(VOTES.name)}
    if not found >= set(COLUMNS):
        missing = ", ".join(sorted(set(COLUMNS) - found))
        raise WrongHeaderError(
            f"the table {VOTES.name!r} must have the columns of a votes file. It lacks {missing}; nothing was changed. "
            "Give another database."
        )
    return engine


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
