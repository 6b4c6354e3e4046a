"""Orders: what is to be built, saved with the uploads in the study's folder until the study is finished.

So a build can resume where it was after it was stopped or the server restarted.
"""

import json
import shutil
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from colorizer import load_model
from colorizer.gallery.samples import read_color_samples
from pages.parts.studies import PIPELINE
from storage.files import check_room, write_file
from study import StudyError
from study.finding import studies_folder, study_id
from study.pool.conditions import make_condition
from study.pool.photos import open_photos
from study.protocol import StudyProtocol

ORDER = ".order"

_SAVING = 600  # seconds in which an order may be without its file, while its uploads are saved
_LONGEST_ID = 56
_MOST_OF_ONE_NAME = 10_000


class OrderError(StudyError, ValueError):
    """The order cannot be built, or cannot be read."""


@dataclass(frozen=True)
class Order:
    """A study to be built; values have the form that `python -m study build` takes."""

    real: str
    """folder or ZIP of photographs, or `samples`"""
    conditions: tuple[str, ...]
    """names of models, and NAME=PATH of pictures coloured elsewhere"""
    protocol: StudyProtocol
    title: str
    consent: str
    """empty: the default text for the protocol after it was fitted to the number of photographs"""
    size: int

    @property
    def models(self) -> list[str]:
        """The registered models that the order needs."""
        return [each for each in self.conditions if "=" not in each]


def new_folder(title: str) -> Path:
    """Create a new folder for the build; its name is the study's id, made from the title.

    Raises:
        OrderError: there are too many studies of this name.
        OSError: the folder could not be created.
    """
    base = study_id(Path("/") / (title.replace("/", "-") or f"study-{date.today()}"))[:_LONGEST_ID].lower()
    for number in range(1, _MOST_OF_ONE_NAME):
        folder = studies_folder() / (base if number == 1 else f"{base}-{number}")
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            (folder / ORDER).mkdir()
            return folder
    raise OrderError(f"a study needs an address of its own. There are too many called {base}.")


def save_uploads(folder: Path, name: str, files: Sequence) -> str:
    """Save uploaded pictures, or one uploaded ZIP, as a ZIP in the order's folder, and return its path.

    It stays there until the study is built.

    Raises:
        OrderError: there are no files, or a ZIP among other files.
        NoRoomError: the disk is nearly full.
        OSError: the file could not be written.
    """
    zips = [file for file in files if file.name.lower().endswith(".zip")]
    if not files or (zips and len(files) > 1):
        raise OrderError(f"either photographs or one ZIP file of them are taken. Received {len(files)} files.")
    path = folder / ORDER / f"{name}.zip"
    check_room(folder, sum(len(file.getbuffer()) for file in files))
    if zips:
        path.write_bytes(zips[0].getbuffer())
    else:
        _pack(path, files)
    return str(path)


def check_order(order: Order) -> None:
    """Check now what would otherwise stop the build later: missing pictures, or a name that cannot be used.

    Raises:
        StudyError: raised by `open_photos` and `make_condition`.
    """
    open_photos(order.real, read_color_samples)
    for item in order.conditions:
        if item not in order.models:
            make_condition(item, PIPELINE, load_model)


def write_order(folder: Path, order: Order) -> None:
    """Save an order beside its uploads."""
    write_file(folder / ORDER / "order.json", json.dumps(asdict(order)).encode())


def read_order(folder: Path) -> Order:
    """Read the order of an unfinished study.

    Raises:
        OrderError: there is no order, or it is damaged.
    """
    try:
        values = json.loads((folder / ORDER / "order.json").read_text(encoding="utf-8"))
        protocol = StudyProtocol.from_dict(values["protocol"])
        return Order(**{**values, "protocol": protocol, "conditions": tuple(values["conditions"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OrderError(f"an unfinished study needs its order in {folder}. It cannot be used: {error}.") from error


def list_unfinished() -> list[Path]:
    """Return the folders of studies that are being built or whose build was stopped.

    Also those without an order, as a killed server leaves them, unless their uploads may still be coming in.
    """
    folders = sorted(path.parent for path in studies_folder().glob(f"*/{ORDER}") if path.is_dir())
    return [folder for folder in folders if (folder / ORDER / "order.json").exists() or _is_left(folder / ORDER)]


def _is_left(order: Path) -> bool:
    """Whether nothing has been written there for as long as no upload takes."""
    newest = max((path.stat().st_mtime for path in (order, *order.iterdir())), default=0.0)
    return abs(time.time() - newest) > _SAVING


def is_finished(folder: Path) -> bool:
    """Return whether the study in a folder is built, even if files of its order are left."""
    return (folder / "study.json").exists()


def delete_order(folder: Path) -> None:
    """Delete an order and its uploads; if the study is not finished, its whole folder is deleted."""
    shutil.rmtree(folder / ORDER if is_finished(folder) else folder, ignore_errors=True)


def _pack(path: Path, files: Sequence) -> None:
    """Store uploaded files uncompressed in a ZIP, because a ZIP allows file names that the disk may not."""
    names: set[str] = set()
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.writestr(_free_name(file.name, names), file.getbuffer())


def _free_name(name: str, taken: set[str]) -> str:
    """Return the file name without its folder, numbered if it is in `taken`; the result is added to `taken`."""
    path = PurePosixPath(PurePosixPath(name.replace("\\", "/")).name or "photograph.jpg")
    free, number = path.name, 2
    while free.casefold() in taken:
        free, number = f"{path.stem}_{number}{path.suffix}", number + 1
    taken.add(free.casefold())
    return free
