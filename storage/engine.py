"""The SQL engine: SQLite in a file, or PostgreSQL for several servers behind one address.

An engine is made of an address, hands out transactions, and takes the steps that bring a set of tables to its newest
version. What the tables are is the business of those who use it.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from storage import StorageError
from storage.settings import DATABASE_URL

BUSY_TIMEOUT_MS = 30_000
"""Milliseconds for which SQLite waits for another process."""

CONNECT_TIMEOUT = 5
"""Seconds to wait for a PostgreSQL server that does not answer."""

_PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)


class DatabaseUrlError(StorageError, ValueError):
    """The address names no database that can be used."""


class DatabaseError(StorageError):
    """The database did not answer as it should; nothing was changed."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(
            f"what was asked for is in a database that must answer. It said: {reason}. Mend that, then try again."
        )


class NewerSchemaError(StorageError):
    """The tables were made by a later version of this program."""


def sqlite_url(file: Path) -> str:
    """The address of an SQLite database in a file."""
    return URL.create("sqlite", database=str(file)).render_as_string()


def create_engine(url: str, make_folder: bool = False) -> Engine:
    """The engine of an address.

    An SQLite file that is not there yet is made, readable by the server's own user alone. SQLite's transactions
    exclude each other from their beginning, survive a power failure, and overwrite what they delete.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
        make_folder: make the folder of the SQLite file, too, where it is missing.

    Raises:
        DatabaseUrlError: the address cannot be used; a password in it is not repeated.
        DatabaseError: the file cannot be made.
    """
    address = _parse(url)
    try:
        if address.get_backend_name() == "sqlite":
            return _create_sqlite(address, make_folder)
        return sqlalchemy.create_engine(address, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise DatabaseUrlError(
            f"{address.drivername} needs a driver that is not installed; for PostgreSQL: pip install 'psycopg[binary]'."
        ) from error
    except OSError as error:
        raise DatabaseError(f"{address.database}: {error.strerror}") from error


@contextmanager
def transaction(engine: Engine, lock: str = "") -> Iterator[Connection]:
    """All or nothing. No two transactions of one `lock` run at once; in SQLite no two at all.

    Raises:
        DatabaseError: nothing was changed.
    """
    try:
        with engine.begin() as connection:
            if lock and connection.dialect.name == "postgresql":
                key = {"key": zlib.crc32(lock.encode())}
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
            yield connection
    except SQLAlchemyError as error:
        raise DatabaseError(_reason(error)) from error


def migrate(connection: Connection, table: str, steps: Sequence[Sequence[str]]) -> None:
    """Take the steps that this database has not seen, inside the transaction of `connection`: all of them or none.

    Args:
        table: where the numbers of the steps taken are kept; made if it is not there.
        steps: the SQL statements of each step, in order. One that has been released is never changed.

    Raises:
        NewerSchemaError: the database has seen more steps than there are.
    """
    connection.execute(text(f"CREATE TABLE IF NOT EXISTS {table} (version INTEGER PRIMARY KEY)"))
    version = connection.scalar(text(f"SELECT max(version) FROM {table}")) or 0
    if version > len(steps):
        raise NewerSchemaError(
            f"{table} must be of version {len(steps)} or earlier. Received version {version}: start the newer "
            "Huestory that made these tables."
        )
    for number, statements in enumerate(steps[version:], version + 1):
        for statement in statements:
            connection.execute(text(statement))
        connection.execute(text(f"INSERT INTO {table} VALUES (:version)"), {"version": number})


def forget(engine: Engine) -> None:
    """Let go of what was deleted: SQLite keeps it in its journal until that is emptied."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _parse(url: str) -> URL:
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise DatabaseUrlError(
            f"{DATABASE_URL.name} must be an address such as sqlite:////srv/huestory.db or "
            "postgresql://user:password@host/name. The one given cannot be read."
        ) from error
    kind, shown = address.get_backend_name(), address.render_as_string(hide_password=True)
    if kind not in ("sqlite", "postgresql"):
        raise DatabaseUrlError(f"{DATABASE_URL.name} must begin with sqlite:/// or postgresql://. Received {shown}.")
    if kind == "sqlite" and address.database in (None, "", ":memory:"):
        raise DatabaseUrlError(
            f"{DATABASE_URL.name} must name a file after sqlite:///, for only a file outlives the server. Received "
            f"{shown}."
        )
    return address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address


def _create_sqlite(address: URL, make_folder: bool) -> Engine:
    engine = sqlalchemy.create_engine(address)
    if make_folder:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(address.database, os.O_CREAT | os.O_RDWR, 0o600))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare_sqlite(connection: object, _: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own: the "begin" event does
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _reason(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
