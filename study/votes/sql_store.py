"""Votes in a database: the same store as `CsvVotes`, for several app servers behind one address.

The table `votes` has the columns of the CSV and a unique key (study, participant_id, stimulus), so that one vote per
participant and picture is the database's own promise. SQLite and PostgreSQL, by SQLAlchemy URL.
"""

import json
import zlib
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
    create_engine,
    event,
    inspect,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from study import StudyError
from study.files import NotSavedError, WrongHeaderError
from study.votes.allocation import Allocation, shown_counts
from study.votes.record import COLUMNS, Vote

BUSY_TIMEOUT_MS = 30_000
_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_TYPES = {"trial": Integer, "response_ms": Integer, "is_real": Boolean, "judged_real": Boolean}
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

_metadata = MetaData()
VOTES = Table(
    "votes",
    _metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),  # the order of arrival; not exported
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


class DatabaseUrlError(StudyError):
    """The address names no database that can be used."""


class DatabaseError(StudyError):
    """The database did not answer as it should."""


class DatabaseVotes:
    """Votes and allocations of one study in a database. It has the methods of `store.VoteStore`.

    Raises:
        DatabaseUrlError: the address cannot be used.
        DatabaseError: the database does not answer.
        WrongHeaderError: it holds a table `votes` with other columns.
    """

    def __init__(self, study: str, url: str):
        self._study, self._engine = study, _engine(url)

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
        with _saving(self._engine) as connection:
            if connection.dialect.name == "postgresql":  # SQLite's transactions exclude each other already
                key = {"key": zlib.crc32(f"draw {self._study}".encode())}
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
            kept = self._allocations(connection, ALLOCATIONS.c.participant_id == participant_id)
            if kept:
                return kept[0]
            new = allocate(self._shown(connection, self._allocations(connection)))
            values = {**asdict(new), "study": self._study, "trials": json.dumps(new.trials)}
            connection.execute(ALLOCATIONS.insert().values(values))
        return new

    def allocations(self) -> list[Allocation]:
        with _reading(self._engine) as connection:
            return self._allocations(connection)

    def allocation_of(self, participant_id: str) -> Allocation | None:
        with _reading(self._engine) as connection:
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
        with _reading(self._engine) as connection:
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
def _engine(url: str) -> Engine:
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() not in _INSERT:
            raise DatabaseUrlError(
                "HUESTORY_DATABASE_URL must begin with sqlite:/// or postgresql://. "
                f"Received {address.render_as_string()}."
            )
        engine = create_engine(address, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseUrlError(
            "HUESTORY_DATABASE_URL must be an address such as sqlite:////srv/huestory.db or "
            "postgresql://user:password@host/name. The one given cannot be read."
        ) from error
    except ModuleNotFoundError as error:
        raise DatabaseUrlError(
            f"{address.get_backend_name()} needs a driver: pip install 'psycopg[binary]'."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    _create_tables(engine)
    return engine


def _create_tables(engine: Engine) -> None:
    try:
        _metadata.create_all(engine, tables=[VOTES, ALLOCATIONS])
    except SQLAlchemyError:  # another server made them between our look and our CREATE
        with _reading(engine) as connection:
            _metadata.create_all(connection, tables=[VOTES, ALLOCATIONS])
    with _reading(engine) as connection:
        found = {column["name"] for column in inspect(connection).get_columns(VOTES.name)}
    if not found >= set(COLUMNS):
        missing = ", ".join(sorted(set(COLUMNS) - found))
        raise WrongHeaderError(
            f"the table {VOTES.name!r} must have the columns of a votes file. It lacks {missing}; nothing was changed. "
            "Give another database."
        )


def _prepare_sqlite(connection: object, _: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own: `_begin_immediate` does
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _saving(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise NotSavedError(
            f"nothing counts as saved before the database has it. It said: {_reason(error)}. Try again; what was saved "
            "before is safe."
        ) from error


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise DatabaseError(f"the votes are in a database that must answer. It said: {_reason(error)}.") from error


def _reason(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
