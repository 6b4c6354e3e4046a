"""Fixtures shared by all tests.

Tests for which the machine lacks a program are skipped; in CI a skipped test fails the run. Retried tests are listed.
"""

import functools
import gc
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from filelock import FileLock
from hypothesis import settings
from PIL import Image
from sqlalchemy import create_engine, text

from accounts import hashing
from accounts.database import Database
from accounts.service import Accounts
from tests.people import TABLES

settings.register_profile("huestory", deadline=None)  # a slow machine must not make a test fail
settings.load_profile("huestory")

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Let all workers, and the servers that tests start, share the networks' exports: each is made once a run.

    Before several workers start, another process begins to make them, or the first test of each would wait for that.
    """
    if "HUESTORY_EXPORTS" in os.environ:
        return
    os.environ["HUESTORY_EXPORTS"] = folder = tempfile.mkdtemp(prefix="huestory-exports-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    if getattr(config.option, "numprocesses", None):
        command = [sys.executable, "-c", "from tests import conftest; conftest.make_exports()"]
        config.add_cleanup(functools.partial(end_group, subprocess.Popen(command, cwd=ROOT, start_new_session=True)))


def end_group(process: subprocess.Popen) -> None:
    """End a process and those it has started, if they have not ended; it must have a session of its own."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def pytest_collection_finish() -> None:
    """Leave what the imports made out of all later garbage collections: that is most objects, and they stay anyway."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end.

    The workers of pytest-xdist (`--dist worksteal`) start with equal parts of the list, in order. So each part gets
    some of the long modules first. Tests in the browser stay with one worker: others would need a server, too.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    parts_of = {"browser": range(1), "slow": range(1, workers)}
    chosen: dict[Path, int] = {}
    for marker, parts in parts_of.items():
        modules = dict.fromkeys(item.path for item in items if item.get_closest_marker(marker))
        chosen |= {path: parts[number % len(parts)] for number, path in enumerate(modules)}
    first: list[list[pytest.Item]] = [[] for _ in range(workers)]
    others = []
    for item in items:
        (first[chosen[item.path]] if item.path in chosen else others).append(item)
    rest, ordered = iter(others), []
    for number, part in enumerate(first):
        size = (len(items) - len(ordered)) // (workers - number)  # as the plugin divides them
        ordered += [*part, *islice(rest, max(0, size - len(part)))]
    items[:] = ordered


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def real_hashes() -> None:
    """For a test of how passwords are kept, see `cheap_hashes`."""


@pytest.fixture(autouse=True)
def cheap_hashes(request, monkeypatch) -> None:
    """Passwords are hashed in a thousandth of the time, but by real servers and in tests with `real_hashes`."""
    if "real_hashes" not in request.fixturenames:
        monkeypatch.setattr(hashing, "_hasher", hashing.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def made_once(tmp_path_factory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` fills once for a whole test run, although pytest-xdist may ask for it in every worker."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "made").exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            (folder / "made").touch()
    return folder


@pytest.fixture
def photo_folder(tmp_path) -> Path:
    """See `cut_photos`."""
    return cut_photos(tmp_path / "photos")


def cut_photos(folder: Path) -> Path:
    """Make a folder of thirty different colour photographs, cut from those that come with scikit-image."""
    folder.mkdir()
    for name, content in _cuts().items():
        (folder / name).write_bytes(content)
    return folder


@functools.cache
def _cuts() -> dict[str, bytes]:
    """Files of `cut_photos` by name, encoded once a test run."""
    files = {}
    for name in ("astronaut", "coffee", "chelsea"):
        whole = getattr(skimage.data, name)()
        for i in range(10):
            stream, (top, left) = io.BytesIO(), (10 * i, 20 * i)
            Image.fromarray(whole[top : top + 96, left : left + 96]).save(stream, "PNG")
            files[f"{name}_{i}.png"] = stream.getvalue()
    return files


@pytest.fixture(scope="session")
def colorizer():
    """The default model with the weights that come with Huestory."""
    from colorizer import load_model

    return load_model()


@pytest.fixture(scope="session")
def all_exports() -> None:
    make_exports()


def make_exports() -> None:
    """Make the exports of all networks in one go, where one after the other would each start TensorFlow."""
    from colorizer import weights
    from colorizer.engine import exports

    wanted = [(name, weights.weights_path(name)) for name in weights.usable_models()]
    exports.make([*wanted, (weights.UPSAMPLER_NAME, weights.upsampler_path())])


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    """The address of a temporary PostgreSQL server; skips the test if PostgreSQL or psycopg is not installed."""
    places = os.pathsep.join([os.environ["PATH"], *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])
    programs = [shutil.which(name, path=places) for name in ("initdb", "pg_ctl")]
    if None in programs:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg")
    folder = Path("/tmp") / f"huestory-test-{os.getpid()}"  # short, because the length of a socket's path is limited
    folder.mkdir()
    user = ["runuser", "-u", "nobody", "--"] if os.getuid() == 0 else []
    if user:
        shutil.chown(folder, "nobody")
    run = {"check": True, "capture_output": True, "cwd": "/"}
    try:
        subprocess.run([*user, programs[0], "-D", folder / "data", "-A", "trust", "-U", "tester", "-N"], **run)
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        start = [*user, programs[1], "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start"]
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        yield f"postgresql://tester@/postgres?host={folder}"
        subprocess.run([*user, programs[1], "-D", folder / "data", "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def accounts_url(request, tmp_path) -> str:
    """The address of a database without accounts."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/accounts.sqlite3"
    address = request.getfixturevalue("postgres_url")
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {', '.join(TABLES)}"))
    engine.dispose()
    return address


@pytest.fixture
def accounts(accounts_url, tmp_path) -> Accounts:
    return Accounts(Database(accounts_url), tmp_path / "history", quota=10_000)


def pytest_terminal_summary(terminalreporter):
    """List each test that was retried: the run passes, but somebody should look at these tests."""
    for report in terminalreporter.getreports("rerun"):
        crash = getattr(report.longrepr, "reprcrash", None)
        reason = crash.message.splitlines()[0] if crash else "no reason given"
        terminalreporter.line(f"RETRIED {report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of pytest-xdist; the main process counts the skipped tests
        return
    skipped = reporter.stats.get("skipped", [])
    if os.environ.get("CI") and skipped:
        print(f"\nIn CI nothing may be skipped: {len(skipped)} were.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
