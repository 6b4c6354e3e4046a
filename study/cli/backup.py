"""`python -m study backup`: all that is kept, with the database, in one archive."""

import argparse
import sys
from pathlib import Path

from storage import StorageError
from study import StudyError
from study.cli.terminal import DONE, REFUSED, UsageError

EXAMPLE = "backup huestory-2026-12-24.zip"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("archive", type=Path, metavar="ZIP", help="the file to write")
    command.add_argument("--force", action="store_true", help="replace the file if there is one")


def run(options: argparse.Namespace) -> int:
    """Write studies, galleries, accounts and the pictures that people keep into one archive, as of one moment."""
    from storage.backup import back_up
    from storage.settings import data_folder

    if options.archive.exists() and not options.force:
        raise UsageError(f"a backup replaces no file. There is {options.archive}: give another name, or --force.")
    try:
        if options.archive.resolve().is_relative_to(data_folder().resolve()):
            raise UsageError(f"a backup lies outside the data folder. Received {options.archive}.")
        count = back_up(data_folder(), options.archive, database_file(), lambda text: print(text, flush=True))
    except (StorageError, StudyError) as error:
        print(f"error: {options.archive}: {error}", file=sys.stderr)
        return REFUSED
    print(f"{count} files -> {options.archive}. It holds what people have kept, and password hashes: keep it safe.")
    return DONE


def database_file() -> Path | None:
    """The SQLite file of HUESTORY_DATABASE_URL; None if it is unset.

    Raises:
        UsageError: it is another kind of database.
    """
    from sqlalchemy.engine import make_url

    from storage.settings import database_url

    if not database_url():
        return None
    address = make_url(database_url())
    if address.get_backend_name() != "sqlite":
        raise UsageError(
            "backup and restore know SQLite. For PostgreSQL, stop the server, take the database by pg_dump, and the "
            "folder with HUESTORY_DATABASE_URL unset; then both are of one moment."
        )
    return Path(address.database)
