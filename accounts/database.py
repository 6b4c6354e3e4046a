"""Where accounts are kept: SQLite beside the other data, or PostgreSQL by HUESTORY_DATABASE_URL."""

import os
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from accounts import AccountsError
from accounts.schema import migrate

BUSY_TIMEOUT_MS = 30_000
CONNECT_TIMEOUT = 5
"""Seconds to wait for a PostgreSQL server that does not answer."""


class DatabaseUrlError(AccountsError):
    """HUESTORY_DATABASE_URL names no database that can be used."""


class DatabaseError(AccountsError):
    """The database did not answer as it should."""


class Database:
    """Tables of the accounts, brought to the newest version.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.

    Raises:
        DatabaseUrlError: the address cannot be used.
        DatabaseError: the database does not answer.
        NewerSchemaError: a later version of this program made the tables.
    """

    def __init__(self, url: str):
        self._engine = _create_engine(_parse(url))
        with self.transaction("schema") as connection:
            migrate(connection)

    @contextmanager
    def transaction(self, lock: str = "") -> Iterator[Connection]:
        """All or nothing. No two transactions of one `lock` run at once; in SQLite no two at all.

        Raises:
            DatabaseError: nothing was changed.
        """
        try:
            with self._engine.begin() as connection:
                if lock and connection.dialect.name == "postgresql":
                    key = zlib.crc32(f"accounts {lock}".encode())
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseError(f"The accounts cannot be reached. The database said: {_reason(error)}.") from error

    def forget(self) -> None:
        """Let go of what was deleted: SQLite keeps it in its journal until that is emptied."""
        if self._engine.dialect.name == "sqlite":
            with closing(self._engine.raw_connection()) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def data_folder() -> Path:
    """Where everything is kept: `$HUESTORY_DATA`, by default `~/.huestory`."""
    return Path(os.environ.get("HUESTORY_DATA") or Path.home() / ".huestory").expanduser()


def database_url() -> str:
    """HUESTORY_DATABASE_URL, or the address of `accounts.sqlite3` in the data folder."""
    given = os.environ.get("HUESTORY_DATABASE_URL")
    return given or URL.create("sqlite", database=str(data_folder() / "accounts.sqlite3")).render_as_string()


@cache
def open_database(url: str) -> Database:
    """The database of this address, opened once and shared by all threads. Raises as `Database` does."""
    return Database(url)


def _parse(url: str) -> URL:
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise DatabaseUrlError(
            "HUESTORY_DATABASE_URL must be an address such as sqlite:////srv/huestory.db or "
            "postgresql://user:password@host/name. The one given cannot be read."
        ) from error
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseUrlError(
            f"HUESTORY_DATABASE_URL must begin with sqlite:/// or postgresql://. Received {address!r}."
        )
    return address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address


def _create_engine(address: URL) -> Engine:
    try:
        if address.get_backend_name() == "sqlite":
            return _create_sqlite(address)
        return create_engine(address, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise DatabaseUrlError(
            f"{address.drivername} needs a driver that is not installed; for PostgreSQL: pip install 'psycopg[binary]'."
        ) from error
    except OSError as error:
        raise DatabaseError(f"The accounts cannot be reached. {address.database}: {error.strerror}.") from error


def _create_sqlite(address: URL) -> Engine:
    engine = create_engine(address)
    _make_private(Path(address.database))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _make_private(file: Path) -> None:
    """An empty file that only the server's own user can read, unless there is one already."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare_sqlite(connection: object, _: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own: the "begin" event does
    settings = f"busy_timeout={BUSY_TIMEOUT_MS} journal_mode=WAL synchronous=FULL foreign_keys=ON secure_delete=ON"
    for setting in settings.split():
        connection.execute(f"PRAGMA {setting}").close()


def _reason(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
