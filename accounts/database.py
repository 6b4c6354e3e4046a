"""The database of the accounts: an SQLite file in the data folder, or the database of HUESTORY_DATABASE_URL."""

from contextlib import AbstractContextManager
from functools import cache

from sqlalchemy import Connection

from accounts.schema import STEPS, TABLE
from storage import settings
from storage.engine import create_engine, forget, migrate, sqlite_url, transaction


class Database:
    """The tables of the accounts, migrated to the newest version.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.

    Raises:
        DatabaseUrlError, DatabaseError, NewerSchemaError: see `storage.engine`.
    """

    def __init__(self, url: str):
        self._engine = create_engine(url, make_folder=True)
        with self.transaction("schema") as connection:
            migrate(connection, TABLE, STEPS)

    def transaction(self, lock: str = "") -> AbstractContextManager[Connection]:
        """Run the block in one transaction: see `storage.engine.transaction`.

        Raises:
            DatabaseError: the database failed; nothing was changed.
        """
        return transaction(self._engine, f"accounts {lock}" if lock else "")

    def forget(self) -> None:
        """Remove deleted data from the disk: see `storage.engine.forget`."""
        forget(self._engine)


def database_url() -> str:
    """HUESTORY_DATABASE_URL, or the address of `accounts.sqlite3` in the data folder.

    Raises:
        SettingError: the data folder cannot be used.
    """
    return settings.database_url() or sqlite_url(settings.data_folder() / "accounts.sqlite3")


@cache
def open_database(url: str) -> Database:
    """The database of this address, opened once and shared by all threads. Raises as `Database` does."""
    return Database(url)
