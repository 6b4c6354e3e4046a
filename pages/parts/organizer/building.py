"""Studies being built: an order kept on disk, and a thread that carries it out whether or not anybody looks.

The order (what to build from what, with uploaded files) lies in the study's folder until the study is finished, so
that a stopped build, or one that a restart of the server cut off, goes on from where it was.
"""

import json
import shutil
import threading
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from logging import getLogger
from pathlib import Path, PurePosixPath

from colorizer import __version__, load_model
from colorizer.gallery.samples import read_color_samples
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.queue import InferenceQueue, QueueFullError, QueueTimeoutError
from pages.parts.studies import PIPELINE
from storage import StorageError
from storage.files import BusyError
from study import StudyError
from study.folder import create_study, studies_folder, study_id
from study.pool.building import BuildCancelledError
from study.pool.conditions import Condition, make_condition, model_names
from study.pool.photos import open_photos
from study.protocol import StudyProtocol

ORDER = ".order"


class OrderError(StudyError, ValueError):
    """What was asked for cannot be built."""


@dataclass(frozen=True)
class Order:
    """A study to be built; the words are those of `python -m study build`."""

    real: str
    """folder or ZIP of photographs, or `samples`"""
    conditions: tuple[str, ...]
    """names of models, and NAME=PATH of pictures coloured elsewhere"""
    protocol: StudyProtocol
    title: str
    consent: str
    """empty: the default for the protocol as fitted to the photographs"""
    size: int

    @property
    def models(self) -> list[str]:
        """Registered models that it needs."""
        return model_names(self.conditions)


class Build:
    """One order at work in a thread of its own. Its fields may be read at any time."""

    def __init__(self, folder: Path, order: Order, models: Mapping[str, Colorizer], queue: InferenceQueue):
        self.folder, self.order = folder, order
        self.done, self.total, self.name = 0, 0, ""
        self.failure = ""
        self.refused: Sequence[dict] = ()
        self._models, self._queue, self._stop = models, queue, threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"build {folder.name}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ask it to end after the photograph at hand."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._build()
        except BuildCancelledError:
            pass
        except BusyError:
            self.failure = "Another server process is building this study already."
        except (StorageError, StudyError, OSError) as error:
            self.failure, self.refused = str(error), getattr(error, "refused", ())
        except Exception:
            getLogger(__name__).exception("building %s", self.folder)
            self.failure = "Something went wrong on our side; the server's log says what. What is done is kept."
        else:
            shutil.rmtree(self.folder / ORDER, ignore_errors=True)

    def _build(self) -> None:
        conditions = [make_condition(item, PIPELINE, self._models.__getitem__) for item in self.order.conditions]
        create_study(
            self.folder,
            open_photos(self.order.real, read_color_samples),
            [self._in_turn(condition) for condition in conditions],
            PIPELINE,
            self.order.protocol,
            __version__,
            title=self.order.title,
            consent=self.order.consent,
            size=self.order.size,
            progress=self._progress,
            cancel=self._stop.is_set,
        )

    def _progress(self, done: int, total: int, name: str) -> None:
        self.done, self.total, self.name = done, total, name

    def _in_turn(self, condition: Condition) -> Condition:
        """The same condition, each picture in its turn at the network that all visitors share."""

        def recolor(photo: str, gray):
            while not self._stop.is_set():
                with suppress(QueueFullError, QueueTimeoutError), self._queue.ticket() as ticket:
                    ticket.wait()
                    return condition.recolor(photo, gray)
                self._stop.wait(1)
            raise BuildCancelledError("The build was stopped.")

        return Condition(condition.name, condition.source, recolor)


class Builds:
    """The builds of this server process, by the study's id."""

    def __init__(self):
        self._lock = threading.Lock()
        self._builds: dict[str, Build] = {}

    def start(self, folder: Path, models: Mapping[str, Colorizer], queue: InferenceQueue) -> Build:
        """Begin, or go on with, the order in a folder; a running build goes on undisturbed."""
        with self._lock:
            found = self._builds.get(folder.name)
            if found is None or not found.running:
                found = self._builds[folder.name] = Build(folder, read_order(folder), models, queue)
            return found

    def find(self, study: str) -> Build | None:
        return self._builds.get(study)

    def discard(self, folder: Path) -> None:
        """Throw an unfinished study away, with everything uploaded for it."""
        build = self.find(folder.name)
        if build is not None:
            build.stop()
            build.join(30)
        with self._lock:
            self._builds.pop(folder.name, None)
        finished = (folder / "study.json").exists()  # only its order was left over
        shutil.rmtree(folder / ORDER if finished else folder, ignore_errors=True)


def new_folder(title: str) -> Path:
    """A new folder in which to build: its name is the study's id, made from the title.

    Raises:
        OSError: the disk refused.
    """
    base = study_id(Path("/") / (title.replace("/", "-") or f"study-{date.today()}"))[:56].lower()
    for number in range(1, 10_000):
        folder = studies_folder() / (base if number == 1 else f"{base}-{number}")
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            (folder / ORDER).mkdir()
            return folder
    raise OrderError(f"a study needs an address of its own. There are too many called {base}.")


def save_uploads(folder: Path, name: str, files: Sequence) -> str:
    """Keep uploaded pictures, or one uploaded ZIP, in the order's folder until the study is built; returns the path.

    Raises:
        OrderError: there are none, or a ZIP among other files.
        OSError: the disk refused.
    """
    zips = [file for file in files if file.name.lower().endswith(".zip")]
    if not files or (zips and len(files) > 1):
        raise OrderError(f"either photographs or one ZIP file of them are taken. Received {len(files)} files.")
    path = folder / ORDER / f"{name}.zip"
    if zips:
        path.write_bytes(zips[0].getbuffer())
        return str(path)
    names: set[str] = set()
    with zipfile.ZipFile(path, "w") as archive:  # stored as they are: any file name is possible inside
        for file in files:
            archive.writestr(_free_name(file.name, names), file.getbuffer())
    return str(path)


def check_order(order: Order) -> None:
    """Say at once what would otherwise stop the build after a while: no pictures, a name that cannot be used.

    Raises:
        StudyError: of `open_photos` and `make_condition`.
    """
    open_photos(order.real, read_color_samples)
    for item in order.conditions:
        if item not in order.models:
            make_condition(item, PIPELINE, load_model)


def write_order(folder: Path, order: Order) -> None:
    """Keep an order beside its uploads."""
    (folder / ORDER / "order.json").write_text(json.dumps(asdict(order)), encoding="utf-8")


def read_order(folder: Path) -> Order:
    """The order of an unfinished study.

    Raises:
        OrderError: there is none, or it is damaged.
    """
    try:
        values = json.loads((folder / ORDER / "order.json").read_text(encoding="utf-8"))
        protocol = StudyProtocol.from_dict(values["protocol"])
        return Order(**{**values, "protocol": protocol, "conditions": tuple(values["conditions"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OrderError(f"an unfinished study needs its order in {folder}. It cannot be used: {error}.") from error


def unfinished() -> list[Path]:
    """Folders of studies that are being built, or whose build was stopped."""
    return sorted(path.parent.parent for path in studies_folder().glob(f"*/{ORDER}/order.json"))


def _free_name(name: str, taken: set[str]) -> str:
    path = PurePosixPath(PurePosixPath(name.replace("\\", "/")).name or "photograph.jpg")
    free, number = path.name, 2
    while free.casefold() in taken:
        free, number = f"{path.stem}_{number}{path.suffix}", number + 1
    taken.add(free.casefold())
    return free
