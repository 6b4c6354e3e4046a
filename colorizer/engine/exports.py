"""The exports of weights files: made once, kept in `HUESTORY_EXPORTS`, checked whenever one is opened.

The name of an export says which model, which weights file and which edition of our code it was made of, so that other
weights and other code get another export. It is written completely or not at all, and processes that need it at the
same time make it once. One that is damaged is made again.
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from logging import getLogger
from pathlib import Path

from colorizer import models, weights
from colorizer.engine import runtime
from colorizer.engine.network import Network, through_keras
from storage import StorageError
from storage.files import locked, rename, write_file
from storage.settings import exports_folder

FACTS = "facts.json"
"""File of an export: the SHA-256 of each of its other files."""

UNUSED_DAYS = 30
"""An older export of a model is deleted when a newer one is made, if nobody has opened it for so long."""

_LOCK_SECONDS = 900.0  # making all exports on a busy machine


class ExportError(RuntimeError):
    """A network cannot be exported."""


def open_networks(wanted: Sequence[tuple[str, Path]], threads: int | None = None, at_once: int = 1) -> list[Network]:
    """Models, or the upsampler, with the weights of a file each, ready to run: as exports, made if they are missing.

    If no export can be made here, Keras runs them, and the log says why.

    Args:
        wanted: names and weights files.
        threads, at_once: see `runtime.open_network`.

    Raises:
        WeightsError: a file is missing, damaged or altered.
    """
    try:
        make(wanted)
        opened = [runtime.open_network(place(name, path), threads, at_once) for name, path in wanted]
        for name, path in wanted:
            os.utime(place(name, path) / FACTS)
        return opened
    except (ExportError, StorageError, OSError, ImportError) as error:
        names = " and ".join(name for name, _ in wanted)
        getLogger(__name__).warning("Keras, which starts slowly, runs %s without an export: %s", names, error)
        return [through_keras(weights.create(name, path)) for name, path in wanted]


def place(name: str, path: Path) -> Path:
    """The folder of an export; it may not exist."""
    return exports_folder() / f"{name}-{weights.sha256(path)[:16]}-{_edition()}"


def is_made(name: str, path: Path) -> bool:
    """Whether an export exists; it may be damaged."""
    return (place(name, path) / FACTS).exists()


def make(wanted: Sequence[tuple[str, Path]]) -> list[str]:
    """Make the exports of these models and weights files that are missing or damaged; returns the models made.

    Raises:
        WeightsError: a file is missing, damaged or altered.
        ExportError: a model cannot be exported.
        StorageError, OSError: the folder cannot be written.
    """
    for name, path in wanted:
        weights.check(path, name)
    lacking = [(name, path) for name, path in wanted if not _is_whole(place(name, path))]
    if not lacking:
        return []
    exports_folder().mkdir(parents=True, exist_ok=True)
    with ExitStack() as locks:
        for folder in sorted({place(name, path) for name, path in lacking}):
            locks.enter_context(locked(folder, timeout=_LOCK_SECONDS))
        lacking = [(name, path) for name, path in lacking if not _is_whole(place(name, path))]  # another made it
        if lacking:
            _make(lacking)
    return [name for name, _ in lacking]


def _make(lacking: Sequence[tuple[str, Path]]) -> None:
    mark = f".{secrets.token_hex(4)}.part"
    parts = [place(name, path).with_name(place(name, path).name + mark) for name, path in lacking]
    try:
        for part in parts:
            part.mkdir()
        _convert([(name, path, part) for (name, path), part in zip(lacking, parts, strict=True)])
        for (name, path), part in zip(lacking, parts, strict=True):
            sums = {file.name: _sha256(file) for file in sorted(part.iterdir())}
            write_file(part / FACTS, json.dumps(sums, indent=2).encode())
            shutil.rmtree(place(name, path), ignore_errors=True)
            rename(part, place(name, path))
            _forget(name, place(name, path))
    finally:
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)


def _convert(jobs: Sequence[tuple[str, Path, Path]]) -> None:
    """Let another process convert models: it takes TensorFlow with it when it ends."""
    code = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(code), os.environ.get("PYTHONPATH", "")])}
    asked = json.dumps([[name, str(Path(path).absolute()), str(folder.absolute())] for name, path, folder in jobs])
    command = [sys.executable, "-m", "colorizer.engine.convert"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, env=environment, cwd=code)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(("null", "["))]
    for (name, _, _), answer in zip(jobs, answers, strict=False):
        if answer is not None:
            kind, message = answer
            found = getattr(weights, kind, None)
            if isinstance(found, type) and issubclass(found, weights.WeightsError):
                raise found(message)
            raise ExportError(f"{name} cannot be exported. {kind}: {message}")
    if done.returncode or len(answers) < len(jobs):
        said = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise ExportError(f"{jobs[len(answers)][0]} cannot be exported: {said[0]}")


def _is_whole(folder: Path) -> bool:
    """Whether an export exists and is as it was written."""
    try:
        sums = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        damaged = [name for name, sum in sums.items() if _sha256(folder / name) != sum]
    except FileNotFoundError as error:
        if not folder.exists():
            return False
        damaged = [Path(error.filename).name]
    except (OSError, ValueError, AttributeError, TypeError):
        damaged = [FACTS]
    if damaged:
        getLogger(__name__).warning("%s is damaged (%s): the export is made again.", folder, ", ".join(damaged))
    return not damaged


def _forget(name: str, kept: Path) -> None:
    """Delete older exports of a model that nobody has opened for long, and what a killed process left of this one."""
    for part in kept.parent.glob(f"{kept.name}.*.part"):
        shutil.rmtree(part, ignore_errors=True)
    for other in kept.parent.glob(f"{name}-*-*"):
        facts = other / FACTS
        if other != kept and facts.exists() and time.time() - facts.stat().st_mtime > UNUSED_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _edition() -> str:
    """Says which code an export was made by: a hash of the networks and of the conversion."""
    networks = Path(models.__file__).parent
    files = [*networks.glob("*.py"), *(networks / "networks").glob("*.py"), Path(__file__).with_name("convert.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:8]
