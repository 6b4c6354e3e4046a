"""Backup of a data folder with its databases in one archive, of one moment, and its restoring.

The archive is a ZIP: `manifest.json` names each file with its SHA-256. While the files that change are copied, all
writers wait: every journal is locked by its lock file, and every SQLite database by a transaction that writes nothing.
Pictures never change after they are written, so they are copied afterwards.
"""

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from storage import StorageError
from storage.engine import BUSY_TIMEOUT_MS
from storage.files import locked, replacing, saving, sync
from storage.versions import NewerDataError

BACKUP_FORMAT = 1
MANIFEST = "manifest.json"
_DATA, _DATABASE = "data/", "database.sqlite3"
_LEFT_OUT = ("downloads", "exports", "embeddings", "films")
"""Folders of what can be fetched or made again, and of films, which visitors were told are gone after a day."""
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".mp4", ".zip")


class NotABackupError(StorageError, ValueError):
    """The archive is not a backup, or is damaged; nothing was restored."""


class WouldOverwriteError(StorageError):
    """There is something where the backup would be restored; nothing was changed."""


def back_up(folder: Path, archive: Path, database: Path | None = None, progress: Callable[[str], None] = print) -> int:
    """Write a data folder, and a database elsewhere, into one archive; returns the number of files in it.

    Args:
        folder: the data folder; what can be fetched or made again is left out.
        archive: the ZIP to write; it appears when it is complete.
        database: an SQLite file that is not in the folder.
        progress: called with a short text for each part.

    Raises:
        NotSavedError: the archive could not be written.
        BusyError, StorageError: a file or database could not be locked or read.
    """
    folder = Path(folder)
    manifest: dict[str, str] = {}
    with saving(archive), replacing(archive) as beside, zipfile.ZipFile(beside, "x") as target:
        with _standing_still(folder, database):
            for path in _files(folder):
                if path.suffix.lower() not in _PICTURES:
                    _add(target, manifest, _DATA + path.relative_to(folder).as_posix(), path)
            if database is not None and database.exists():
                _add(target, manifest, _DATABASE, database)
            pictures = [path for path in _files(folder) if path.suffix.lower() in _PICTURES]
        progress(f"{len(manifest)} files with what changes")
        for path in pictures:
            if path.exists():  # else it was deleted meanwhile
                _add(target, manifest, _DATA + path.relative_to(folder).as_posix(), path)
        progress(f"{len(manifest)} files in all")
        about = {"format": BACKUP_FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "files": manifest}
        target.writestr(MANIFEST, json.dumps(about, indent=1), zipfile.ZIP_DEFLATED)
    return len(manifest)


def restore(archive: Path, folder: Path, database: Path | None = None, force: bool = False) -> list[Path]:
    """Restore a backup; every file is checked before anything is changed.

    Args:
        folder: the data folder, which must not exist or be empty.
        database: where the database of the archive belongs; None if it must have none.
        force: what is there is moved aside, to a name that ends in `.before-restore-TIME`.

    Returns:
        What was moved aside.

    Raises:
        NotABackupError: the archive is none, or is damaged, or has a database and `database` is None, or the reverse.
        NewerDataError: a later version has written the archive.
        WouldOverwriteError: there is something already, and `force` is False.
        NotSavedError: it could not be written.
    """
    folder = Path(folder)
    with _open(archive) as source:
        names = _checked(archive, source)
        if (_DATABASE in names) != (database is not None):
            having = "has a database" if _DATABASE in names else "has no database"
            raise NotABackupError(
                f"a backup is restored with the setting HUESTORY_DATABASE_URL that it was made with. {archive} "
                f"{having}; {'set it' if _DATABASE in names else 'unset it'}, then restore again."
            )
        there = [path for path in (folder, database) if path is not None and _is_something(path)]
        if there and not force:
            raise WouldOverwriteError(
                f"a backup is restored where nothing is. There is {there[0]}; move it away, or use --force, which "
                "moves it aside."
            )
        with saving(folder):
            return _unpack(source, names, folder, database, there)


def _unpack(source, names, folder: Path, database: Path | None, there: list[Path]) -> list[Path]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".huestory-restore-", dir=folder.parent) as temporary:
        fresh = Path(temporary) / "data"
        fresh.mkdir()
        for name in names:
            path = Path(temporary) / name if name == _DATABASE else fresh / name.removeprefix(_DATA)
            path.parent.mkdir(parents=True, exist_ok=True)
            with source.open(name) as packed, open(path, "xb") as file:
                while block := packed.read(1 << 20):
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            if path.suffix == ".sqlite3":
                path.chmod(0o600)
        aside = [_move_aside(path) for path in there]
        if folder.exists():
            folder.rmdir()  # it is empty
        os.replace(fresh, folder)
        sync(folder.parent)
        if database is not None:
            database.parent.mkdir(parents=True, exist_ok=True)
            os.replace(Path(temporary) / _DATABASE, database)
            sync(database.parent)
    return aside


def _open(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile) as error:
        raise NotABackupError(f"a backup is a ZIP that can be read. {archive}: {error}.") from error


def _checked(archive: Path, source: zipfile.ZipFile) -> list[str]:
    """The names of all files of a backup, after each was compared with its checksum."""
    try:
        about = json.loads(source.read(MANIFEST))
        number, files = about["format"], about["files"]
        if number > BACKUP_FORMAT:
            raise NewerDataError(
                f"{archive} must be a backup of format {BACKUP_FORMAT} or earlier. Received format {number}: a later "
                "Huestory has made it. Start that one."
            )
        if set(source.namelist()) != {*files, MANIFEST} or len(source.namelist()) != len(files) + 1:
            raise NotABackupError(f"a backup has the files of its manifest. {archive} has others.")
        for name, digest in files.items():
            if not _is_ours(name):
                raise NotABackupError(f"a backup has files of a data folder. {archive} has {name[:200]!r}.")
            with source.open(name) as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise NotABackupError(f"each file has the checksum of the manifest. In {archive}, {name} has not.")
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zipfile.zlib.error) as error:
        if isinstance(error, StorageError):
            raise
        raise NotABackupError(f"a backup can be read to its end. {archive} is damaged: {error}.") from error
    return list(files)


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    safe = "\\" not in name and ":" not in name and not name.startswith("/") and ".." not in parts and "\0" not in name
    return name == _DATABASE or (safe and name.startswith(_DATA) and len(parts) > 1)


def _files(folder: Path) -> list[Path]:
    """The files of a data folder that belong into a backup, sorted."""
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        passing = path.name.endswith((".lock", ".part", ".tmp", "-wal", "-shm", "-journal"))
        if parts[0] not in _LEFT_OUT and not passing and path.is_file() and not path.is_symlink():
            found.append(path)
    return found


@contextmanager
def _standing_still(folder: Path, database: Path | None) -> Iterator[None]:
    """Keep every writer waiting. Configurations come first: who changes one locks a journal while holding its lock."""
    held: set[Path] = set()
    with ExitStack() as stack:
        while new := _lockable(folder) - held:  # files that others began to write while we waited for a lock, too
            for path in sorted(new, key=lambda path: (path.suffix != ".json", path)):
                stack.enter_context(locked(path))
            held |= new
        for path in [*folder.rglob("*.sqlite3"), *([database] if database and database.exists() else [])]:
            connection = stack.enter_context(closing(_connect(path)))
            connection.execute("BEGIN IMMEDIATE")
        yield


def _lockable(folder: Path) -> set[Path]:
    locks = folder.rglob("*.lock")
    return {path.with_suffix("") for path in locks if path.relative_to(folder).parts[0] not in _LEFT_OUT}


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)


def _add(target: zipfile.ZipFile, manifest: dict[str, str], name: str, path: Path) -> None:
    if path.suffix != ".sqlite3" and name != _DATABASE:
        manifest[name] = _write(target, name, path)
        return
    with tempfile.TemporaryDirectory() as temporary:  # what is in the write-ahead log belongs to the copy
        copy = Path(temporary) / "copy.sqlite3"
        try:
            with closing(_connect(path)) as source, closing(sqlite3.connect(copy)) as into:
                source.backup(into)
        except sqlite3.Error as error:
            raise StorageError(f"a backup needs databases that can be read. {path}: {error}.") from error
        manifest[name] = _write(target, name, copy)


def _write(target: zipfile.ZipFile, name: str, path: Path) -> str:
    packed = zipfile.ZIP_STORED if path.suffix.lower() in _PICTURES else zipfile.ZIP_DEFLATED
    digest = hashlib.sha256()
    entry = zipfile.ZipInfo(name, datetime.now().timetuple()[:6])
    entry.compress_type = packed
    with open(path, "rb") as source, target.open(entry, "w", force_zip64=True) as file:
        while block := source.read(1 << 20):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _is_something(path: Path) -> bool:
    return path.exists() and not (path.is_dir() and not any(path.iterdir()))


def _move_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    os.replace(path, aside)
    for ending in ("-wal", "-shm"):  # of a database
        if (beside := path.with_name(path.name + ending)).exists():
            os.replace(beside, aside.with_name(aside.name + ending))
    return aside
