"""The SQL engine: SQLite in a file, or PostgreSQL for several servers behind one address.

This module makes an engine from an address, runs transactions, and migrates a set of tables to their newest version.
The packages that use it define the tables.
"""

import os
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, Table, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.schema import CreateColumn

from storage import StorageError
from storage.settings import DATABASE_URL

BUSY_TIMEOUT_MS = 30_000
"""Milliseconds that SQLite waits while another process writes."""

CONNECT_TIMEOUT = 5
"""Seconds to wait for a PostgreSQL server that does not answer."""

_PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)

_APPLICATION_ID = 0x48756573  # "Hues"
_creating = threading.Lock()
_READ_ONLY = {"huestory_read_only": True}


class DatabaseUrlError(StorageError, ValueError):
    """The address cannot be used: for example malformed, another kind of database, or a missing driver."""


class DatabaseError(StorageError):
    """A database operation failed; nothing was changed."""

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


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for another one. Raises DatabaseUrlError."""
    address = _parse(url)
    return Path(address.database) if address.get_backend_name() == "sqlite" else None


def create_engine(url: str, make_folder: bool = False) -> Engine:
    """Create the engine for an address.

    A missing SQLite file is created, readable and writable only by the user that the server runs as. Only one SQLite
    transaction that writes runs at a time (others: `reading`), finished transactions survive a power failure, and
    deleted data is overwritten.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
        make_folder: also create the folder of the SQLite file if it is missing.

    Raises:
        DatabaseUrlError: the address cannot be used; the message does not show a password in it.
        DatabaseError: the file cannot be created, or something has emptied it.
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
    """Run the block in one transaction: all its changes are saved, or none if it fails.

    Args:
        lock: transactions with the same name here run one after the other; in SQLite all transactions do.

    Raises:
        DatabaseError: the database failed; nothing was changed.
    """
    try:
        with engine.begin() as connection:
            if lock and connection.dialect.name == "postgresql":
                key = {"key": zlib.crc32(lock.encode())}
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
            yield connection
    except SQLAlchemyError as error:
        raise DatabaseError(_reason(error)) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Run the block in one read-only transaction: everything in it is of one moment, and writers are not waited for.

    Raises:
        DatabaseError: the database failed.
    """
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                connection.execution_options(**_READ_ONLY)
            with connection.begin():
                yield connection
    except SQLAlchemyError as error:
        raise DatabaseError(_reason(error)) from error


def add_missing_columns(connection: Connection, table: Table) -> list[str]:
    """Add the columns that a table of an earlier version lacks, and return their names.

    Each must be nullable or have a `server_default`, which the rows of the earlier version get.
    """
    found = {column["name"] for column in inspect(connection).get_columns(table.name)}
    missing = [column for column in table.columns if column.name not in found]
    for column in missing:
        definition = CreateColumn(column).compile(dialect=connection.dialect)
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
    return [column.name for column in missing]


def migrate(connection: Connection, table: str, steps: Sequence[Sequence[str]]) -> None:
    """Run the migration steps that this database has not had yet, in the transaction of `connection`: all or none.

    Args:
        table: name of the table that stores the numbers of the finished steps; created if missing.
        steps: the SQL statements of each step, in order. A released step is never changed.

    Raises:
        NewerSchemaError: the database has had more steps than `steps` holds.
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
    """Remove deleted data from the disk: SQLite keeps it in its write-ahead log until the log is emptied."""
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
    _create_private(address.database)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private(file: str) -> None:
    """Create a file that only this user can read, unless it exists.

    An existing one is never opened here: to close it again would lift the locks that SQLite holds on it for this
    process (https://www.sqlite.org/howtocorrupt.html, 2.2), and another process could take its write-ahead log away.
    """
    path = Path(file)
    if path.exists():
        _check_not_emptied(path)
        return
    new = path.with_name(f".{path.name}-{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(new)) as connection:
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")  # writes the first page
        with _creating, suppress(FileExistsError):
            _give_name(new, path)
    except sqlite3.Error as error:
        raise DatabaseError(f"{file}: {error}") from error
    finally:
        new.unlink(missing_ok=True)


def _give_name(new: Path, path: Path) -> None:
    """Name a file, unless another process has made one of this name. Raises FileExistsError."""
    try:
        os.link(new, path)
    except FileExistsError:
        raise
    except OSError:  # not every file system has links
        if not path.exists():
            os.rename(new, path)


def _check_not_emptied(path: Path) -> None:
    """Raise DatabaseError for a file of no bytes: one that is made here has its first page from the beginning."""
    log = path.with_name(f"{path.name}-wal")
    if path.stat().st_size == 0 and not (log.exists() and log.stat().st_size):
        raise DatabaseError(
            f"{path} is empty, so what was in it is lost; put a backup in its place, or delete it to begin anew"
        )


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("huestory_read_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _prepare_sqlite(connection: object, _: object) -> None:
    connection.isolation_level = None  # the "begin" event starts transactions, not the driver
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _reason(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
