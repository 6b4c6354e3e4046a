"""Where accounts are kept: SQLite beside the other data, or the database of HUESTORY_DATABASE_URL."""

from contextlib import AbstractContextManager
from functools import cache

from sqlalchemy import Connection

from accounts.schema import STEPS, TABLE
from storage import settings
from storage.engine import create_engine, forget, migrate, sqlite_url, transaction


class Database:
    """Tables of the accounts, brought to the newest version.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.

    Raises:
        DatabaseUrlError, DatabaseError, NewerSchemaError: of `storage.engine`.
    """

    def __init__(self, url: str):
        self._engine = create_engine(url, make_folder=True)
        with self.transaction("schema") as connection:
            migrate(connection, TABLE, STEPS)

    def transaction(self, lock: str = "") -> AbstractContextManager[Connection]:
        """All or nothing. No two transactions of one `lock` run at once; in SQLite no two at all.

        Raises:
            DatabaseError: nothing was changed.
        """
        return transaction(self._engine, f"accounts {lock}" if lock else "")

    def forget(self) -> None:
        """Let go of what was deleted: see `storage.engine.forget`."""
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
